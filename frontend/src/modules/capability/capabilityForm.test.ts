import { describe, expect, it } from 'vitest'
import { badCertificate, emptyForm, formOf, inputOf } from './capabilityForm'

describe('the capability form', () => {
  const form = { ...emptyForm(), title: ' 壳体压铸 ', products: '壳体、支架\n端盖', equipment: '压铸岛×3\n工业CT 2台\n三坐标', spareQuantity: '12,000', unit: '件', certificates: 'ISO 9001\nIATF 16949｜No.7｜某机构｜2024-1-2｜2027年5月31日' }

  it('becomes what is sent', () => {
    expect(inputOf(form)).toEqual({
      title: '壳体压铸', products: ['壳体', '支架', '端盖'], processes: [], materials: [], customers: [], equipment: [{ name: '压铸岛', count: 3 }, { name: '工业CT', count: 2 }, { name: '三坐标' }], spareQuantity: 12000, unit: '件',
      certificates: [{ name: 'ISO 9001' }, { name: 'IATF 16949', number: 'No.7', issuer: '某机构', validFrom: '2024-01-02', validTo: '2027-05-31' }],
    })
  })

  it('reads the same after a way through the server', () => {
    const sent = inputOf(form)
    const back = formOf({ id: '1', rev: 1, state: 'draft', version: 0, orgId: 'o', orgName: 'n', district: 'd', files: [], updatedAt: '', ...sent } as never)
    expect(inputOf(back)).toEqual(sent)
  })

  it('names a line of certificates it cannot read', () => {
    expect(badCertificate(form)).toBeUndefined()
    expect(badCertificate({ ...form, certificates: 'ISO 9001｜｜｜｜明年' })).toBe('ISO 9001｜｜｜｜明年')
  })
})
