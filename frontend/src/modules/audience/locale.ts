import { moduleText } from '@/app/i18n'

export const useText = moduleText('audience', {
  'zh-CN': {
    title: '定向范围', lead: '不对社会公开，只有范围内的单位能看到、搜到、收到和参与。', rule: '按条件选定', ruleHelp: '同一项内满足一个即可，各项之间须同时满足；只计入已核验、可以参与这类需求的单位。发布时按当时情况确定名单并留存理由。',
    tiers: '企业梯队', chains: '产业链', districts: '区县', words: '配套能力', wordsHelp: '产品、工艺或设备名称，用顿号或空格隔开；按企业公布的配套能力清单查找。', wordsExample: '例如：车削、减速机',
    reaches: '将覆盖 {n} 家单位', reached: '已覆盖 {n} 家单位', kept: '名单确定于 {at}', nobody: '按现在的条件没有单位能参与', tooWide: '超过一次定向的上限 {n} 家，请缩小范围或改为公开', byTier: '按梯队', byDistrict: '按区县', noTier: '无梯队称号', unknown: '未填',
    why: { named: '指定单位', tier: '{value}', chain: '产业链：{value}', district: '{value}', word: '能力：{value}' }, first: '名单', more: '再看一些', none: '填写条件或指定单位后，这里显示会覆盖哪些单位。', widens: '已在范围内的单位会保留，变更只会扩大范围；新增的单位会收到通知。',
  },
  en: {
    title: 'Audience', lead: 'Not public: only those within it see, find, hear of it and take part.', rule: 'By conditions', ruleHelp: 'Within one, any will do; between them all must be met. Verified organisations that may answer such a demand are counted. The list is fixed, with reasons, when it is published.',
    tiers: 'Tier', chains: 'Industry chain', districts: 'District', words: 'Capability', wordsHelp: 'Products, processes or machines, separated by commas or spaces, as firms’ published lists name them.', wordsExample: 'e.g. turning, gearbox',
    reaches: 'Would reach {n} organisations', reached: 'Reaches {n} organisations', kept: 'Fixed on {at}', nobody: 'No organisation meets this and could answer', tooWide: 'More than {n} at once: narrow it, or make the demand public', byTier: 'By tier', byDistrict: 'By district', noTier: 'No title', unknown: 'Unknown',
    why: { named: 'Named', tier: '{value}', chain: 'Chain: {value}', district: '{value}', word: 'Can do: {value}' }, first: 'Who', more: 'More', none: 'Set conditions or name organisations to see whom it would reach.', widens: 'Those reached stay; a change only widens. The new ones are told.',
  },
})
