import type { Demand } from '@/api/paths'

/** The rule as a form holds it: every list there. */
export type RuleForm = Required<Demand['AudienceRule']>

export const emptyRule = (): RuleForm => ({ tiers: [], chains: [], districts: [], words: [] })

export const ruleForm = (rule: Demand['AudienceRule'] | undefined): RuleForm => ({
  tiers: [...(rule?.tiers ?? [])], chains: [...(rule?.chains ?? [])], districts: [...(rule?.districts ?? [])], words: [...(rule?.words ?? [])],
})

/** What is sent: only the lists that say something; undefined when none does. */
export function ruleInput(rule: RuleForm): Demand['AudienceRule'] | undefined {
  const said = Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0))
  return Object.keys(said).length ? said : undefined
}

/** `车削、减速机 齿轮` → its words, each once, at most as many as the server takes. */
export const wordsOf = (text: string): string[] => [...new Set(text.split(/[、，,；;\s]+/).map((word) => word.trim().slice(0, 40)).filter(Boolean))].slice(0, 20)
