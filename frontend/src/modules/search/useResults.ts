import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, call } from '@/api/client'
import { useReference } from '@/api/reference'
import { tMaybe } from '@/app/i18n'
import type { Facet } from '@/ui/FilterFacets.vue'
import { useText as t } from './locale'
import { filterNames, type FilterName, type ListState } from './state'

export const pageSize = 20

/** The parameters of the search operation for a state of the list. */
export function searchQuery(state: ListState, size = pageSize) {
  const { trl, ...filters } = state.filters
  return {
    q: state.q,
    type: state.type,
    ...Object.fromEntries(Object.entries(filters).filter(([, values]) => values.length > 0)),
    ...(trl.length > 0 ? { trl: trl.map(Number) } : {}),
    sort: state.sort,
    page: state.page,
    pageSize: size,
  }
}

/** Reads the results of a state; the list of before stays until the next one is here. */
export function useResults(state: Ref<ListState>) {
  const query = useQuery({
    queryKey: ['search', computed(() => searchQuery(state.value))],
    queryFn: ({ signal }) => call(api.GET('/api/v1/search', { params: { query: searchQuery(state.value) }, signal })),
    placeholderData: keepPreviousData,
  })
  const { nameOf, industryName } = useReference()

  /** A filter's value in words. */
  function valueName(name: string, value: string): string {
    switch (name as FilterName) {
      case 'kind': return tMaybe(`enums.demandKind.${value}`, value)
      case 'mode': return tMaybe(`enums.awardMode.${value}`, value)
      case 'state': return tMaybe(`states.demand.${value}`, tMaybe(`states.organisation.${value}`, value))
      case 'capacity': return tMaybe(`enums.capacity.${value}`, value)
      case 'tier': return tMaybe(`enums.tier.${value}`, value)
      case 'cooperation': return tMaybe(`enums.cooperationWay.${value}`, value)
      case 'chain': return nameOf('chains', value)
      case 'district': return nameOf('districts', value)
      case 'category': return nameOf('serviceCategories', value)
      case 'industry': return industryName(value)
      case 'trl': return t('trl', { n: value })
      default: return value
    }
  }

  const facets = computed<Facet[]>(() =>
    filterNames.flatMap((name) => {
      const facet = query.data.value?.facets.find((f) => f.name === name)
      // A filter that cannot narrow anything is noise; stages of different things in one list are riddles.
      if (!facet || (name === 'state' && state.value.type !== 'demand' && !facet.values.some((v) => v.selected)) || (facet.values.length < 2 && !facet.values.some((v) => v.selected))) return []
      return [{
        key: name,
        label: t(`facets.${name}`),
        values: facet.values.map((v) => ({ value: v.value, label: valueName(name, v.value), count: v.count })),
      }]
    }),
  )

  return { query, page: query.data, facets, valueName }
}
