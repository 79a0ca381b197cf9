import type { Account } from '@/api/paths'

/** What an organisation can do (配套能力), in the order of the form; public, and what matching reads. */
export const capabilityKeys = ['mainProducts', 'processes', 'equipment', 'spareCapacity', 'certificates', 'customers', 'patents', 'standards', 'honours', 'cases'] as const
export type CapabilityKey = (typeof capabilityKeys)[number]
export const isCapability = (key: string): key is CapabilityKey => (capabilityKeys as readonly string[]).includes(key)

/** One fact as the form holds it. */
export interface FactRow {
  key: string
  value: string
  asOf: string
}

/** The dossier as the fields hold it; amounts in 万元, as people say them. */
export interface DossierForm {
  name: string
  creditCode: string
  capacities: Account['Capacity'][]
  districtCode: string
  chainCodes: string[]
  industryCode: string
  sizeClass: Account['SizeClass'] | ''
  employees: string
  revenue: string
  assets: string
  sizeAsOf: string
  foundedOn: string
  address: string
  website: string
  summary: string
  products: string
  contactName: string
  contactPhone: string
  contactEmail: string
  facts: FactRow[]
}

const fenPerWan = 1_000_000
const text = (value: string | number | undefined): string => (value === undefined ? '' : String(value))

/** Only facts the organisation reported itself are its to change; the others stay as they are on the server. */
export const toForm = (org?: Account['Organisation']): DossierForm => ({
  name: org?.name ?? '',
  creditCode: org?.creditCode ?? '',
  capacities: [...(org?.capacities ?? [])],
  districtCode: org?.districtCode ?? '',
  chainCodes: [...(org?.chainCodes ?? [])],
  industryCode: org?.industryCode ?? '',
  sizeClass: org?.sizeClass ?? '',
  employees: text(org?.employees),
  revenue: text(org?.revenueFen === undefined ? undefined : org.revenueFen / fenPerWan),
  assets: text(org?.assetsFen === undefined ? undefined : org.assetsFen / fenPerWan),
  sizeAsOf: org?.sizeAsOf ?? '',
  foundedOn: org?.foundedOn ?? '',
  address: org?.address ?? '',
  website: org?.website ?? '',
  summary: org?.summary ?? '',
  products: org?.products?.join('、') ?? '',
  contactName: org?.contact?.name ?? '',
  contactPhone: org?.contact?.phone ?? '',
  contactEmail: org?.contact?.email ?? '',
  facts: (org?.facts ?? []).filter((fact) => fact.source === 'self_reported').map((fact) => ({ key: fact.key, value: fact.value, asOf: fact.asOf ?? '' })),
})

/** Integer fen from 万元, or undefined when the field is empty; NaN when it is no number. */
export function fenOf(wan: string): number | undefined {
  const plain = wan.replaceAll(/[\s,，]/g, '')
  return plain === '' ? undefined : Math.round(Number(plain) * fenPerWan)
}

/** The fields that hold no number where one is asked for. */
export const notNumbers = (form: DossierForm): ('employees' | 'revenue' | 'assets')[] =>
  (['employees', 'revenue', 'assets'] as const).filter((key) => Number.isNaN(key === 'employees' ? Number(form.employees || 0) : (fenOf(form[key]) ?? 0)))

const split = (list: string): string[] => [...new Set(list.split(/[、，,;；\n]+/).map((part) => part.trim()).filter(Boolean))].slice(0, 30)

/** The form as the request; what was left empty is left out. */
export function toInput(form: DossierForm): Account['OrganisationInput'] {
  const filled = <T extends object>(fields: T): Partial<T> => Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== '' && v !== undefined)) as Partial<T>
  const contact = filled({ name: form.contactName.trim(), phone: form.contactPhone.trim(), email: form.contactEmail.trim() })
  return {
    name: form.name.trim(),
    creditCode: form.creditCode.trim().toUpperCase(),
    capacities: form.capacities,
    districtCode: form.districtCode,
    chainCodes: form.chainCodes,
    products: split(form.products),
    facts: form.facts.filter((fact) => fact.key && fact.value.trim()).map((fact) => ({ key: fact.key, value: fact.value.trim(), ...(fact.asOf ? { asOf: fact.asOf } : {}) })),
    ...(Object.keys(contact).length ? { contact } : {}),
    ...(form.sizeClass ? { sizeClass: form.sizeClass } : {}),
    ...(filled({
      industryCode: form.industryCode,
      employees: form.employees.trim() === '' ? undefined : Number(form.employees),
      revenueFen: fenOf(form.revenue),
      assetsFen: fenOf(form.assets),
      sizeAsOf: form.sizeAsOf,
      foundedOn: form.foundedOn,
      address: form.address.trim(),
      website: form.website.trim(),
      summary: form.summary.trim(),
    }) as Partial<Account['OrganisationInput']>),
  }
}
