import { api, call, callWithRev } from '@/api/client'
import type { Engagement } from '@/api/paths'
import type { Label } from '@/app/module'
import { links } from '@/app/links'
import type { RuleField, RuleSection, RuleUnit, RuleVersion } from '@/modules/rules/section'

type Input = Engagement['SettingsInput']
const text = (zh: string, en: string): Label => ({ 'zh-CN': zh, en })
const field = (path: string, zh: string, en: string, unit: RuleUnit, min: number, max: number, touch?: string): RuleField => ({ path, label: text(zh, en), unit, min, max, ...(touch ? { touch } : {}) })

/** The clocks of a dealing, and how ratings become a score. */
export const engagementRules: RuleSection = {
  key: 'engagement',
  title: text('服务对接', 'Engagements'),
  lead: text('询价首答、签约、验收、评价和调解的期限，评价得分的计算。', 'Clocks from enquiry to rating, and how ratings are weighed.'),
  states: 'engagement',
  groups: () => [
    { title: text('期限', 'Clocks'), fields: [field('firstAnswerWorkingDays', '询价首次答复', 'First answer', 'workingDays', 1, 30), field('requoteWorkingDays', '调整报价', 'New quote', 'workingDays', 1, 30), field('contractWorkingDays', '签订合同', 'Contract', 'workingDays', 1, 90), field('acceptWorkingDays', '验收', 'Acceptance', 'workingDays', 1, 60), field('redoWorkingDays', '退回后重新交付', 'Delivery after a return', 'workingDays', 1, 60), field('rateWorkingDays', '评价', 'Rating', 'workingDays', 1, 60), field('mediateWorkingDays', '争议调解', 'Mediation', 'workingDays', 1, 60), field('maxProviders', '一次最多询价家数', 'Asked at once', 'count', 1, 5)] },
    { title: text('评价得分', 'Score'), help: text('样本少时向基准分靠拢，旧评价按半衰期减弱；公式公开，可由公开评价复算。', 'Few ratings are drawn to the prior, old ones fade; anybody can compute it again.'), fields: [field('priorMean', '基准分', 'Prior mean', 'score', 1, 5, 'reputation'), field('priorWeight', '基准分相当于几位客户', 'Prior weight', 'count', 0.5, 100), field('halfLifeDays', '评价半衰期', 'Half-life', 'days', 30, 3650)] },
  ],
  load: () => callWithRev(api.GET('/api/v1/engagement-settings')) as Promise<{ body: RuleVersion; rev: string }>,
  versions: async () => (await call(api.GET('/api/v1/engagement-settings/versions'))).items as unknown as RuleVersion[],
  preview: (input) => call(api.POST('/api/v1/engagement-settings/preview', { body: input as unknown as Input })),
  save: (input, rev) => call(api.PUT('/api/v1/engagement-settings', { params: { header: { 'If-Match': rev } }, body: input as unknown as Input })),
  link: (touch) => (touch.field === 'reputation' ? links.provider(touch.subjectId) : links.engagement(touch.subjectId)),
}
