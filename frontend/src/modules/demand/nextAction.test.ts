import { expect, it } from 'vitest'
import type { Demand } from '@/api/paths'
import { doorOf, nextAction } from './nextAction'

const demand = (allowedActions: Demand['Action'][], more: Partial<Demand['Demand']> = {}): Demand['Demand'] =>
  ({ id: 'd1', allowedActions, ...more }) as Demand['Demand']

it('offers what the server calls primary, even when it is closed to this reader', () => {
  const d = demand([{ operation: 'getResult', allowed: true }, { operation: 'placeBid', allowed: false, primary: true, code: 'org.not_verified' }])
  expect(nextAction(d)?.operation).toBe('placeBid')
})

it('never makes an action of mere reading', () => {
  expect(nextAction(demand([{ operation: 'listDemandMatches', allowed: true }]))).toBeUndefined()
})

it('leads a bidder to the bid there is', () => {
  expect(doorOf('editBid', demand([], { myBidId: 'd1:1:o1' }))).toBe('/work/bids/d1%3A1%3Ao1')
  expect(doorOf('placeBid', demand([]))).toBe('/work/demands/d1/bid')
})
