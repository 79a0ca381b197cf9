import { expect, it } from 'vitest'
import { lineDiff } from './lineDiff'

const short = (before: string[], after: string[]): string => lineDiff(before, after).map((l) => ({ same: ' ', gone: '-', new: '+' })[l.kind] + l.text).join('')

it('keeps what stayed and shows what went before what came', () => {
  expect(short(['a', 'b', 'c'], ['a', 'x', 'c'])).toBe(' a-b+x c')
  expect(short(['a'], ['a', 'b'])).toBe(' a+b')
  expect(short(['a', 'b'], [])).toBe('-a-b')
  expect(short([], ['a'])).toBe('+a')
  expect(short(['a', 'b', 'c', 'd'], ['b', 'd', 'e'])).toBe('-a b-c d+e')
})
