import { moduleText } from '@/app/i18n'

export const useText = moduleText('achievementDesk', {
  'zh-CN': {
    title: '转化看板', lead: '哪些成果有人问、谁在看、走到哪一步、到账多少。', funnel: '从意向到履约', open: '逐笔查看', steps: { interests: '意向', talks: '洽谈', contracts: '合同', registered: '登记', fulfilled: '履约' },
    income: '收入', contracted: '合同金额', received: '已到账', split: '已分配', unsplit: '待分配 {fen}', noIncome: '还没有确认到账的款项。', month: '月份',
    asked: '哪些成果有人问', name: '成果', state: '状态', readings: '浏览', interests: '意向', talks: '洽谈', contracts: '合同', receivedFen: '到账', none: '还没有人看过或问过', noneText: '成果发布后，浏览和意向会汇总在这里。',
    waiting: '本校成果', drafts: '草稿 {n} 项', submitted: '审核中 {n} 项', returned: '退回待改 {n} 项', published: '公开 {n} 项',
    readers: '谁在看', year: '今年 {n} 家单位看过（每家只计一次），历来浏览 {m} 次', few: '今年看过的单位少于 {n} 家，不显示构成。', nobody: '今年还没有登录单位看过；历来浏览 {m} 次。', privacy: '只有数字，不记录是谁：少于 {n} 家的合并显示，学校和主管部门都看不到具体单位。',
    kinds: '按类型', districts: '按区县', tiers: '按梯队', sectors: '按行业', folded: '其他（合并）', months: '近 12 个月浏览', of: '“{name}”的读者', all: '全部成果', show: '谁在看',
    other: '其他单位',
  },
  en: {
    title: 'Transfer desk', lead: 'Which achievements are asked for, who looks, how far it went, what came in.', funnel: 'From interest to fulfilment', open: 'Each deal', steps: { interests: 'Interest', talks: 'Talks', contracts: 'Contracts', registered: 'Registered', fulfilled: 'Fulfilled' },
    income: 'Income', contracted: 'Contract value', received: 'Received', split: 'Divided', unsplit: '{fen} to be divided', noIncome: 'No payment is confirmed yet.', month: 'Month',
    asked: 'What is asked for', name: 'Achievement', state: 'State', readings: 'Readings', interests: 'Interest', talks: 'Talks', contracts: 'Contracts', receivedFen: 'Received', none: 'Nobody looked or asked yet', noneText: 'Once published, readings and interest sum up here.',
    waiting: 'Our achievements', drafts: '{n} drafts', submitted: '{n} under review', returned: '{n} returned', published: '{n} public',
    readers: 'Who looks', year: '{n} organisations this year, each counted once; {m} readings in all', few: 'Fewer than {n} organisations looked this year; no breakdown is shown.', nobody: 'No organisation that was signed in looked this year; {m} readings in all.', privacy: 'Counts only, no names: what is fewer than {n} is folded together, for the university and the authority alike.',
    kinds: 'By kind', districts: 'By district', tiers: 'By tier', sectors: 'By trade', folded: 'Others, together', months: 'Readings in twelve months', of: 'Who looked at {name}', all: 'All achievements', show: 'Who looks',
    other: 'Others',
  },
})
