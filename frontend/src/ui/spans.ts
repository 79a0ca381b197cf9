/** A hit in a text, in Unicode code points: from `start`, `length` long. */
export interface Span {
  start: number
  length: number
}

/** Cuts a text into marked and plain pieces. Overlaps are joined, what lies outside is ignored. */
export function splitSpans(text: string, spans: readonly Span[]): { text: string; hit: boolean }[] {
  const points = Array.from(text)
  const marked = new Array<boolean>(points.length).fill(false)
  for (const { start, length } of spans) {
    for (let i = Math.max(0, start); i < Math.min(points.length, start + length); i++) marked[i] = true
  }
  const parts: { text: string; hit: boolean }[] = []
  points.forEach((point, i) => {
    const last = parts.at(-1)
    if (last && last.hit === marked[i]) last.text += point
    else parts.push({ text: point, hit: marked[i]! })
  })
  return parts
}
