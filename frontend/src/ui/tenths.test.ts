import { expect, it } from 'vitest'
import { tenths } from './tenths'

it.each([
  [[13.738, 5.212, 1]],
  [[0.05, 0.05, 0.05]],
  [[33.333, 33.333, 33.334]],
  [[12, -3.26, 0.04]],
  [[]],
])('%j still adds up when rounded', (parts: number[]) => {
  const shown = tenths(parts)
  expect(shown.parts.reduce((a, b) => a + b, 0)).toBe(shown.sum)
  shown.parts.forEach((value, i) => expect(Math.abs(value / 10 - parts[i]!)).toBeLessThan(0.1))
})
