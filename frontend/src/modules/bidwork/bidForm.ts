import type { Demand } from '@/api/paths'
import { fenToWan, wanToFen } from '@/modules/demandwork/demandForm'

/** What the bid form holds; money in 万元 as typed. */
export interface BidForm {
  /** A published achievement of the bidder's own; empty for none. */
  achievementId: string
  docking: { organisationName: string; creditCode: string; province: string; city: string; district: string; legalRepresentative: string; contactName: string; contactPhone: string; email: string; registeredCapital: string; revenue: string; employees: string; brief: string }
  application: { title: string; capability: string; team: string; plan: string; price: string; scheduleMonths: string; schedule: string; cooperationWay: string }
  /** A quote: prices in yuan for one unit, as typed. */
  quote: { unitPrice: string; unit: string; quantity: string; leadTimeDays: string; monthlyCapacity: string; certificates: string; paymentDays: string; note: string; validUntil: string }
  trial: { product: string; maturity: string; plan: string; siteNeeds: string; days: string; afterPrice: string }
  interest: { intent: string; cooperationWay: string; experience: string }
  /** Of a consortium: percent as typed, by organisation. */
  shares: Record<string, { work: string; money: string }>
  prefilled: string[]
}

/** 12.5 元 → 1250 fen; undefined for what is no amount. */
export function yuanToFen(text: string): number | undefined {
  const parts = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(text.replace(/[,，\s]/g, ''))
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : undefined
}
export const fenToYuan = (fen: number): string => (fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2))

/** 33.33 % → 3333 basis points, exactly; undefined for what is no share. */
export function toBp(percent: string): number | undefined {
  const parts = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(percent.trim())
  const bp = parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : Number.NaN
  return bp <= 10_000 ? bp : undefined
}
export const fromBp = (bp: number): string => String(bp / 100)

/** The end of a day in China, and back. */
const endOfDay = (day: string): string | undefined => (/^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T23:59:59+08:00`).toISOString() : undefined)
const dayOf = (at: string | undefined): string => (at ? new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10) : '')

const money = (fen: number | undefined): string => (fen === undefined ? '' : fenToWan(fen))
const count = (n: number | undefined): string => (n === undefined ? '' : String(n))

export function formOf(bid: Pick<Demand['Bid'], 'docking' | 'application' | 'prefilled' | 'quote' | 'trial' | 'interest' | 'achievement'>): BidForm {
  const d = bid.docking ?? {}
  const a = bid.application ?? {}
  const q = bid.quote ?? {}
  const tr = bid.trial ?? {}
  return {
    achievementId: bid.achievement?.id ?? '',
    docking: {
      organisationName: d.organisationName ?? '', creditCode: d.creditCode ?? '', province: d.province ?? '', city: d.city ?? '', district: d.district ?? '', legalRepresentative: d.legalRepresentative ?? '',
      contactName: d.contactName ?? '', contactPhone: d.contactPhone ?? '', email: d.email ?? '', registeredCapital: money(d.registeredCapitalFen), revenue: money(d.revenueFen), employees: count(d.employees), brief: d.brief ?? '',
    },
    application: {
      title: a.title ?? '', capability: a.capability ?? '', team: a.team ?? '', plan: a.plan ?? '', price: money(a.priceFen), scheduleMonths: count(a.scheduleMonths), schedule: a.schedule ?? '', cooperationWay: a.cooperationWay ?? '',
    },
    quote: {
      unitPrice: q.unitPriceFen === undefined ? '' : fenToYuan(q.unitPriceFen), unit: q.unit ?? '', quantity: count(q.quantity), leadTimeDays: count(q.leadTimeDays), monthlyCapacity: count(q.monthlyCapacity),
      certificates: (q.certificates ?? []).join('\n'), paymentDays: count(q.paymentDays), note: q.note ?? '', validUntil: dayOf(q.validUntil),
    },
    trial: { product: tr.product ?? '', maturity: tr.maturity ?? '', plan: tr.plan ?? '', siteNeeds: tr.siteNeeds ?? '', days: count(tr.days), afterPrice: money(tr.afterPriceFen) },
    interest: { intent: bid.interest?.intent ?? '', cooperationWay: bid.interest?.cooperationWay ?? '', experience: bid.interest?.experience ?? '' },
    shares: Object.fromEntries((a.shares ?? []).map((s) => [s.orgId, { work: fromBp(s.workBp), money: fromBp(s.moneyBp) }])),
    prefilled: [...(bid.prefilled ?? [])],
  }
}

const whole = (text: string): number | undefined => (/^\d{1,12}$/.test(text.trim()) ? Number(text.trim()) : undefined)
const filled = <T extends object>(all: T): T => Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0))) as T

/** What is sent; empty fields are left out. */
export function inputOf(form: BidForm): Demand['BidInput'] {
  const { registeredCapital, revenue, employees, ...docking } = form.docking
  const { price, scheduleMonths, cooperationWay, ...application } = form.application
  const { quote: q, trial: tr, interest } = form
  const shares = Object.entries(form.shares).filter(([, s]) => s.work || s.money).map(([orgId, s]) => ({ orgId, workBp: toBp(s.work) ?? 0, moneyBp: toBp(s.money) ?? 0 }))
  const quote = filled({
    unitPriceFen: yuanToFen(q.unitPrice), unit: q.unit.trim(), quantity: whole(q.quantity), leadTimeDays: whole(q.leadTimeDays), monthlyCapacity: whole(q.monthlyCapacity),
    certificates: q.certificates.split('\n').map((line) => line.trim()).filter(Boolean), paymentDays: whole(q.paymentDays), note: q.note.trim(), validUntil: endOfDay(q.validUntil),
  })
  const trial = filled({ product: tr.product.trim(), maturity: tr.maturity.trim(), plan: tr.plan.trim(), siteNeeds: tr.siteNeeds.trim(), days: whole(tr.days), afterPriceFen: wanToFen(tr.afterPrice) })
  const own = { quote, trial, interest: filled({ ...interest, cooperationWay: interest.cooperationWay || undefined }) }
  return {
    ...(Object.fromEntries(Object.entries(own).filter(([, part]) => Object.keys(part).length)) as Pick<Demand['BidInput'], 'quote' | 'trial' | 'interest'>),
    docking: filled({ ...docking, registeredCapitalFen: wanToFen(registeredCapital), revenueFen: wanToFen(revenue), employees: whole(employees) }) as Demand['DockingForm'],
    application: filled({ ...application, priceFen: wanToFen(price), scheduleMonths: whole(scheduleMonths), cooperationWay: cooperationWay || undefined, shares }) as Demand['ApplicationForm'],
    prefilled: form.prefilled,
    ...(form.achievementId ? { achievementId: form.achievementId } : {}),
  }
}

/** A prefilled field emptied for the bidder's own words; one that was changed, put back as it was filled in. */
export function toggled(form: BidForm, original: BidForm, field: keyof BidForm['docking']): string {
  return form.docking[field] === original.docking[field] ? '' : original.docking[field]
}

/** The prefilled fields that still hold what was prefilled. */
export function stillPrefilled(form: BidForm, original: BidForm): string[] {
  return original.prefilled.filter((path) => {
    const key = path.replace(/^docking\./, '').replace(/Fen$/, '') as keyof BidForm['docking']
    return form.docking[key] === original.docking[key]
  })
}
