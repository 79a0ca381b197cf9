import type { Demand } from '@/api/paths'

type Criterion = Pick<Demand['Criterion'], 'key' | 'weight'>

/** Weighted total of 0–100 scores, to two decimals, or undefined while one is missing. The server's number decides. */
export function totalOf(criteria: readonly Criterion[], scores: Readonly<Record<string, number | undefined>>): number | undefined {
  let sum = 0
  for (const c of criteria) {
    const score = scores[c.key]
    if (score === undefined || Number.isNaN(score)) return undefined
    sum += score * c.weight
  }
  return Math.round(sum) / 100
}

/** Bids by total, best first; those without a total last, in their order. */
export function ranked<B extends Pick<Demand['Bid'], 'total' | 'id'>>(bids: readonly B[]): B[] {
  return [...bids].sort((a, b) => (b.total ?? -1) - (a.total ?? -1) || a.id.localeCompare(b.id))
}

/** Does this choice of winners pass over a bid with a higher total? Then it must be explained, in public. */
export function deviates(bids: readonly Pick<Demand['Bid'], 'id' | 'total'>[], winners: readonly string[]): boolean {
  const worst = Math.min(...bids.filter((b) => winners.includes(b.id)).map((b) => b.total ?? 0))
  return winners.length > 0 && bids.some((b) => !winners.includes(b.id) && (b.total ?? 0) > worst)
}
