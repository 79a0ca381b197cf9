import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { api, call } from '@/api/client'
import type { Notice } from '@/api/paths'
import { formatTime } from '@/ui'
import type { Step } from '@/ui/TimelineList.vue'
import { useText as t } from './locale'

/** One notice by its id, asked again every minute while its clock runs. */
export function useNotice(id: () => string): UseQueryReturnType<Notice['Notice'], Error> {
  return useQuery({
    queryKey: ['notice', id],
    queryFn: () => call(api.GET('/api/v1/notices/{noticeId}', { params: { path: { noticeId: id() } } })),
    refetchInterval: (q) => (q.state.data?.objectable ? 60_000 : false),
  })
}

/** What happened to a notice, as a timeline; of a clock that runs, the end still to come. */
export function stepsOf(notice: Notice['Notice']): Step[] {
  const past = (notice.history ?? []).map((s, i, all): Step => ({
    key: String(i),
    title: t(`steps.${s.action}`),
    at: s.at,
    note: s.reason ?? (s.action === 'resume' && s.endsAt ? t('runsUntil', { at: formatTime(s.endsAt) }) : null),
    phase: s.action === 'stop' || s.action === 'withdraw' ? 'failed' : i === all.length - 1 && notice.objectable ? 'now' : 'done',
  }))
  if (notice.state === 'open' && notice.endsAt) past.push({ key: 'end', title: t('steps.end'), at: notice.endsAt, phase: 'next' })
  return past
}

/** How an objection stands, in one sentence for who filed it. */
export function nextOf(o: Notice['Objection']): string {
  if (o.stage === 'filed') return o.late ? t('query.next.filedLate') : t('query.next.filed', { at: formatTime(o.decideBy) })
  if (o.stage === 'accepted') return o.late ? t('query.next.acceptedLate') : t('query.next.accepted', { at: formatTime(o.answerBy ?? '') })
  return t(`query.next.${o.stage}`)
}

/** Filing, decision and answer as a timeline. */
export function stagesOf(o: Notice['Objection']): Step[] {
  const accepted = o.stage !== 'filed' && o.stage !== 'refused'
  const steps: Step[] = [{ key: 'filed', title: t('query.steps.filed'), at: o.filedAt, phase: 'done' }]
  steps.push({ key: 'decided', title: t('query.steps.decided'), at: o.decidedAt ?? o.decideBy, phase: o.decidedAt ? (accepted ? 'done' : 'failed') : 'now' })
  if (accepted || o.stage === 'filed') steps.push({ key: 'answered', title: t('query.steps.answered'), at: o.answeredAt ?? o.answerBy ?? null, phase: o.answeredAt ? 'done' : accepted ? 'now' : 'next' })
  return steps
}
