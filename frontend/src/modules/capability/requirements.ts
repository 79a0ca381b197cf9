import type { Capability } from '@/api/paths'
import { formatCount } from '@/ui'
import { useText as t } from './buyingLocale'

export type Requirement = Capability['Requirement']
export const kinds: Capability['RequirementKind'][] = ['certificate', 'process', 'capacity', 'lead_time', 'tolerance', 'other']

/** Kinds that ask for an amount. */
export const measured = (kind: Capability['RequirementKind']): kind is 'capacity' | 'lead_time' | 'tolerance' => kind === 'capacity' || kind === 'lead_time' || kind === 'tolerance'

/** What an amount asks, in words. */
export const askOf = (q: Requirement): string => (measured(q.kind) && q.quantity ? t(`asks.${q.kind}`, { n: formatCount(q.quantity), unit: q.unit ?? '' }) : '')

/** Basis points as percent, as short as exact. */
export const percent = (bp: number): string => String(Math.round(bp) / 100)

/** A part of a whole in percent with one decimal; a dash of nothing. */
export const rate = (part: number, whole: number): string => (whole ? `${(Math.round((part / whole) * 1000) / 10).toFixed(1)}%` : '—')
