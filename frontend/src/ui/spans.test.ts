import { expect, it } from 'vitest'
import { splitSpans } from './spans'

it('marks by UTF-16 units, joins overlaps and ignores what lies outside', () => {
  expect(splitSpans('𠮷野的伺服电机', [{ start: 4, length: 2 }, { start: 5, length: 3 }, { start: 20, length: 2 }])).toEqual([
    { text: '𠮷野的', hit: false },
    { text: '伺服电机', hit: true },
  ])
})
