import { expect, it } from 'vitest'
import { formOf, inputOf } from './profileForm'

it('carries a whole profile through the form and back', () => {
  const input = {
    name: '激光熔覆修复轴颈', department: '机械学院', field: '先进制造', trl: 7, trlEvidence: '两条产线', summary: '摘要', problem: '问题', ways: ['transfer' as const, 'open_licence' as const], priceNegotiable: false, priceFen: 8_000_000,
    economics: [{ item: '单根费用', present: '20 万元', ours: '6 万元' }], cases: [{ title: '水泥厂', result: '运行一年' }], team: [{ role: '工艺', about: '十年经验' }],
    ip: [{ kind: 'invention' as const, number: 'ZL1.2', status: 'granted' as const }, { kind: 'secret' as const, status: 'none' as const }],
    openTerms: { upfrontFen: 2_000_000, royaltyBp: 250, months: 36, scope: '中国境内' }, contact: { name: '成果处', phone: '0570' },
  }
  expect(inputOf(formOf(input))).toEqual(input)
})

it('leaves out half-written lines of the comparison and a price that is open', () => {
  const form = formOf({ name: 'x' })
  form.economics = '成本 | 高\n\n能耗 | 100 度 | 40 度'
  form.price = '30'
  form.negotiable = true
  const input = inputOf(form)
  expect(input.economics).toEqual([{ item: '能耗', present: '100 度', ours: '40 度' }])
  expect(input.priceFen).toBeUndefined()
})
