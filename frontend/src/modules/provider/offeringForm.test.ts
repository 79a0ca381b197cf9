import { expect, it } from 'vitest'
import { emptyOffering, formOfOffering, inputOfOffering } from './offeringForm'

it('turns yuan and lines into what the server keeps, and back', () => {
  const form = { ...emptyOffering(), title: '诊断', category: 'digital', model: 'fixed' as const, from: '199.9', deliverables: ' 报告 \n\n清单', durationDays: '10' }
  const sent = inputOfOffering(form)
  expect(sent.price.fromFen).toBe(19_990)
  expect(sent.deliverables).toEqual(['报告', '清单'])
  expect(formOfOffering(sent)).toMatchObject({ from: '199.9', deliverables: '报告\n清单', durationDays: '10', to: '' })
})
