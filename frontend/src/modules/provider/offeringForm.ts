import type { Provider } from '@/api/paths'

/** The form of a service: amounts in yuan and lists a line each, as people write them. */
export interface OfferingForm {
  title: string; category: string; subservice: string; solves: string; method: string; deliverables: string; durationDays: string
  model: Provider['Price']['model']; from: string; to: string; unit: string; special: string; capacity: string; cases: string; certificates: string; districts: string[]
}

export const emptyOffering = (): OfferingForm => ({ title: '', category: '', subservice: '', solves: '', method: '', deliverables: '', durationDays: '', model: 'negotiable', from: '', to: '', unit: '', special: '', capacity: '', cases: '', certificates: '', districts: [] })

const yuan = (fen: number | undefined): string => (fen ? String(fen / 100) : '')
const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean)
const whole = (text: string): number => Math.max(0, Math.round(Number(text) || 0))
const fen = (text: string): number => Math.max(0, Math.round((Number(text) || 0) * 100))

export const formOfOffering = (terms: Provider['OfferingInput']): OfferingForm => ({
  title: terms.title, category: terms.category, subservice: terms.subservice ?? '', solves: terms.solves ?? '', method: terms.method ?? '', deliverables: (terms.deliverables ?? []).join('\n'),
  durationDays: terms.durationDays ? String(terms.durationDays) : '', model: terms.price.model, from: yuan(terms.price.fromFen), to: yuan(terms.price.toFen), unit: terms.price.unit ?? '', special: terms.special ?? '',
  capacity: terms.capacity ? String(terms.capacity) : '', cases: (terms.cases ?? []).join('\n'), certificates: (terms.certificates ?? []).join('\n'), districts: [...(terms.districts ?? [])],
})

export const inputOfOffering = (form: OfferingForm): Provider['OfferingInput'] => ({
  title: form.title, category: form.category as Provider['CategoryCode'], subservice: form.subservice, solves: form.solves, method: form.method, deliverables: lines(form.deliverables), durationDays: whole(form.durationDays),
  price: { model: form.model, fromFen: fen(form.from), toFen: fen(form.to), unit: form.unit }, special: form.special, capacity: whole(form.capacity), cases: lines(form.cases), certificates: lines(form.certificates), districts: form.districts,
})
