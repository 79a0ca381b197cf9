import { moduleText } from '@/app/i18n'

export const useText = moduleText('achievementFigures', {
  'zh-CN': {
    title: '成果转化漏斗', lead: '从意向到合同、登记、履约，每个数字都能点开到一笔笔对接，明细之和就是合计。', by: '分组', of: { university: '按高校', chain: '按产业链', district: '按区县' },
    served: '今年服务企业 {n} 家次', target: '目标 {n} 家次', thisYear: '今年', name: '名称', unnamed: '未标明', measure: { interests: '意向', talks: '洽谈', contracts: '合同', registered: '登记', fulfilled: '履约', amount: '合同金额', received: '到账', served: '服务企业' },
    rows: '{name}：{measure}明细', close: '收起', deal: '成果', sides: '高校与企业', state: '进展', empty: '还没有对接', emptyText: '企业提出意向后，这里按高校、产业链和区县汇总。',
  },
  en: {
    title: 'Funnel of deals', lead: 'From interest to contract, registration and outcome; every figure opens the deals it is the sum of.', by: 'By', of: { university: 'University', chain: 'Industry chain', district: 'District' },
    served: '{n} services to firms this year', target: 'target {n}', thisYear: 'This year', name: 'Name', unnamed: 'not said', measure: { interests: 'Interest', talks: 'Talks', contracts: 'Contracts', registered: 'Registered', fulfilled: 'Fulfilled', amount: 'Contract value', received: 'Received', served: 'services to firms' },
    rows: '{name}: {measure}', close: 'Close', deal: 'Achievement', sides: 'University and firm', state: 'State', empty: 'No deal yet', emptyText: 'Once firms ask, this sums up by university, chain and district.',
  },
})
