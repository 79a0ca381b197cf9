import { moduleText } from '@/app/i18n'

export const useText = moduleText('directory', {
  'zh-CN': {
    list: '企业与机构',
    verified: '身份已核验', unverified: '身份未核验',
    facts: { creditCode: '统一社会信用代码', district: '所在区县', chains: '产业链', industry: '行业', size: '企业规模', employees: '从业人数', founded: '成立时间', website: '网站', address: '地址', since: '核验时间', former: '曾用名' },
    unclaimed: { title: '这家企业尚未认领', text: '主页由政府公布的称号名单生成。您是企业工作人员？认领后可以完善资料、参与揭榜和对接。', action: '认领这家企业', closed: '该单位已注销或合并，页面仅供查阅。', successor: '查看合并后的单位' },
    people: '{n} 人',
    about: '单位简介', products: '主要产品与服务', titles: '称号', dossier: '公开档案',
    titleFrom: '自 {from}', titleTo: ' 至 {to}', expired: '已过有效期', noTitles: '未登记官方称号。',
    capabilities: '配套能力', capabilitiesAll: '全部 {n} 项配套能力', spare: '月富余 {n} {unit}',
    demands: '正在发布的榜单', demandsNone: '目前没有公开的榜单。',
    asOf: '{date} 数据',
    contact: '联系方式', contactHidden: '联系方式向已建立对接的核验单位展示。',
  },
  en: {
    list: 'Organisations',
    verified: 'Identity verified', unverified: 'Identity not verified',
    facts: { creditCode: 'Credit code', district: 'District', chains: 'Industry chains', industry: 'Industry', size: 'Size', employees: 'Employees', founded: 'Founded', website: 'Website', address: 'Address', since: 'Verified on', former: 'Formerly' },
    unclaimed: { title: 'Nobody has claimed this firm yet', text: 'The page was made from an official title list. Do you work there? Claim it to complete it, bid and be found.', action: 'Claim this firm', closed: 'This organisation was closed or merged; the page stays for reference.', successor: 'See the organisation it merged into' },
    people: '{n}',
    about: 'About', products: 'Products and services', titles: 'Titles', dossier: 'Public record',
    titleFrom: 'from {from}', titleTo: ' to {to}', expired: 'expired', noTitles: 'No official titles.',
    capabilities: 'What it can supply', capabilitiesAll: 'All {n} capabilities', spare: '{n} {unit} a month to spare',
    demands: 'Open challenges', demandsNone: 'No public challenge now.',
    asOf: 'as of {date}',
    contact: 'Contact', contactHidden: 'Contacts show to verified parties in a dealing.',
  },
})
