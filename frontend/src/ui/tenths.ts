/**
 * Rounds numbers to tenths so that they still add up to their rounded sum: what is cut off goes, tenth by tenth, to those
 * that lost most. Returned in tenths, the sum last.
 */
export function tenths(parts: readonly number[]): { parts: number[]; sum: number } {
  const exact = parts.map((part) => part * 10)
  const sum = Math.round(exact.reduce((a, b) => a + b, 0))
  const rounded = exact.map(Math.floor)
  const rest = sum - rounded.reduce((a, b) => a + b, 0)
  const losers = exact.map((value, i) => ({ i, lost: value - Math.floor(value) })).sort((a, b) => b.lost - a.lost)
  for (const { i } of losers.slice(0, Math.max(0, rest))) rounded[i]! += 1
  return { parts: rounded, sum }
}
