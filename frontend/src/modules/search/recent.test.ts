import { beforeEach, expect, it } from 'vitest'
import { forgetAll, recent, remember } from './recent'

beforeEach(forgetAll)

it('keeps the last eight, each once, the latest first', () => {
  for (const term of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'b']) remember(term)
  expect(recent.value).toEqual(['b', 'i', 'h', 'g', 'f', 'e', 'd', 'c'])
  expect(JSON.parse(localStorage.getItem('lianbang.recent')!)).toEqual(recent.value)
})

it('keeps neither nothing nor whole descriptions, and forgets on request', () => {
  remember('')
  remember('长'.repeat(61))
  expect(recent.value).toEqual([])
  remember('轴承')
  forgetAll()
  expect(localStorage.getItem('lianbang.recent')).toBe('[]')
})
