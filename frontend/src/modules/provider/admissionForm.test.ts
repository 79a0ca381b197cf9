import { expect, it } from 'vitest'
import { formOf, inputOf, missingOf } from './admissionForm'

it('keeps what was written, and leaves out what was not', () => {
  const input = { categories: ['digital' as const], staff: 0, assetsFen: 123_450_000, certificates: [{ name: 'CMA', validTo: '2028-01-01' }], noRedLine: false }
  const form = formOf(input)
  expect(form.staff).toBe('0')
  expect(form.served).toBe('')
  expect(form.assetsWan).toBe('123.45')
  const sent = inputOf(form)
  expect(sent.staff).toBe(0)
  expect(sent.assetsFen).toBe(123_450_000)
  expect('served' in sent).toBe(false)
  expect(sent.certificates).toEqual([{ name: 'CMA', validTo: '2028-01-01' }])
})

it('says what is missing, where nought is an answer', () => {
  const form = formOf({ categories: ['ip'], subservices: ['ip-agency'], served: 0 })
  expect(missingOf(form, 0)).toEqual(['foundedOn', 'staff', 'assetsFen', 'intro', 'legalPerson', 'contactName', 'contactPhone', 'files', 'noRedLine'])
  expect(missingOf(form, 1)).not.toContain('files')
})
