import type { Provider } from '@/api/paths'
import { label } from '@/app/i18n'
import type { Label } from '@/app/module'
import type { Stateful } from '@/ui/states'

/** How a rule's value is written: `wan` is fen in the API and 万元 on the page, `bp` basis points and percent, `names` a list of names, `switch` yes or no. */
export type RuleUnit = 'bp' | 'workingDays' | 'days' | 'months' | 'years' | 'percent' | 'count' | 'score' | 'wan' | 'names' | 'text' | 'switch'

export interface RuleField {
  /** Where the value stands in the settings: `base.staff`, `criteria.0.weight`. */
  path: string
  label: Label
  unit: RuleUnit
  min?: number
  max?: number
  /** The name previews give it when it is not the path. */
  touch?: string
}

export interface RuleGroup {
  title: Label
  help?: Label
  fields: RuleField[]
  /** The fields as a table: they come row by row, one for each column. Left empty they ask what holds for all. */
  table?: { rows: Label[]; columns: Label[] }
}

export type RuleValues = Record<string, unknown>
export type RuleVersion = RuleValues & { effectiveFrom: string; unverified: string[]; reason?: string; by?: string }
export type RulePreview = Provider['RulePreview']
export type RuleTouch = Provider['RuleTouch']

/** One service's rules on the operator's page. Make one and add it to `sections.ts`: the page does the rest. */
export interface RuleSection {
  key: string
  title: Label
  lead: Label
  /** Whose states the previews speak of, where they speak of several for each. */
  states: Stateful | ((touch: RuleTouch) => Stateful)
  groups(values: RuleValues): RuleGroup[]
  load(): Promise<{ body: RuleVersion; rev: string }>
  versions(): Promise<RuleVersion[]>
  preview(input: RuleValues): Promise<RulePreview>
  save(input: RuleValues, rev: string): Promise<unknown>
  /** The page of what a preview names. */
  link(touch: RuleTouch): string | undefined
}

/** What an edit sends: a version without what the server adds to it. */
export function valuesOf(version: RuleVersion): RuleValues {
  const values = JSON.parse(JSON.stringify(version)) as RuleValues
  for (const key of ['rev', 'effectiveFrom', 'by', 'reason']) delete values[key]
  return values
}

export function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at === null || typeof at !== 'object' ? undefined : (at as RuleValues)[key]), values)
}

/** Sets a value, making the objects on the way; undefined takes it out, and a group left empty with it. */
export function setValue(values: RuleValues, path: string, value: unknown): void {
  const [key, ...rest] = path.split('.') as [string, ...string[]]
  if (rest.length) {
    const inner = (values[key] ??= {}) as RuleValues
    setValue(inner, rest.join('.'), value)
    if (!Array.isArray(inner) && !Object.keys(inner).length) delete values[key]
  } else if (value === undefined) delete values[key]
  else values[key] = value
}

export const yes: Label = { 'zh-CN': '是', en: 'Yes' }
export const no: Label = { 'zh-CN': '否', en: 'No' }

/** The value as people write it; '' for none. */
export function shown(field: RuleField, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (field.unit === 'switch') return label(value ? yes : no)
  if (field.unit === 'wan') return String(Number(value) / 1_000_000)
  if (field.unit === 'bp') return String(Number(value) / 100)
  return Array.isArray(value) ? value.join('、') : String(value)
}

/** What people wrote, as the settings hold it; undefined for nothing. */
export function read(field: RuleField, text: string): unknown {
  const plain = text.trim()
  if (!plain) return undefined
  if (field.unit === 'text') return plain
  if (field.unit === 'switch') return plain === 'true'
  if (field.unit === 'names') return plain.split(/[、,，\n]/).map((name) => name.trim()).filter(Boolean)
  if (field.unit === 'bp') return Math.round(Number(plain) * 100)
  return field.unit === 'wan' ? Math.round(Number(plain) * 1_000_000) : Number(plain)
}

/** The part of the settings that is marked 待核 as one. */
export const markOf = (field: RuleField): string => field.path.split('.')[0]!

export interface RuleChange { field: RuleField; before: string; after: string }

/** What differs between two versions, field by field. */
export function changes(groups: RuleGroup[], before: RuleValues, after: RuleValues): RuleChange[] {
  return groups
    .flatMap((group) => group.fields)
    .map((field) => ({ field, before: shown(field, valueAt(before, field.path)), after: shown(field, valueAt(after, field.path)) }))
    .filter((change) => change.before !== change.after)
}
