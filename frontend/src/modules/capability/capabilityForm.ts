import type { Capability } from '@/api/paths'

type Item = Capability['Capability']
export type Input = Capability['CapabilityInput']

/** The editor's fields as typed: lists one a line, numbers as text. */
export type Form = Record<
  'itemNumber' | 'title' | 'summary' | 'products' | 'processes' | 'materials' | 'equipment' | 'spareQuantity' | 'unit' | 'toleranceMicrometres' | 'precision' | 'batchMin' | 'batchMax' | 'leadTimeDays' | 'certificates' | 'customers' | 'industryCode' | 'chain',
  string
>

export const emptyForm = (): Form => ({
  itemNumber: '', title: '', summary: '', products: '', processes: '', materials: '', equipment: '', spareQuantity: '', unit: '', toleranceMicrometres: '', precision: '', batchMin: '', batchMax: '', leadTimeDays: '',
  certificates: '', customers: '', industryCode: '', chain: '',
})

const shown = (n?: number): string => (n ? String(n) : '')

export function formOf(c: Item): Form {
  return {
    itemNumber: c.itemNumber ?? '', title: c.title, summary: c.summary ?? '', products: c.products.join('\n'), processes: c.processes.join('\n'), materials: c.materials.join('\n'),
    equipment: c.equipment.map((e) => (e.count ? `${e.name}×${e.count}` : e.name)).join('\n'),
    spareQuantity: shown(c.spareQuantity), unit: c.unit ?? '', toleranceMicrometres: shown(c.toleranceMicrometres), precision: c.precision ?? '', batchMin: shown(c.batchMin), batchMax: shown(c.batchMax),
    leadTimeDays: shown(c.leadTimeDays),
    certificates: c.certificates.map((x) => [x.name, x.number ?? '', x.issuer ?? '', x.validFrom ?? '', x.validTo ?? ''].join('｜').replace(/｜+$/, '')).join('\n'),
    customers: c.customers.join('\n'), industryCode: c.industryCode ?? '', chain: c.chain ?? '',
  }
}

const lines = (text: string): string[] => text.split(/[\n、；;，]/).map((s) => s.trim()).filter(Boolean)
const whole = (text: string): number | undefined => (/^\d+$/.test(text.replace(/[,\s]/g, '')) ? Number(text.replace(/[,\s]/g, '')) : undefined)

/** One certificate of a line; undefined when its days cannot be read. */
function certificateOf(line: string): Input['certificates'] extends (infer C)[] | undefined ? C | undefined : never {
  const [name = '', number = '', issuer = '', from = '', to = ''] = line.split(/[｜|]/).map((s) => s.trim())
  const day = (s: string): string | undefined => {
    const found = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(s)
    return found ? `${found[1]}-${found[2]!.padStart(2, '0')}-${found[3]!.padStart(2, '0')}` : undefined
  }
  if (!name || (from && !day(from)) || (to && !day(to))) return undefined
  return { name, ...(number ? { number } : {}), ...(issuer ? { issuer } : {}), ...(from ? { validFrom: day(from)! } : {}), ...(to ? { validTo: day(to)! } : {}) }
}

/** The first line of certificates that cannot be read. */
export const badCertificate = (form: Form): string | undefined => lines(form.certificates).find((line) => !certificateOf(line))

export function inputOf(form: Form): Input {
  const equipment = lines(form.equipment).map((line) => {
    const found = /^(.*\S)\s*[×xX*]\s*(\d{1,5})\s*[台套条个]?$/.exec(line) ?? /^(.*?\S)\s*(\d{1,5})[台套条个]$/.exec(line)
    return found ? { name: found[1]!, count: Number(found[2]) } : { name: line }
  })
  const all = {
    itemNumber: form.itemNumber.trim(), title: form.title.trim(), summary: form.summary.trim(), products: lines(form.products), processes: lines(form.processes), materials: lines(form.materials), equipment,
    spareQuantity: whole(form.spareQuantity), unit: form.unit.trim(), toleranceMicrometres: whole(form.toleranceMicrometres), precision: form.precision.trim(), batchMin: whole(form.batchMin), batchMax: whole(form.batchMax),
    leadTimeDays: whole(form.leadTimeDays), certificates: lines(form.certificates).flatMap((line) => certificateOf(line) ?? []), customers: lines(form.customers), industryCode: form.industryCode.trim(), chain: form.chain,
  }
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined && v !== '')) as Input
}
