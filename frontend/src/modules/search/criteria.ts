import type { Search } from '@/api/paths'
import { defaultSort, filterNames, readState, type ListState } from './state'

type Criteria = Search['SearchCriteria']

/** What a state asks for, without its order and page: what is saved. Equal searches give equal criteria. */
export function criteriaOf(state: ListState): Criteria {
  const { closes, ...lists } = state.filters
  return {
    ...(state.q ? { q: state.q } : {}),
    ...(state.type === 'all' ? {} : { type: state.type }),
    ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0).map(([name, values]) => [name, [...values].sort()])),
    ...(closes[0] ? { closes: Number(closes[0]) as Search['ClosesWithin'] } : {}),
    ...(state.budgetMin ? { budgetMin: state.budgetMin } : {}),
    ...(state.budgetMax ? { budgetMax: state.budgetMax } : {}),
  }
}

/** The list that shows what criteria ask for. */
export function stateOf(criteria: Criteria): ListState {
  const state = readState({})
  const { q = '', type = 'all', closes, budgetMin = 0, budgetMax = 0, ...lists } = criteria
  for (const name of filterNames) if (name !== 'closes') state.filters[name] = lists[name] ?? []
  state.filters.closes = closes ? [String(closes)] : []
  return { ...state, q, type, budgetMin, budgetMax, sort: defaultSort(q) }
}

const canonical = (criteria: Criteria): string => JSON.stringify(Object.entries(criteria).sort(([a], [b]) => a.localeCompare(b)))

export const sameCriteria = (a: Criteria, b: Criteria): boolean => canonical(a) === canonical(b)
