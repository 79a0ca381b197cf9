import type { Account, Demand, Engagement } from '@/api/paths'
import { links } from '@/app/links'

/** What is to be done, or who is being waited for. */
export type Duty =
  | 'joinOrganisation' | 'registerOrganisation' | 'proveOrganisation' | 'mendOrganisation'
  | 'mendDemand' | 'publishDemand' | 'evaluateDemand' | 'publishAward' | 'finishDemand'
  | 'finishBid' | 'correctBid' | 'answerInvite' | 'answerTrial' | 'reportTrial'
  | 'taskContract' | 'taskConfirm' | 'taskWork' | 'taskAccept' | 'taskAnswer' | 'taskPayment' | 'taskRate' | 'taskClose' | 'taskProof' | 'reviewDemand' | 'reviewOrganisation' | 'dealing' | 'mediate'

export type Waiting = 'review' | 'verification' | 'bids' | 'notice' | 'opening' | 'judging'

export interface Entry<K> {
  key: string
  kind: K
  title: string
  to: string
  due: string | undefined
  /** Working days left as the server counts them, when it does. */
  left: number | undefined
  overdue: boolean
  note: string | undefined
  /** How many bids there are, where that matters. */
  count: number | undefined
}

const blank = { due: undefined, left: undefined, overdue: false, note: undefined, count: undefined }

/** Where nobody else waits: a draft can lie. */
const patient = new Set<unknown>(['finishDemand', 'taskRate', 'taskClose'])

/** What is due first stands first, the overdue before all; what has no date comes last, in the order given, drafts at the end. */
export const byUrgency = <K>(entries: Entry<K>[]): Entry<K>[] =>
  [...entries].sort((a, b) => Number(b.overdue) - Number(a.overdue) || (a.due ?? '9999').localeCompare(b.due ?? '9999') || Number(patient.has(a.kind)) - Number(patient.has(b.kind)))

/** What the issuer must do next with its demands. */
export function dutiesOfDemands(demands: readonly Demand['Demand'][]): Entry<Duty>[] {
  return demands.flatMap((d): Entry<Duty>[] => {
    const entry = (kind: Duty, to: string): Entry<Duty>[] => [{ ...blank, key: d.id, kind, title: d.title, to, count: d.publishedAt ? d.bidCount : undefined, note: d.state === 'returned' ? d.reason : undefined }]
    switch (d.state) {
      case 'returned': return entry('mendDemand', links.editDemand(d.id))
      case 'approved': return entry('publishDemand', links.manageDemand(d.id))
      case 'bidding_closed': return entry('evaluateDemand', links.evaluate(d.id))
      case 'evaluating': return entry(d.award ? 'publishAward' : 'evaluateDemand', links.evaluate(d.id))
      case 'draft': return entry('finishDemand', links.editDemand(d.id))
      default: return []
    }
  })
}

/** Whom the issuer waits for, and until when. */
export function waitsOfDemands(demands: readonly Demand['Demand'][]): Entry<Waiting>[] {
  return demands.flatMap((d): Entry<Waiting>[] => {
    const entry = (kind: Waiting, due?: string, left?: number): Entry<Waiting>[] => [{ ...blank, key: d.id, kind, title: d.title, to: links.manageDemand(d.id), due, left, count: d.bidCount }]
    switch (d.state) {
      case 'submitted': return entry('review', d.reviewClock?.dueAt, d.reviewClock?.workingDaysLeft)
      case 'published': return entry('bids', d.deadline, d.workingDaysLeft)
      case 'award_notice': return entry('notice', d.notice?.paused ? undefined : d.notice?.endsAt)
      default: return []
    }
  })
}

/** Bids that only their bidder can move. A draft whose deadline has passed is moved by nobody. */
export function dutiesOfBids(bids: readonly Demand['Bid'][]): Entry<Duty>[] {
  return bids.flatMap((b): Entry<Duty>[] => {
    const entry = (kind: Duty, due?: string, note?: string): Entry<Duty>[] => [{ ...blank, key: b.id, kind, title: b.demandTitle, to: links.bid(b.id), due, note }]
    if (b.state === 'draft' && b.demandState === 'published') return entry('finishBid', b.deadline)
    if (b.state === 'correction') return entry('correctBid', b.formal?.correctBy, b.formal?.missing?.join('、'))
    if (b.state === 'trial_offered') return entry('answerTrial', undefined, b.agreed?.terms)
    if (b.state === 'trialling') return entry('reportTrial', b.agreed?.to)
    return []
  })
}

