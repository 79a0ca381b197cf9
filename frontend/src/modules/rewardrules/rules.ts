import type { Demand } from '@/api/paths'
import { fenToWan, wanToFen } from '@/modules/demandwork/demandForm'

export type Rule = Demand['RewardRule']

/** A rule as the form holds it: amounts and shares as typed. */
export interface RuleForm extends Omit<Rule, 'shareBasisPoints' | 'capFen' | 'until' | 'version'> {
  version: number
  until: string
  share: string
  cap: string
}

export const formOf = (rule: Rule): RuleForm => {
  const { shareBasisPoints, capFen, ...rest } = rule
  return { ...rest, version: rule.version ?? 0, until: rule.until ?? '', titles: [...rule.titles], issuerSizes: [...rule.issuerSizes], share: String(shareBasisPoints / 100), cap: fenToWan(capFen) }
}

/** What is sent; undefined while an amount or share is no number the server takes. */
export function ruleOf(form: RuleForm): Rule | undefined {
  const { version, until, share, cap, ...rest } = form
  const parts = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(share.trim())
  const shareBasisPoints = parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : 0
  const capFen = wanToFen(cap)
  if (!shareBasisPoints || shareBasisPoints > 10_000 || !capFen || !form.from || !form.clause.trim()) return undefined
  return { ...rest, clause: form.clause.trim(), shareBasisPoints, capFen, ...(until ? { until } : {}), ...(version ? { version } : {}) }
}

/** The day after, `2026-12-31` → `2027-01-01`. */
export const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)

/** The last day on which some rule holds without a gap from today on; empty when the end is open, undefined when none holds today. */
export function heldUntil(rules: readonly Rule[], today: string): string | undefined {
  let day = today
  let last: string | undefined
  for (;;) {
    const holding = rules.filter((r) => r.from <= day && (!r.until || r.until >= day))
    if (!holding.length) return last
    if (holding.some((r) => !r.until)) return ''
    last = holding.map((r) => r.until ?? '').sort().at(-1)!
    day = dayAfter(last)
  }
}

/** The next rule: as the last one, from the day after it ends, still to be confirmed. */
export function nextRule(rules: readonly Rule[], today: string): RuleForm {
  const last = [...rules].sort((a, b) => a.from.localeCompare(b.from)).at(-1)
  const until = heldUntil(rules, today)
  const from = until ? dayAfter(until) : today
  const base: Rule = last ?? { clause: '', pending: true, from, shareBasisPoints: 3000, capFen: 200_000_000, issuerSizes: ['large'], titles: ['specialised', 'innovative'], titlesAsOf: 'award', nationalPlatform: true }
  return { ...formOf(base), version: 0, from, until: '', pending: true }
}
