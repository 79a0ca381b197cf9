import { fenToYuan, fromBp, toBp, yuanToFen } from './bidForm'
import { describe, expect, it } from 'vitest'
import { formOf, inputOf, stillPrefilled, toggled } from './bidForm'
import { deviates, ranked, totalOf } from './ranking'

describe('the bid form', () => {
  const bid = { docking: { organisationName: '甲', revenueFen: 85_000_000_000, employees: 120 }, application: { plan: '方案', priceFen: 96_500_000, scheduleMonths: 10 }, prefilled: ['docking.organisationName', 'docking.revenueFen'] }
  it('survives a round through the server', () => expect(inputOf(formOf(bid))).toEqual(bid))
  it('no longer calls a changed field prefilled', () => {
    const original = formOf(bid)
    expect(stillPrefilled({ ...original, docking: { ...original.docking, revenue: '1' } }, original)).toEqual(['docking.organisationName'])
  })
})

it('empties what was filled in, the district too, and puts it back', () => {
  const original = formOf({ docking: { district: '澜江区', employees: 120 }, prefilled: ['docking.district', 'docking.employees'] })
  const form = formOf({ docking: { district: '澜江区', employees: 120 }, prefilled: ['docking.district', 'docking.employees'] })
  for (const [field, was] of [['district', '澜江区'], ['employees', '120']] as const) {
    form.docking[field] = toggled(form, original, field)
    expect(form.docking[field]).toBe('')
    expect(stillPrefilled(form, original)).not.toContain(`docking.${field}`)
    form.docking[field] = toggled(form, original, field)
    expect(form.docking[field]).toBe(was)
    form.docking[field] = '别的'
    expect(toggled(form, original, field)).toBe(was)
  }
})

describe('ranking', () => {
  const criteria = [{ key: 'team', weight: 30 }, { key: 'plan', weight: 70 }]
  it('weighs to two decimals and waits for every score', () => {
    expect(totalOf(criteria, { team: 81, plan: 77 })).toBe(78.2)
    expect(totalOf(criteria, { team: 81 })).toBeUndefined()
  })
  it('puts the best first', () => expect(ranked([{ id: 'a', total: 70 }, { id: 'b' }, { id: 'c', total: 90 }]).map((b) => b.id)).toEqual(['c', 'a', 'b']))
  it('asks for an explanation only when a better one is passed over', () => {
    const bids = [{ id: 'a', total: 70 }, { id: 'b', total: 90 }, { id: 'c', total: 80 }]
    expect(deviates(bids, ['b'])).toBe(false)
    expect(deviates(bids, ['b', 'c'])).toBe(false)
    expect(deviates(bids, ['b', 'a'])).toBe(true)
  })
})

it('reads yuan and percent exactly', () => {
  expect(yuanToFen('12.5')).toBe(1250)
  expect(yuanToFen('1,200')).toBe(120_000)
  expect(yuanToFen('12.505')).toBeUndefined()
  expect(fenToYuan(1250)).toBe('12.50')
  expect(toBp('33.33')).toBe(3333)
  expect(toBp('100')).toBe(10_000)
  for (const text of ['', '101', '-5', '33.333', 'x']) expect(toBp(text)).toBeUndefined()
  expect(fromBp(3350)).toBe('33.5')
})
