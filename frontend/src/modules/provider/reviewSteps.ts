import { api, call } from '@/api/client'
import type { Membership } from './useMembership'

interface Way { ask: 'none' | 'note' | 'reason'; look: '' | 'primary' | 'danger'; operation?: string }

/** What an operator decides with a reason, a note, or nothing more; each is one operation on a membership. A red line bars for longer. */
const ways = {
  acceptAdmission: { ask: 'none', look: 'primary' },
  passInitialReview: { ask: 'note', look: 'primary' },
  returnAdmission: { ask: 'reason', look: '' },
  rejectAdmission: { ask: 'reason', look: 'danger' },
  rejectRedLine: { ask: 'reason', look: 'danger', operation: 'rejectAdmission' },
  publishAdmissionNotice: { ask: 'none', look: 'primary' },
  admitProvider: { ask: 'reason', look: 'primary' },
  watchProvider: { ask: 'reason', look: '' },
  unwatchProvider: { ask: 'reason', look: '' },
  suspendProvider: { ask: 'reason', look: 'danger' },
  reinstateProvider: { ask: 'reason', look: 'primary' },
  removeProvider: { ask: 'reason', look: 'danger' },
  removeRedLine: { ask: 'reason', look: 'danger', operation: 'removeProvider' },
  decideMembershipAppeal: { ask: 'reason', look: 'primary' },
} as const satisfies Record<string, Way>
export type Decision = keyof typeof ways
export const decisions: Record<Decision, Way> = ways

/** Sends a decision with its reason or note. */
export function decide(how: Decision | 'dismiss', orgId: string, text: string): Promise<Membership> {
  const params = { path: { orgId } }
  const body = { reason: text }
  switch (how) {
    case 'acceptAdmission': return call(api.POST('/api/v1/admissions/{orgId}/accept', { params }))
    case 'passInitialReview': return call(api.POST('/api/v1/admissions/{orgId}/pass', { params, body: { note: text } }))
    case 'returnAdmission': return call(api.POST('/api/v1/admissions/{orgId}/return', { params, body }))
    case 'rejectAdmission':
    case 'rejectRedLine': return call(api.POST('/api/v1/admissions/{orgId}/reject', { params, body: { ...body, redLine: how === 'rejectRedLine' } }))
    case 'publishAdmissionNotice': return call(api.POST('/api/v1/admissions/{orgId}/notice', { params }))
    case 'admitProvider': return call(api.POST('/api/v1/admissions/{orgId}/admit', { params, body }))
    case 'watchProvider': return call(api.POST('/api/v1/admissions/{orgId}/watch', { params, body }))
    case 'unwatchProvider': return call(api.POST('/api/v1/admissions/{orgId}/unwatch', { params, body }))
    case 'suspendProvider': return call(api.POST('/api/v1/admissions/{orgId}/suspend', { params, body }))
    case 'reinstateProvider': return call(api.POST('/api/v1/admissions/{orgId}/reinstate', { params, body }))
    case 'removeProvider':
    case 'removeRedLine': return call(api.POST('/api/v1/admissions/{orgId}/remove', { params, body: { ...body, redLine: how === 'removeRedLine' } }))
    default: return call(api.POST('/api/v1/admissions/{orgId}/appeal-decision', { params, body: { upheld: how === 'decideMembershipAppeal', answer: text } }))
  }
}
