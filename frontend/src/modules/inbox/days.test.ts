import { expect, it } from 'vitest'
import { byDay } from './days'

it('begins a new day at midnight in the city, and keeps the order', () => {
  const days = byDay([{ id: 'c', at: '2026-11-22T03:00:00Z' }, { id: 'b', at: '2026-11-21T16:00:00Z' }, { id: 'a', at: '2026-11-21T15:59:59Z' }])
  expect(days.map((day) => [day.date, day.items.map((item) => item.id)])).toEqual([['2026-11-22', ['c', 'b']], ['2026-11-21', ['a']]])
})
