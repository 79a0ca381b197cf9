import { api, call } from '@/api/client'
import type { Membership } from './useMembership'

/** What an operator decides with a reason, a note, or nothing more; each is one operation on a membership. */
export const decisions = {
  acceptAdmission: { ask: 'none', look: 'primary' },
  passInitialReview: { ask: 'note', look: 'primary' },
  returnAdmission: { ask: 'reason', look: '' },
  rejectAdmission: { ask: 'reason', look: 'danger' },
  publishAdmissionNotice: { ask: 'none', look: 'primary' },
  admitProvider: { ask: 'reason', look: 'primary' },
  watchProvider: { ask: 'note', look: '' },
  suspendProvider: { ask: 'reason', look: 'danger' },
  reinstateProvider: { ask: 'reason', look: 'primary' },
  removeProvider: { ask: 'reason', look: 'danger' },
  decideMembershipAppeal: { ask: 'reason', look: 'primary' },
} as const
export type Decision = keyof typeof decisions

/** Sends a decision with its reason or note. */
export function decide(how: Decision | 'dismiss', orgId: string, text: string): Promise<Membership> {
  const params = { path: { orgId } }
  const body = { reason: text }
  switch (how) {
    case 'acceptAdmission': return call(api.POST('/api/v1/admissions/{orgId}/accept', { params }))
    case 'passInitialReview': return call(api.POST('/api/v1/admissions/{orgId}/pass', { params, body: { note: text } }))
    case 'returnAdmission': return call(api.POST('/api/v1/admissions/{orgId}/return', { params, body }))
    case 'rejectAdmission': return call(api.POST('/api/v1/admissions/{orgId}/reject', { params, body: { ...body, redLine: false } }))
    case 'publishAdmissionNotice': return call(api.POST('/api/v1/admissions/{orgId}/notice', { params }))
    case 'admitProvider': return call(api.POST('/api/v1/admissions/{orgId}/admit', { params, body }))
    case 'watchProvider': return call(api.POST('/api/v1/admissions/{orgId}/watch', { params, body }))
    case 'suspendProvider': return call(api.POST('/api/v1/admissions/{orgId}/suspend', { params, body }))
    case 'reinstateProvider': return call(api.POST('/api/v1/admissions/{orgId}/reinstate', { params, body }))
    case 'removeProvider': return call(api.POST('/api/v1/admissions/{orgId}/remove', { params, body: { ...body, redLine: false } }))
    default: return call(api.POST('/api/v1/admissions/{orgId}/appeal-decision', { params, body: { upheld: how === 'decideMembershipAppeal', answer: text } }))
  }
}
