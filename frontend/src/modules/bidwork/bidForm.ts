import type { Demand } from '@/api/paths'
import { fenToWan, wanToFen } from '@/modules/demandwork/demandForm'

/** What the bid form holds; money in 万元 as typed. */
export interface BidForm {
  docking: { organisationName: string; creditCode: string; province: string; city: string; district: string; legalRepresentative: string; contactName: string; contactPhone: string; email: string; registeredCapital: string; revenue: string; employees: string; brief: string }
  application: { title: string; capability: string; team: string; plan: string; price: string; scheduleMonths: string; schedule: string; cooperationWay: string }
  prefilled: string[]
}

const money = (fen: number | undefined): string => (fen === undefined ? '' : fenToWan(fen))
const count = (n: number | undefined): string => (n === undefined ? '' : String(n))

export function formOf(bid: Pick<Demand['Bid'], 'docking' | 'application' | 'prefilled'>): BidForm {
  const d = bid.docking ?? {}
  const a = bid.application ?? {}
  return {
    docking: {
      organisationName: d.organisationName ?? '', creditCode: d.creditCode ?? '', province: d.province ?? '', city: d.city ?? '', district: d.district ?? '', legalRepresentative: d.legalRepresentative ?? '',
      contactName: d.contactName ?? '', contactPhone: d.contactPhone ?? '', email: d.email ?? '', registeredCapital: money(d.registeredCapitalFen), revenue: money(d.revenueFen), employees: count(d.employees), brief: d.brief ?? '',
    },
    application: {
      title: a.title ?? '', capability: a.capability ?? '', team: a.team ?? '', plan: a.plan ?? '', price: money(a.priceFen), scheduleMonths: count(a.scheduleMonths), schedule: a.schedule ?? '', cooperationWay: a.cooperationWay ?? '',
    },
    prefilled: [...(bid.prefilled ?? [])],
  }
}

const whole = (text: string): number | undefined => (/^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : undefined)
const filled = <T extends object>(all: T): T => Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined && v !== '')) as T

/** What is sent; empty fields are left out. */
export function inputOf(form: BidForm): Demand['BidInput'] {
  const { registeredCapital, revenue, employees, ...docking } = form.docking
  const { price, scheduleMonths, cooperationWay, ...application } = form.application
  return {
    docking: filled({ ...docking, registeredCapitalFen: wanToFen(registeredCapital), revenueFen: wanToFen(revenue), employees: whole(employees) }) as Demand['DockingForm'],
    application: filled({ ...application, priceFen: wanToFen(price), scheduleMonths: whole(scheduleMonths), cooperationWay: cooperationWay || undefined }) as Demand['ApplicationForm'],
    prefilled: form.prefilled,
  }
}

/** The prefilled fields that still hold what was prefilled. */
export function stillPrefilled(form: BidForm, original: BidForm): string[] {
  return original.prefilled.filter((path) => {
    const key = path.replace(/^docking\./, '').replace(/Fen$/, '') as keyof BidForm['docking']
    return form.docking[key] === original.docking[key]
  })
}
