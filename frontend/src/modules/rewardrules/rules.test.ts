import { expect, test } from 'vitest'
import { dayAfter, formOf, heldUntil, nextRule, ruleOf, type Rule } from './rules'

const rule: Rule = { version: 1, clause: '条款', pending: true, from: '2024-01-01', until: '2026-12-31', shareBasisPoints: 3050, capFen: 200_000_000, issuerSizes: ['large'], titles: ['specialised'], titlesAsOf: 'award', nationalPlatform: true }

test('a rule comes back from the form as it went in, to the fen and the basis point', () => {
  expect(ruleOf(formOf(rule))).toEqual(rule)
  expect(ruleOf({ ...formOf(rule), share: '100.01' })).toBeUndefined()
  expect(ruleOf({ ...formOf(rule), share: '0' })).toBeUndefined()
  expect(ruleOf({ ...formOf(rule), cap: 'viel' })).toBeUndefined()
})

test('the next rule begins where the last one ends', () => {
  expect(dayAfter('2028-02-28')).toBe('2028-02-29')
  expect(heldUntil([rule], '2026-11-22')).toBe('2026-12-31')
  expect(heldUntil([rule], '2027-01-01')).toBeUndefined()
  const open: Rule = { ...rule, version: 2, from: '2027-01-01' }
  delete open.until
  expect(heldUntil([rule, open], '2026-11-22')).toBe('')
  expect(nextRule([rule], '2026-11-22')).toMatchObject({ version: 0, from: '2027-01-01', until: '', pending: true, share: '30.5' })
})
