import { expect, it } from 'vitest'
import { periodsAround } from './periods'

it.each([
  ['2026-05-10T00:00:00Z', ['2026Q2', '2026Q3', '2026Q1', '2026H1', '2026H2', '2025H2']],
  ['2026-12-31T15:59:59Z', ['2026Q4', '2027Q1', '2026Q3', '2026H2', '2027H1', '2026H1']],
  ['2026-12-31T16:00:00Z', ['2027Q1', '2027Q2', '2026Q4', '2027H1', '2027H2', '2026H2']],
])('names the periods around %s, in China’s time', (at, periods) => {
  expect(periodsAround(new Date(at))).toEqual(periods)
})
