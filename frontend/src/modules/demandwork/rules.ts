import { api, call, callWithRev } from '@/api/client'
import type { Demand } from '@/api/paths'
import type { Label } from '@/app/module'
import { links } from '@/app/links'
import type { RuleField, RuleSection, RuleUnit, RuleVersion } from '@/modules/rules/section'

type Input = Demand['DemandSettingsInput']
const text = (zh: string, en: string): Label => ({ 'zh-CN': zh, en })
const field = (path: string, zh: string, en: string, unit: RuleUnit, min: number, max: number): RuleField => ({ path, label: text(zh, en), unit, min, max })

/** The rules of demands: the clocks from the review to the notice, how many may win, and by what bids are scored when an issuer does not say. */
export const demandRules: RuleSection = {
  key: 'demand',
  title: text('需求与揭榜', 'Demands'),
  lead: text('审核、发榜、提问、补正和公示的期限，中榜家数，默认评分标准。', 'Clocks from the review to the notice, how many may win, and the criteria of who does not choose.'),
  states: 'demand',
  groups: (values) => [
    { title: text('审核', 'Review'), fields: [field('districtReview', '先由区县初审', 'The district reviews first', 'switch', 0, 1), field('districtReviewDays', '区县初审', 'First review', 'workingDays', 1, 60), field('reviewWorkingDays', '市级复审', 'City review', 'workingDays', 1, 60), field('reviewRemindDays', '到期前几个工作日提醒', 'Reminder before it is over', 'workingDays', 1, 30)] },
    { title: text('发榜到揭榜', 'From publishing to bids'), fields: [field('minPublishDays', '发榜至截止至少', 'Shortest bidding', 'days', 0, 180), field('questionCutoffHours', '截止前几小时停止提问', 'Asking ends before the deadline (hours)', 'count', 1, 720), field('answerWorkingDays', '答疑期限', 'Answer to a question', 'workingDays', 1, 30), field('changeWorkingDays', '实质变更后截止顺延', 'A change of substance moves the deadline', 'workingDays', 1, 60), field('pushLimit', '每条需求推送家数', 'Told of a new demand', 'count', 0, 200), field('maxInvites', '定向邀请最多家数', 'Invited at most', 'count', 1, 200)] },
    { title: text('评审与定榜', 'Scoring and award'), fields: [field('correctionWorkingDays', '形式补正期限', 'Correction of papers', 'workingDays', 1, 30), field('conflictMonths', '专家回避：往来不早于', 'Dealings that tie an expert', 'months', 1, 120), field('maxWinners', '揭榜中榜最多家数', 'Winners at most', 'count', 1, 3), field('maxSuppliers', '采购配套最多选定家数', 'Suppliers chosen at most', 'count', 1, 20), field('minMembers', '联合体最少成员', 'Members of a consortium at least', 'count', 2, 20), field('noticeWorkingDays', '定榜公示期', 'Award notice', 'workingDays', 1, 60), field('issueDeadlineDay', '期次目录截止日（次季末月几日）', 'Day a catalogue closes', 'count', 1, 28)] },
    { title: text('默认评分标准', 'Criteria of who does not choose'), help: text('权重合计 100；发布方自定标准的不受影响。', 'The weights sum to 100; an issuer’s own criteria stay.'), fields: ((values.criteria as Demand['Criterion'][]) ?? []).flatMap((c, i) => [{ path: `criteria.${i}.name`, label: text(`评审项 ${i + 1}`, `Criterion ${i + 1}`), unit: 'text' as const }, field(`criteria.${i}.weight`, `${c.name} 权重`, `Weight of ${c.name}`, 'percent', 1, 100)]) },
  ],
  load: () => callWithRev(api.GET('/api/v1/demand-settings')) as Promise<{ body: RuleVersion; rev: string }>,
  versions: async () => (await call(api.GET('/api/v1/demand-settings/versions'))).items as unknown as RuleVersion[],
  preview: (input) => call(api.POST('/api/v1/demand-settings/preview', { body: input as unknown as Input })),
  save: (input, rev) => call(api.PUT('/api/v1/demand-settings', { params: { header: { 'If-Match': rev } }, body: input as unknown as Input })),
  link: (touch) => links.demand(touch.subjectId),
}
