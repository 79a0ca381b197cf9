import { api, call, callWithRev } from '@/api/client'
import type { Provider } from '@/api/paths'
import type { Label } from '@/app/module'
import { links } from '@/app/links'
import type { RuleField, RuleSection, RuleUnit, RuleVersion } from '@/modules/rules/section'

type Input = Provider['SettingsInput']
const text = (zh: string, en: string): Label => ({ 'zh-CN': zh, en })
const field = (path: string, zh: string, en: string, unit: RuleUnit, min = 0, max?: number): RuleField => ({ path, label: text(zh, en), unit, min, ...(max === undefined ? {} : { max }) })

const thresholds: { key: string; zh: string; en: string; unit: RuleUnit }[] = [
  { key: 'years', zh: '服务年限', en: 'Years of service', unit: 'years' },
  { key: 'staff', zh: '从业人员', en: 'Staff', unit: 'count' },
  { key: 'qualifiedShare', zh: '专业人员占比', en: 'Qualified staff', unit: 'percent' },
  { key: 'assetsFen', zh: '资产总额', en: 'Assets', unit: 'wan' },
  { key: 'served', zh: '年服务企业数', en: 'Enterprises served', unit: 'count' },
  { key: 'satisfaction', zh: '满意度', en: 'Satisfaction', unit: 'percent' },
]
const categories: { code: string; name: Label }[] = [
  { code: 'innovation', name: text('技术创新', 'Technology') }, { code: 'ip', name: text('知识产权', 'Intellectual property') }, { code: 'digital', name: text('数字化转型', 'Digital') },
  { code: 'green', name: text('节能降碳', 'Energy') }, { code: 'finance', name: text('投融资', 'Finance') }, { code: 'market', name: text('市场拓展', 'Market') },
  { code: 'management', name: text('管理咨询', 'Management') }, { code: 'docking', name: text('产业对接', 'Docking') },
]
const asked = (path: string): RuleField[] => thresholds.map((one) => ({ path: `${path}.${one.key}`, label: text(one.zh, one.en), unit: one.unit, min: 0, touch: `thresholds.${one.key}` }))

/** The pool's rules: who may come in, how long each step takes, how a year is judged. */
export const providerRules: RuleSection = {
  key: 'provider',
  title: text('服务机构资源池', 'Provider pool'),
  lead: text('入库条件、办理期限、评审与年度评选。', 'Thresholds, clocks, panels and the yearly evaluation.'),
  states: 'membership',
  groups: (values) => [
    { title: text('入库条件（全市）', 'Thresholds for all'), fields: [...asked('base'), { ...field('base.certificates', '须持有的资质', 'Certificates asked for', 'names'), touch: 'thresholds.certificate' }] },
    { title: text('分类别的入库条件', 'Thresholds of a category'), help: text('不填的与全市相同；填写的以本类别为准，可高可低。', 'What is empty is as for all.'), fields: categories.flatMap((c) => asked(`byCategory.${c.code}`)), table: { rows: categories.map((c) => c.name), columns: thresholds.map((one) => text(one.zh, one.en)) } },
    { title: text('期限', 'Clocks'), fields: [field('reviewWorkingDays', '初审期限', 'Initial review', 'workingDays', 1, 60), field('expertWorkingDays', '专家评审期限', 'Expert review', 'workingDays', 1, 60), field('noticeWorkingDays', '公示期', 'Public notice', 'workingDays', 1, 60), field('appealWorkingDays', '申诉期限', 'Time to appeal', 'workingDays', 1, 60), field('rejectedBarMonths', '不予入库后再申请间隔', 'Bar after a refusal', 'months', 0, 120), field('removedBarMonths', '出库后再申请间隔', 'Bar after removal', 'months', 0, 120), field('redLineBarMonths', '触碰红线后再申请间隔', 'Bar after a red line', 'months', 0, 120)] },
    { title: text('专家评审', 'Panel'), help: text('权重合计 100。', 'The weights sum to 100.'), fields: [field('minExperts', '最少评分专家', 'Sheets needed', 'count', 1, 9), field('passMark', '通过分数线', 'Pass mark', 'score', 0, 100), ...((values.criteria as Provider['Criterion'][]) ?? []).flatMap((c, i) => [field(`criteria.${i}.weight`, `${c.name} 权重`, `Weight of ${c.name}`, 'percent', 1, 100)])] },
    { title: text('年度评选与目标', 'Yearly evaluation and target'), help: text('三项权重合计 100；奖励上限依征求意见稿，每家不超过 50 万元。', 'The weights sum to 100; at most 500,000 yuan each.'), fields: [field('weights.served', '服务企业数权重', 'Weight of enterprises served', 'percent', 0, 100), field('weights.satisfaction', '满意度权重', 'Weight of satisfaction', 'percent', 0, 100), field('weights.effect', '服务成效权重', 'Weight of effect', 'percent', 0, 100), field('awardCapFen', '每家奖励上限', 'Award at most', 'wan', 0, 50), field('winners', '每年最多奖励家数', 'Awarded a year', 'count', 1, 200), field('poolTarget', '资源池目标', 'Target of the pool', 'count', 1, 10_000)] },
    { title: text('关注名单', 'Watch list'), help: text('按整月比：最近几个月与本机构此前相比。样本不够的不判断；列入关注不产生任何处理。', 'Whole months: the latest against its own past. Too few cases say nothing; nothing follows by itself.'), fields: [field('watch.months', '最近几个月', 'The latest', 'months', 1, 24), field('watch.pastMonths', '与此前几个月比', 'Against the past', 'months', 1, 24), field('watch.minRatings', '两段各至少几条评价', 'Ratings in each', 'count', 1, 100), field('watch.minEnquiries', '两段各至少几次询价', 'Enquiries in each', 'count', 1, 100), field('watch.satisfactionDrop', '满意度下降（百分之一分）', 'Fall of satisfaction (hundredths)', 'count', 10, 400), field('watch.inTimeDrop', '首答按期率下降（百分点）', 'Fall of answers in time', 'count', 1, 100), field('watch.restMonths', '移出后多久不再自动列入', 'Rests once taken off', 'months', 0, 24)] },
  ],
  load: () => callWithRev(api.GET('/api/v1/provider-settings')) as Promise<{ body: RuleVersion; rev: string }>,
  versions: async () => (await call(api.GET('/api/v1/provider-settings/versions'))).items as unknown as RuleVersion[],
  preview: (input) => call(api.POST('/api/v1/provider-settings/preview', { body: input as unknown as Input })),
  save: (input, rev) => call(api.PUT('/api/v1/provider-settings', { params: { header: { 'If-Match': rev } }, body: input as unknown as Input })),
  link: (touch) => (touch.state === 'admitted' ? links.provider(touch.subjectId) : links.reviewAdmission(touch.subjectId)),
}
