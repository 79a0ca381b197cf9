import { describe, expect, it } from 'vitest'
import { emptyForm, fenToWan, formOf, inputOf, sectionState, wanToFen, weightSum } from './demandForm'

describe('万元 and fen', () => {
  it('converts exactly both ways', () => {
    for (const [wan, fen] of [['120', 120_000_000], ['0.000001', 1], ['35.6', 35_600_000], ['1234.567891', 1_234_567_891]] as const) {
      expect(wanToFen(wan)).toBe(fen)
      expect(fenToWan(fen)).toBe(wan)
    }
    expect(wanToFen('1,200')).toBe(1_200_000_000)
  })
  it('refuses what is no amount', () => {
    for (const text of ['', '面议', '-5', '1.2345678', '1e5', '5 元']) expect(wanToFen(text)).toBeUndefined()
  })
})

describe('the demand form', () => {
  it('sends targets line by line and leaves empty fields out', () => {
    const input = inputOf({ ...emptyForm(), title: ' 主轴 ', targets: '温升 ≤ 8 K\n\n 跳动 ≤ 2 μm ' })
    expect(input.title).toBe('主轴')
    expect(input.targets).toEqual(['温升 ≤ 8 K', '跳动 ≤ 2 μm'])
    expect(input).not.toHaveProperty('background')
    expect(input).not.toHaveProperty('budgetFen')
  })
  it('sends no amount when it is negotiable', () => {
    expect(inputOf({ ...emptyForm(), budget: '5', budgetNegotiable: true })).not.toHaveProperty('budgetFen')
  })
  it('survives a round through the server', () => {
    const form = { ...emptyForm(), title: 'a', sealed: true, budget: '80', targets: 'x\ny', criteria: [{ key: 'team', name: '团队', weight: 100 }] }
    const back = formOf({ ...inputOf(form), id: '1', rev: 1, state: 'draft', round: 1, issuer: { hidden: false }, sealed: true, createdAt: '', updatedAt: '', allowedActions: [] } as never)
    expect(back).toEqual(form)
  })
  it('sends a kind’s own fields and no others', () => {
    const all = { ...emptyForm(), title: 'a', difficulty: 'x', unit: '套', quantity: '1200', paymentDays: '45', trialDays: '30' }
    expect(inputOf({ ...all, kind: 'supply' })).toMatchObject({ unit: '套', quantity: 1200, payment: { days: 45 } })
    expect(inputOf({ ...all, kind: 'supply' })).not.toHaveProperty('difficulty')
    expect(inputOf({ ...all, kind: 'supply' })).not.toHaveProperty('maxWinners')
    expect(inputOf({ ...all, kind: 'scenario' })).toMatchObject({ trialDays: 30 })
    expect(inputOf(all)).not.toHaveProperty('quantity')
  })
  it('keeps the invited of a directed demand that is public', () => {
    expect(inputOf({ ...emptyForm(), title: 'a', mode: 'directed', audienceOrgIds: ['o1'] }).audienceOrgIds).toEqual(['o1'])
    expect(inputOf({ ...emptyForm(), title: 'a', audienceOrgIds: ['o1'] })).not.toHaveProperty('audienceOrgIds')
  })
  it('marks sections by what the server found', () => {
    const form = { ...emptyForm(), title: 'a' }
    expect(sectionState('basics', form, [])).toBe('done')
    expect(sectionState('basics', form, [{ path: 'chain', code: 'required' }])).toBe('part')
    expect(sectionState('basics', form, [{ path: 'title', code: 'too_long' }])).toBe('wrong')
    expect(sectionState('story', form, [{ path: 'targets[2]', code: 'required' }])).toBe('empty')
  })
  it('sums weights', () => expect(weightSum([{ weight: 30 }, { weight: 70 }])).toBe(100))
})
