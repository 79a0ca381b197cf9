/** A hit in a text, in UTF-16 code units, as the search service counts: from `start`, `length` long. */
export interface Span {
  start: number
  length: number
}

/** Cuts a text into marked and plain pieces. Overlaps are joined, what lies outside is ignored. */
export function splitSpans(text: string, spans: readonly Span[]): { text: string; hit: boolean }[] {
  const marked = new Array<boolean>(text.length).fill(false)
  for (const { start, length } of spans) marked.fill(true, Math.max(0, start), Math.min(text.length, start + length))
  const parts: { text: string; hit: boolean }[] = []
  for (let i = 0; i < text.length; i++) {
    const last = parts.at(-1)
    if (last && last.hit === marked[i]) last.text += text[i]
    else parts.push({ text: text[i]!, hit: marked[i]! })
  }
  return parts
}
