import { describe, expect, it } from 'vitest'
import { changes, read, setValue, shown, valueAt, valuesOf, type RuleField, type RuleValues } from './section'

const assets: RuleField = { path: 'byCategory.ip.assetsFen', label: { 'zh-CN': '资产', en: 'Assets' }, unit: 'wan' }

describe('rules', () => {
  it('are read and written where they stand, and an override that is emptied is gone', () => {
    const values: RuleValues = { base: { staff: 10 }, criteria: [{ weight: 30 }] }
    setValue(values, assets.path, read(assets, '50'))
    expect(valueAt(values, assets.path)).toBe(50_000_000)
    expect(shown(assets, valueAt(values, assets.path))).toBe('50')
    setValue(values, 'criteria.0.weight', 40)
    expect(valueAt(values, 'criteria.0.weight')).toBe(40)
    setValue(values, assets.path, read(assets, ' '))
    expect(values).toEqual({ base: { staff: 10 }, criteria: [{ weight: 40 }] })
  })
  it('say yes and no', () => {
    const field: RuleField = { path: 'districtReview', label: { 'zh-CN': '初审', en: 'First review' }, unit: 'switch' }
    expect([read(field, 'true'), read(field, 'false')]).toEqual([true, false])
    expect(changes([{ title: { 'zh-CN': '', en: '' }, fields: [field] }], { districtReview: true }, { districtReview: false })).toMatchObject([{ before: '是', after: '否' }])
  })
  it('differ field by field', () => {
    const groups = [{ title: { 'zh-CN': '', en: '' }, fields: [assets] }]
    expect(changes(groups, {}, { byCategory: { ip: { assetsFen: 1_000_000 } } })).toMatchObject([{ before: '', after: '1' }])
    expect(changes(groups, {}, {})).toEqual([])
  })
  it('are sent without what the server adds', () => {
    expect(valuesOf({ rev: 3, effectiveFrom: '2026-01-01T00:00:00Z', unverified: [], by: 'u', reason: 'r', winners: 4 })).toEqual({ unverified: [], winners: 4 })
  })
})