export function waitsOfBids(bids: readonly Demand['Bid'][]): Entry<Waiting>[] {
  return bids.flatMap((b): Entry<Waiting>[] => {
    const entry = (kind: Waiting, due?: string): Entry<Waiting>[] => [{ ...blank, key: b.id, kind, title: b.demandTitle, to: links.bid(b.id), due }]
    if (b.state === 'submitted') return entry('opening', b.deadline)
    if (b.state === 'formal_check' || b.state === 'shortlisted') return entry('judging')
    return []
  })
}

/** Invitations that still wait for an answer; a directed demand's runs out with its deadline. */
export function dutiesOfInvites(invites: readonly Demand['Invite'][]): Entry<Duty>[] {
  return invites.filter((i) => i.state === 'invited').map((i) => ({ ...blank, key: `${i.demandId}${i.bidId ?? ''}`, kind: 'answerInvite', title: i.title, to: links.invites, due: i.deadline, note: undefined }))
}

/** Which duty a task's waiting step is; the server says what waits for whom. */
const taskDuties: Record<string, Duty> = {
  recordContract: 'taskContract', confirmContract: 'taskConfirm', work: 'taskWork', accept: 'taskAccept', answerChange: 'taskAnswer', answerTermination: 'taskAnswer',
  confirmPayment: 'taskPayment', pay: 'taskPayment', rate: 'taskRate', close: 'taskClose', judgeProof: 'taskProof',
}

/** Tasks in which something waits for this reader. */
export function dutiesOfTasks(tasks: readonly Demand['TaskBrief'][]): Entry<Duty>[] {
  return tasks.flatMap((k): Entry<Duty>[] => {
    const kind = taskDuties[k.turnFor ?? '']
    return kind ? [{ ...blank, key: k.id, kind, title: k.title, to: links.task(k.id), due: k.nextOn && `${k.nextOn}T16:00:00Z`, overdue: k.overdue ?? false }] : []
  })
}

/** What the organisation must do next in its dealings, on either side. A reply to a rating is a courtesy, no duty. */
export function dutiesOfDealings(dealings: readonly Engagement['Engagement'][]): Entry<Duty>[] {
  return dealings.flatMap((e): Entry<Duty>[] => {
    const turn = e.turn
    if (!turn?.mine || turn.action === 'replyToRating') return []
    const other = e.reader === 'client' ? e.provider.name : e.client.name
    return [{ ...blank, key: e.id, kind: turn.role === 'operator' ? 'mediate' : 'dealing', title: `${e.subject}（${other}）`, to: links.engagement(e.id), due: turn.dueAt, left: turn.workingDaysLeft, overdue: turn.overdue }]
  })
}

/** What a person must do before their organisation can act at all. */
export function dutiesOfStanding(me: Account['Me']): Entry<Duty>[] {
  const joins = me.invitations.map((i): Entry<Duty> => ({ ...blank, key: i.id, kind: 'joinOrganisation', title: i.orgName, to: links.account, due: i.expiresAt }))
  const org = me.organisation
  if (!org) return me.staff || joins.length ? joins : [{ ...blank, key: 'register', kind: 'registerOrganisation', title: '', to: links.ownOrganisation }]
  if (org.state === 'registered') return [...joins, { ...blank, key: org.orgId, kind: 'proveOrganisation', title: org.name, to: links.ownOrganisation }]
  if (org.state === 'returned') return [...joins, { ...blank, key: org.orgId, kind: 'mendOrganisation', title: org.name, to: links.ownOrganisation, note: org.reason }]
  return joins
}

/** How many there are in each state, in the order of `states`; none leaves the state out. */
export function countStates(items: readonly { state: string }[], states: readonly string[]): { state: string; count: number }[] {
  return states.map((state) => ({ state, count: items.filter((item) => item.state === state).length })).filter((group) => group.count > 0)
}
