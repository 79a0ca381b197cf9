import { expect, it } from 'vitest'
import { emptyForm, missingIn, splitProducts, toInput } from './signUpForm'

it('asks only for what the step needs', () => {
  expect(Object.keys(missingIn('person', emptyForm()))).toEqual(['name', 'phone', 'code', 'agree'])
  expect(missingIn('person', { ...emptyForm(), name: '王', phone: '13800138000', codeId: 'c', code: '123456', password: 'short', agree: true })).toEqual({ password: 'passwordShort' })
  expect(Object.keys(missingIn('organisation', emptyForm()))).toEqual(['creditCode', 'orgName', 'capacities', 'districtCode'])
})

it('sends nothing that was left empty', () => {
  const input = toInput({ ...emptyForm(), name: ' 王岚 ', phone: '13800138000', codeId: 'c', code: '123456', creditCode: ' 91350100m000100y43 ', orgName: '甲', capacities: ['sme'], districtCode: 'hebin' })
  expect(input).toEqual({
    name: '王岚', phone: '13800138000', codeId: 'c', code: '123456',
    organisation: { name: '甲', creditCode: '91350100M000100Y43', capacities: ['sme'], districtCode: 'hebin', contact: { name: '王岚', phone: '13800138000' } },
  })
})

it('makes a person alone without an organisation', () => {
  expect(toInput({ ...emptyForm(), name: '王岚', phone: '13800138000', password: 'harbour at dawn', alone: true })).not.toHaveProperty('organisation')
})

it('cuts products at any separator people use', () => {
  expect(splitProducts('齿轮、减速器，磨削\n齿轮; 热处理')).toEqual(['齿轮', '减速器', '磨削', '热处理'])
})
