import { expect, test } from 'vitest'
import { emptyRule, ruleInput, wordsOf } from './audience'

test('words are split where people split them, each once', () => {
  expect(wordsOf(' 车削、减速机，车削 CNC;齿轮 ')).toEqual(['车削', '减速机', 'CNC', '齿轮'])
  expect(wordsOf('、 ')).toEqual([])
})

test('a rule that says nothing is not sent', () => {
  expect(ruleInput(emptyRule())).toBeUndefined()
  expect(ruleInput({ ...emptyRule(), tiers: ['specialised'] })).toEqual({ tiers: ['specialised'] })
})
