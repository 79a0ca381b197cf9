import { expect, it } from 'vitest'
import { weeksOf } from './deskCalendar'

it('puts what is due on its day in China, and what is overdue on the first', () => {
  const date = (on: string) => ({ engagementId: on, subject: '', clientName: '', what: 'payment', on, overdue: false })
  const weeks = weeksOf([date('2026-11-20T16:00:00Z'), date('2026-11-26T16:00:00Z'), date('2026-10-01T16:00:00Z')], '2026-11-22')
  expect(weeks.map((week) => week[0]!.day)).toEqual(['2026-11-16', '2026-11-23', '2026-11-30', '2026-12-07', '2026-12-14'])
  expect(weeks.flat().filter((one) => one.dates.length).map((one) => [one.day, one.dates[0]!.on])).toEqual([['2026-11-16', '2026-10-01T16:00:00Z'], ['2026-11-20', '2026-11-20T16:00:00Z'], ['2026-11-26', '2026-11-26T16:00:00Z']])
})
