import { expect, it } from 'vitest'
import type { Demand } from '@/api/paths'
import { recompute } from './recompute'

const criteria = [{ key: 'team', name: '团队', weight: 40 }, { key: 'plan', name: '方案', weight: 60 }]
const bid = (pseudonym: string, rank: number, total: number, team: number, plan: number) => ({
  pseudonym, rank, total, winner: rank === 1, formalPass: true, scores: [{ key: 'team', score: team }, { key: 'plan', score: plan }],
})
const record = (...bids: Demand['Result']['bids']) => ({ criteria, bids }) as unknown as Demand['Result']

it('confirms a record whose ranking follows from its scores', () => {
  expect(recompute(record(bid('B', 1, 87, 90, 85), bid('A', 2, 82, 70, 90)))).toBe(true)
})
it('finds a wrong total and a wrong order', () => {
  expect(recompute(record(bid('B', 1, 88, 90, 85)))).toBe(false)
  expect(recompute(record(bid('B', 2, 87, 90, 85), bid('A', 1, 82, 70, 90)))).toBe(false)
})
it('says nothing where nothing was scored', () => {
  expect(recompute(record({ pseudonym: 'A', winner: false, formalPass: false }))).toBeUndefined()
})
