import { api, call, callWithRev } from '@/api/client'
import type { Achievement } from '@/api/paths'
import type { Label } from '@/app/module'
import { links } from '@/app/links'
import type { RuleField, RuleSection, RuleUnit, RuleVersion } from '@/modules/rules/section'

type Input = Achievement['AchievementSettingsInput']
const text = (zh: string, en: string): Label => ({ 'zh-CN': zh, en })
const field = (path: string, zh: string, en: string, unit: RuleUnit, min: number, max: number): RuleField => ({ path, label: text(zh, en), unit, min, max })

/** The city's rules of achievements and their deals: notices, caps of open licences, shares, and what is shown of readers. */
export const achievementRules: RuleSection = {
  key: 'achievement',
  title: text('创新成果', 'Achievements'),
  lead: text('转化公示、开放许可、试用与收益分配，读者数据的最小单位数。', 'Notices, open licences, trials and shares, and how few readers are shown.'),
  states: (touch) => ('of' in touch && touch.of === 'deal' ? 'achievementDeal' : 'achievement'),
  groups: () => [
    { title: text('公示', 'Public notice'), help: text('协议定价公示不少于 15 日，只能延长。', 'A price by agreement stands 15 days at least; a city may only lengthen it.'), fields: [field('agreementNoticeDays', '协议定价公示期', 'Price by agreement', 'days', 15, 120), field('listingNoticeDays', '挂牌、拍卖公示期', 'Listing and auction', 'days', 1, 120), field('openNoticeDays', '开放许可条件公示期', 'Terms of an open licence', 'days', 1, 120)] },
    { title: text('开放许可与试用', 'Open licence and trial'), fields: [field('openFeeCapFen', '开放许可费上限', 'Fee at most', 'wan', 0.01, 1_000_000), field('openRoyaltyCapBp', '开放许可提成上限', 'Royalty at most', 'bp', 0.01, 100), field('trialDays', '先用后转最长试用期', 'Longest trial', 'days', 1, 1100)] },
    { title: text('收益与目标', 'Shares and target'), fields: [field('inventorShareBp', '完成人最低分配比例', 'Least share of inventors', 'bp', 0, 100), field('servedTarget', '年服务企业目标（家次）', 'Services to firms a year', 'count', 0, 1_000_000)] },
    { title: text('读者数据', 'Readers'), help: text('看板里的每个数字至少代表这么多家单位，不足的合并显示。', 'Each figure stands for at least so many organisations; what is fewer is folded.'), fields: [field('leastReaders', '最小单位数', 'Least organisations', 'count', 2, 50)] },
  ],
  load: () => callWithRev(api.GET('/api/v1/achievement-settings')) as Promise<{ body: RuleVersion; rev: string }>,
  versions: async () => (await call(api.GET('/api/v1/achievement-settings/versions'))).items as unknown as RuleVersion[],
  preview: (input) => call(api.POST('/api/v1/achievement-settings/preview', { body: input as unknown as Input })),
  save: (input, rev) => call(api.PUT('/api/v1/achievement-settings', { params: { header: { 'If-Match': rev } }, body: input as unknown as Input })),
  link: (touch) => ('of' in touch && touch.of === 'deal' ? links.achievementDeal(touch.subjectId) : `/work/achievements/${touch.subjectId}`),
}
