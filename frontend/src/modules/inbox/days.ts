import { shanghaiDate } from '@/ui/format'

export interface Day<T> {
  /** The day on the city's clock, `2026-11-22`. */
  date: string
  items: T[]
}

/** Cuts a list that is newest first into the days of the city's clock. */
export function byDay<T extends { at: string }>(items: readonly T[]): Day<T>[] {
  const days: Day<T>[] = []
  for (const item of items) {
    const date = shanghaiDate(new Date(item.at))
    const last = days.at(-1)
    if (last?.date === date) last.items.push(item)
    else days.push({ date, items: [item] })
  }
  return days
}
