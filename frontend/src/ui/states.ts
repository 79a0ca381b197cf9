/** The aggregates that have states. */
export type Stateful = 'demand' | 'bid' | 'organisation' | 'objection' | 'notice' | 'import' | 'achievement' | 'achievementDeal' | 'capability' | 'engagement' | 'membership' | 'offering' | 'task' | 'supplier'

/** What a state means to the reader: nothing yet, open to act, somebody is at work, done well, an award, an end. */
export type Tone = 'idle' | 'open' | 'wait' | 'good' | 'gold' | 'bad'

const tones: Record<Stateful, Record<string, Tone>> = {
  capability: { draft: 'idle', published: 'good', paused: 'wait', withdrawn: 'idle' },
  supplier: { proposed: 'wait', active: 'good', declined: 'idle', removed: 'bad' },
  demand: {
    draft: 'idle', submitted: 'wait', returned: 'bad', approved: 'good', published: 'open', bidding_closed: 'wait',
    evaluating: 'wait', award_notice: 'gold', awarded: 'gold', in_progress: 'wait', accepted: 'good', closed: 'idle',
    rejected: 'bad', no_award: 'idle', terminated: 'bad', withdrawn: 'idle',
  },
  bid: {
    draft: 'idle', submitted: 'open', opened: 'wait', formal_check: 'wait', correction: 'bad', shortlisted: 'open', won: 'gold',
    lost: 'idle', withdrawn: 'idle', rejected: 'bad', formal_failed: 'bad', comparing: 'wait', trial_offered: 'open', trialling: 'open', reported: 'wait', talking: 'open',
  },
  organisation: { unclaimed: 'idle', registered: 'idle', submitted: 'wait', returned: 'bad', verified: 'good', rejected: 'bad', suspended: 'bad' },
  objection: { filed: 'wait', accepted: 'open', refused: 'idle', dismissed: 'idle', upheld: 'bad' },
  notice: { open: 'gold', paused: 'wait', ended: 'good', stopped: 'bad', withdrawn: 'idle', announced: 'good' },
  achievement: { draft: 'idle', submitted: 'wait', returned: 'bad', published: 'open', reserved: 'gold', transferred: 'good', withdrawn: 'idle' },
  achievementDeal: { interest: 'open', talks: 'open', pricing: 'wait', terms: 'wait', internal_approval: 'wait', public_notice: 'gold', trial: 'open', contract: 'wait', signed: 'good', registered: 'good', fulfilled: 'good', declined: 'idle', cancelled: 'idle' },
  membership: {
    draft: 'idle', submitted: 'wait', initial_review: 'wait', expert_review: 'wait', public_notice: 'gold', admitted: 'good', suspended: 'bad', removed: 'bad', returned: 'bad', rejected: 'bad',
  },
  offering: { draft: 'idle', published: 'good', paused: 'wait', withdrawn: 'idle' },
  task: { contracting: 'open', in_progress: 'wait', delivered: 'open', accepted: 'good', closed: 'idle', failed: 'bad', terminated: 'bad' },
  engagement: {
    enquiry: 'open', quoted: 'open', accepted: 'wait', contracted: 'wait', delivering: 'wait', delivered: 'open', accepted_by_client: 'good', rated: 'good', closed: 'good', declined: 'idle', cancelled: 'idle', disputed: 'bad',
  },
  import: { checking: 'wait', ready: 'open', committing: 'wait', committed: 'good', discarded: 'idle' },
}

/** Unknown states look neutral: a newer server must not break an older page. */
export const toneOf = (of: Stateful, state: string): Tone => tones[of][state] ?? 'idle'
