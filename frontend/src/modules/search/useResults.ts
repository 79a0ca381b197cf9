import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, call } from '@/api/client'
import type { Search } from '@/api/paths'
import type { Facet } from '@/ui/FilterFacets.vue'
import { useText as t } from './locale'
import { filterNames, type ListState } from './state'
import { useFilterNames } from './useFilterNames'

export const pageSize = 20

/** The parameters of the search operation for a state of the list. */
export function searchQuery(state: ListState, size = pageSize) {
  const { trl, closes, ...filters } = state.filters
  return {
    q: state.q,
    type: state.type,
    ...Object.fromEntries(Object.entries(filters).filter(([, values]) => values.length > 0)),
    ...(trl.length > 0 ? { trl: trl.map(Number) } : {}),
    ...(closes[0] ? { closes: Number(closes[0]) as Search['ClosesWithin'] } : {}),
    ...(state.budgetMin ? { budgetMin: state.budgetMin } : {}),
    ...(state.budgetMax ? { budgetMax: state.budgetMax } : {}),
    ...(state.sort === 'nearest' && state.near ? { near: state.near } : {}),
    sort: state.sort,
    page: state.page,
    pageSize: size,
  }
}

/** What is a scale is shown along it, everything else by how much there is. */
const inOrder = (name: string, values: Search['FacetValue'][]): Search['FacetValue'][] =>
  ['trl', 'budget', 'closes'].includes(name) ? [...values].sort((a, b) => Number.parseInt(a.value, 10) - Number.parseInt(b.value, 10)) : values

/** Reads the results of a state; the list of before stays until the next one is here. */
export function useResults(state: Ref<ListState>) {
  const query = useQuery({
    queryKey: ['search', computed(() => searchQuery(state.value))],
    queryFn: ({ signal }) => call(api.GET('/api/v1/search', { params: { query: searchQuery(state.value) }, signal })),
    placeholderData: keepPreviousData,
  })
  const { valueName } = useFilterNames()

  const facets = computed<Facet[]>(() =>
    filterNames.flatMap((name) => {
      const facet = query.data.value?.facets.find((f) => f.name === name)
      // A filter that cannot narrow anything is noise; stages of different things in one list are riddles.
      if (!facet || (name === 'state' && state.value.type !== 'demand' && !facet.values.some((v) => v.selected)) || (facet.values.length < 2 && !facet.values.some((v) => v.selected))) return []
      return [{
        key: name,
        label: t(`facets.${name}`),
        single: name === 'closes',
        values: inOrder(name, facet.values).map((v) => ({ value: v.value, label: valueName(name, v.value), count: v.count })),
      }]
    }),
  )

  return { query, page: query.data, facets }
}
