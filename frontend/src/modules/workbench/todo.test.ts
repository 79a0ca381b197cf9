import { describe, expect, it } from 'vitest'
import type { Account, Demand } from '@/api/paths'
import { byUrgency, countStates, dutiesOfBids, dutiesOfDemands, dutiesOfStanding, waitsOfDemands } from './todo'

const demand = (over: Partial<Demand['Demand']>): Demand['Demand'] => ({ id: 'd1', title: '主轴热误差补偿', state: 'draft', bidCount: 0, ...over }) as Demand['Demand']
const bid = (over: Partial<Demand['Bid']>): Demand['Bid'] => ({ id: 'd1:1:o1', demandTitle: '主轴热误差补偿', state: 'draft', demandState: 'published', ...over }) as Demand['Bid']
const me = (over: Partial<Account['Me']>): Account['Me'] => ({ user: { id: 'u1', rev: 1, name: '沈工' }, memberships: [], invitations: [], allowedOperations: [], ...over })

describe("the issuer's turn", () => {
  it.each([
    ['returned', 'mendDemand'], ['approved', 'publishDemand'], ['bidding_closed', 'evaluateDemand'], ['evaluating', 'evaluateDemand'], ['draft', 'finishDemand'],
  ] as const)('%s asks for %s', (state, kind) => {
    expect(dutiesOfDemands([demand({ state })])[0]?.kind).toBe(kind)
  })
  it('is over while others act, and says until when', () => {
    const waiting = demand({ state: 'submitted', reviewClock: { startedAt: '2026-11-20T01:00:00Z', dueAt: '2026-11-25T09:00:00Z', overdue: false, workingDaysLeft: 2 } })
    expect(dutiesOfDemands([waiting])).toEqual([])
    expect(waitsOfDemands([waiting])).toMatchObject([{ kind: 'review', due: '2026-11-25T09:00:00Z', left: 2 }])
  })
  it('ends evaluation by publishing what was decided', () => {
    const award = { decidedAt: '2026-11-20T01:00:00Z', published: false, reason: '得分最高', winners: [] }
    expect(dutiesOfDemands([demand({ state: 'evaluating', award })])[0]?.kind).toBe('publishAward')
  })
})

it('asks for a draft bid only while the demand takes bids', () => {
  expect(dutiesOfBids([bid({ deadline: '2026-11-27T09:00:00Z' })])).toMatchObject([{ kind: 'finishBid', due: '2026-11-27T09:00:00Z' }])
  expect(dutiesOfBids([bid({ demandState: 'evaluating' })])).toEqual([])
})

it('puts the overdue first and the undated last', () => {
  const base = { kind: 'x', title: '', to: '', left: undefined, overdue: false, note: undefined, count: undefined }
  const sorted = byUrgency([{ ...base, key: 'none', due: undefined }, { ...base, key: 'late', due: '2026-12-01' }, { ...base, key: 'over', due: '2026-12-02', overdue: true }, { ...base, key: 'soon', due: '2026-11-23' }])
  expect(sorted.map((e) => e.key)).toEqual(['over', 'soon', 'late', 'none'])
})

it('sends a person without an organisation to register one, but not the authority', () => {
  expect(dutiesOfStanding(me({}))[0]?.kind).toBe('registerOrganisation')
  expect(dutiesOfStanding(me({ staff: { post: 'city_operator' } }))).toEqual([])
})

it('counts states in the order of the process', () => {
  expect(countStates([{ state: 'b' }, { state: 'a' }, { state: 'b' }], ['a', 'b', 'c'])).toEqual([{ state: 'a', count: 1 }, { state: 'b', count: 2 }])
})
