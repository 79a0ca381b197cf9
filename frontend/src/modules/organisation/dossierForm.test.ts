import { expect, it } from 'vitest'
import type { Account } from '@/api/paths'
import { fenOf, notNumbers, toForm, toInput } from './dossierForm'

const org = {
  id: 'o1', rev: 3, state: 'verified', verified: true, name: '澜州捷瞳视觉科技有限公司', creditCode: '91350100M000100Y43', capacities: ['sme'], districtCode: 'lj', chainCodes: ['machine-tools'], revenueFen: 3_456_000_000,
  products: ['视觉检测系统', '线扫相机'], titles: [], allowedActions: [], createdAt: '', updatedAt: '',
  facts: [{ key: 'equipment', value: '五轴加工中心 3 台', asOf: '2026-06-30', source: 'self_reported', recordedAt: '' }, { key: 'honours', value: '市科技进步奖', source: 'verified', recordedAt: '' }],
} as unknown as Account['Organisation']

it('sends back what it was filled with, and nothing that others vouch for', () => {
  const input = toInput(toForm(org))
  expect(input).toMatchObject({ name: org.name, revenueFen: 3_456_000_000, products: ['视觉检测系统', '线扫相机'], facts: [{ key: 'equipment', value: '五轴加工中心 3 台', asOf: '2026-06-30' }] })
  expect(input).not.toHaveProperty('contact')
  expect(input).not.toHaveProperty('employees')
})

it('takes amounts in 万元 to whole fen', () => {
  expect(fenOf('3,456')).toBe(3_456_000_000)
  expect(fenOf('0.29')).toBe(290_000)
  expect(fenOf('')).toBeUndefined()
  expect(notNumbers({ ...toForm(org), revenue: '三千' })).toEqual(['revenue'])
})
