import type { Application } from './useMembership'

/** The form: what an input holds. Amounts are in 万元, numbers are text while they are written, so that empty stays empty. */
export interface AdmissionForm {
  categories: string[]
  subservices: string[]
  intro: string
  foundedOn: string
  staff: string
  qualifiedShare: string
  assetsWan: string
  served: string
  satisfaction: string
  certificates: { name: string; number: string; validTo: string }[]
  legalPerson: string
  address: string
  website: string
  contactName: string
  contactPhone: string
  districts: string[]
  noRedLine: boolean
}

const text = (n: number | undefined): string => (n === undefined ? '' : String(n))

export const formOf = (a: Application): AdmissionForm => ({
  categories: [...(a.categories ?? [])], subservices: [...(a.subservices ?? [])], intro: a.intro ?? '', foundedOn: a.foundedOn ?? '',
  staff: text(a.staff), qualifiedShare: text(a.qualifiedShare), assetsWan: a.assetsFen === undefined ? '' : String(a.assetsFen / 1_000_000),
  served: text(a.served), satisfaction: text(a.satisfaction),
  certificates: (a.certificates ?? []).map((c) => ({ name: c.name, number: c.number ?? '', validTo: c.validTo ?? '' })),
  legalPerson: a.legalPerson ?? '', address: a.address ?? '', website: a.website ?? '', contactName: a.contactName ?? '', contactPhone: a.contactPhone ?? '',
  districts: [...(a.districts ?? [])], noRedLine: a.noRedLine ?? false,
})

/** A number that was written; nothing while the field is empty or not a number yet. */
const number = (written: string): number | undefined => {
  const n = Number(String(written).trim())
  return String(written).trim() === '' || !Number.isFinite(n) || n < 0 ? undefined : n
}
const whole = (written: string): number | undefined => {
  const n = number(written)
  return n === undefined ? undefined : Math.round(n)
}

/** What is sent: empty things are left out, which the server reads as not known. */
export function inputOf(form: AdmissionForm): Application {
  const assets = number(form.assetsWan)
  const all = {
    categories: form.categories, subservices: form.subservices, intro: form.intro, foundedOn: form.foundedOn, staff: whole(form.staff),
    qualifiedShare: whole(form.qualifiedShare), assetsFen: assets === undefined ? undefined : Math.round(assets * 1_000_000), served: whole(form.served),
    satisfaction: whole(form.satisfaction), legalPerson: form.legalPerson, address: form.address, website: form.website, contactName: form.contactName,
    contactPhone: form.contactPhone, districts: form.districts, noRedLine: form.noRedLine,
    certificates: form.certificates.filter((c) => c.name.trim()).map((c) => Object.fromEntries(Object.entries(c).filter(([, v]) => v !== ''))),
  }
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined && v !== '')) as Application
}

/** The sections of the form, with what belongs to each and must be there before it is handed in. */
export const sections = {
  scope: ['categories', 'subservices'], figures: ['foundedOn', 'staff', 'assetsFen', 'served'], about: ['intro', 'legalPerson', 'contactName', 'contactPhone'], evidence: ['files'], promise: ['noRedLine'],
} as const
export type SectionName = keyof typeof sections

/** What is still missing, by the names the server uses. */
export function missingOf(form: AdmissionForm, files: number): string[] {
  const input = inputOf(form) as Record<string, unknown>
  const filled = (name: string): boolean => (name === 'files' ? files > 0 : Array.isArray(input[name]) ? input[name].length > 0 : Boolean(input[name]) || input[name] === 0)
  return Object.values(sections).flat().filter((name) => !filled(name))
}
