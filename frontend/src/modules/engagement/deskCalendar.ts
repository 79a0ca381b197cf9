import type { Engagement } from '@/api/paths'
import { shanghaiDate } from '@/ui/format'

export interface DeskDay { day: string; dates: Engagement['DeskDate'][] }

const plus = (day: string, n: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)

/** The day something is due on: an end at midnight belongs to the day before. */
const dueOn = (iso: string): string => shanghaiDate(new Date(Date.parse(iso) - 1000))

/** Five weeks from the Monday of `today`'s week, each day with what is due on it; what is overdue from before stands on the first day. */
export function weeksOf(dates: Engagement['DeskDate'][], today: string): DeskDay[][] {
  const monday = plus(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7))
  return Array.from({ length: 5 }, (_, week) =>
    Array.from({ length: 7 }, (__, i) => {
      const day = plus(monday, week * 7 + i)
      return { day, dates: dates.filter((d) => dueOn(d.on) === day || (day === monday && dueOn(d.on) < monday)) }
    }),
  )
}
