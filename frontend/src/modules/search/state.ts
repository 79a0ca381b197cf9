import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Search } from '@/api/paths'

export type ResultType = Search['DocumentType'] | 'all'
export type Sort = 'relevance' | 'newest' | 'deadline' | 'nearest'

/** The filters a list can have, in the order they are shown. */
export const filterNames = ['state', 'kind', 'category', 'subservice', 'chain', 'district', 'capacity', 'tier', 'budget', 'closes', 'industry', 'mode', 'cooperation', 'process', 'certificate', 'trl'] as const
export type FilterName = (typeof filterNames)[number]

/** Everything a list of results depends on; all of it lives in the address, so that it can be sent, saved and gone back to. */
export interface ListState {
  q: string
  type: ResultType
  filters: Record<FilterName, string[]>
  /** Ends of the budget or price in fen; 0 is open. */
  budgetMin: number
  budgetMax: number
  sort: Sort
  /** The district `nearest` starts from; empty is the reader's own. */
  near: string
  page: number
  /** The saved search whose criteria are being changed. */
  saved: string
}

const sorts: readonly string[] = ['relevance', 'newest', 'deadline', 'nearest']
const types: readonly string[] = ['all', 'demand', 'organisation', 'provider', 'achievement', 'capability']

const list = (value: LocationQuery[string] | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).filter((v): v is string => typeof v === 'string' && v !== '')

const amount = (value: LocationQuery[string] | undefined): number => Math.max(0, Number.parseInt(list(value)[0] ?? '', 10) || 0)

/** The order without words is the newest first; with words, the most relevant. */
export const defaultSort = (q: string): Sort => (q ? 'relevance' : 'newest')

export function readState(query: LocationQuery, only?: ResultType): ListState {
  const q = list(query.q)[0] ?? ''
  const type = list(query.type)[0] ?? 'all'
  const sort = list(query.sort)[0] ?? ''
  return {
    q,
    type: only ?? (types.includes(type) ? (type as ResultType) : 'all'),
    filters: Object.fromEntries(filterNames.map((name) => [name, list(query[name])])) as Record<FilterName, string[]>,
    sort: sorts.includes(sort) ? (sort as Sort) : defaultSort(q),
    budgetMin: amount(query.budgetMin),
    budgetMax: amount(query.budgetMax),
    near: list(query.near)[0] ?? '',
    saved: list(query.saved)[0] ?? '',
    page: Math.max(1, Number.parseInt(list(query.page)[0] ?? '1', 10) || 1),
  }
}

/** The shortest address of a state: defaults are left out. */
export function writeState(state: ListState, only?: ResultType): LocationQueryRaw {
  const query: LocationQueryRaw = {}
  if (state.q) query.q = state.q
  if (!only && state.type !== 'all') query.type = state.type
  for (const name of filterNames) if (state.filters[name].length > 0) query[name] = state.filters[name]
  if (state.budgetMin) query.budgetMin = String(state.budgetMin)
  if (state.budgetMax) query.budgetMax = String(state.budgetMax)
  if (state.sort !== defaultSort(state.q)) query.sort = state.sort
  if (state.sort === 'nearest' && state.near) query.near = state.near
  if (state.saved) query.saved = state.saved
  if (state.page > 1) query.page = String(state.page)
  return query
}

/** The state without any filter. */
export const unfiltered = (state: ListState): ListState => ({
  ...state,
  filters: Object.fromEntries(filterNames.map((name) => [name, [] as string[]])) as Record<FilterName, string[]>,
  budgetMin: 0,
  budgetMax: 0,
  page: 1,
})
