import type { Demand } from '@/api/paths'

/**
 * Does the published ranking follow from the published scores? True when every total is the weighted sum of its scores
 * (to the two decimals shown) and the order follows the totals; undefined when the record holds no scores.
 */
export function recompute(result: Demand['Result']): boolean | undefined {
  const scored = result.bids.filter((bid) => bid.total !== undefined && bid.scores?.length === result.criteria.length)
  if (scored.length === 0) return undefined
  const weights = result.criteria.reduce((sum, criterion) => sum + criterion.weight, 0)
  const totals = scored.map((bid) => result.criteria.reduce((sum, c) => sum + c.weight * (bid.scores?.find((s) => s.key === c.key)?.score ?? 0), 0) / weights)
  const sums = scored.every((bid, i) => Math.abs(bid.total! - totals[i]!) < 0.0051)
  const ranks = scored.every((bid, i) => scored.every((other, j) => bid.rank === undefined || other.rank === undefined || totals[i]! <= totals[j]! || bid.rank < other.rank))
  return sums && ranks
}
