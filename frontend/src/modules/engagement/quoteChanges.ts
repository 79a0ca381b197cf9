import type { Engagement } from '@/api/paths'

type Quote = Engagement['EngagementQuote']

/** What a version of a quote says otherwise than the one before. Money in fen; a text comes as the sentences that went and came. */
export type QuoteChange =
  | { key: 'price'; before: number; after: number }
  | { key: 'days' | 'payDays'; before: number; after: number }
  | { key: 'validUntil'; before: string; after: string }
  | { key: 'scope' | 'terms' | 'milestones'; gone: string[]; come: string[] }

const sentences = (text: string | undefined): string[] => (text ?? '').split(/(?<=[。；;\n])/).map((s) => s.trim()).filter(Boolean)
const stages = (quote: Quote, money: (fen: number) => string, day: (n: number) => string): string[] => quote.milestones.map((m) => [m.name, day(m.dueDay), m.amountFen ? money(m.amountFen) : ''].filter(Boolean).join(' · '))

/** The changes from one version to the next, in the order a buyer asks for them; none when they say the same. */
export function quoteChanges(before: Quote, after: Quote, money: (fen: number) => string, day: (n: number) => string): QuoteChange[] {
  const all: QuoteChange[] = []
  if (before.priceFen !== after.priceFen) all.push({ key: 'price', before: before.priceFen, after: after.priceFen })
  for (const key of ['days', 'payDays'] as const) if ((before[key] ?? 0) !== (after[key] ?? 0)) all.push({ key, before: before[key] ?? 0, after: after[key] ?? 0 })
  if ((before.validUntil ?? '') !== (after.validUntil ?? '')) all.push({ key: 'validUntil', before: before.validUntil ?? '', after: after.validUntil ?? '' })
  const lines = (key: 'scope' | 'terms' | 'milestones', old: string[], now: string[]): void => {
    const gone = old.filter((s) => !now.includes(s))
    const come = now.filter((s) => !old.includes(s))
    if (gone.length || come.length) all.push({ key, gone, come })
  }
  lines('milestones', stages(before, money, day), stages(after, money, day))
  lines('scope', sentences(before.scope), sentences(after.scope))
  lines('terms', sentences(before.terms), sentences(after.terms))
  return all
}
