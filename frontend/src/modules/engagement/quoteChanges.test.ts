import { describe, expect, it } from 'vitest'
import { quoteChanges } from './quoteChanges'

const quote = { version: 1, scope: '现场诊断两轮。出具方案。', priceFen: 8_000_000, days: 30, payDays: 30, terms: '', validUntil: '2026-12-20', at: '2026-11-22T02:00:00Z', expired: false, milestones: [{ name: '诊断', dueDay: 10, amountFen: 3_000_000, state: '' }] }
const changes = (after: Partial<typeof quote>) => quoteChanges(quote, { ...quote, version: 2, ...after }, (fen) => `${fen / 1_000_000} 万元`, (n) => `第 ${n} 天`)

describe('quoteChanges', () => {
  it('finds nothing in versions that say the same', () => expect(changes({})).toEqual([]))
  it('names price and days with both values', () =>
    expect(changes({ priceFen: 7_500_000, days: 25 })).toEqual([{ key: 'price', before: 8_000_000, after: 7_500_000 }, { key: 'days', before: 30, after: 25 }]))
  it('tells the sentences that went from those that came', () =>
    expect(changes({ scope: '现场诊断三轮。出具方案。' })).toEqual([{ key: 'scope', gone: ['现场诊断两轮。'], come: ['现场诊断三轮。'] }]))
  it('compares milestones by all they say', () =>
    expect(changes({ milestones: [{ name: '诊断', dueDay: 12, amountFen: 3_000_000, state: '' }] })).toEqual([{ key: 'milestones', gone: ['诊断 · 第 10 天 · 3 万元'], come: ['诊断 · 第 12 天 · 3 万元'] }]))
})
