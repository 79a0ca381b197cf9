import { useReference } from '@/api/reference'
import { tMaybe } from '@/app/i18n'
import { formatCount } from '@/ui'
import { useText as t } from './locale'
import type { FilterName, ListState } from './state'
import { filterNames } from './state'

/** A band of budgets, `100-500` in ten thousand yuan, in words. */
function bandName(band: string): string {
  const [from, to] = band.split('-')
  if (!to) return t('band.over', { n: formatCount(Number(from)) })
  return from === '0' ? t('band.under', { n: to }) : t('band.between', { from: from!, to: formatCount(Number(to)) })
}

/** Names filters and their values, and lists what is chosen as chips. */
export function useFilterNames() {
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
      case 'closes': return t('closes', { n: value })
      case 'budget': return bandName(value)
      default: return value
    }
  }

  /** The ends of a budget in words; empty when both are open. */
  function rangeName(state: Pick<ListState, 'budgetMin' | 'budgetMax'>): string {
    const wan = (fen: number): string => formatCount(Math.round(fen / 10_000) / 100)
    if (state.budgetMin && state.budgetMax) return t('band.between', { from: wan(state.budgetMin), to: wan(state.budgetMax) })
    if (state.budgetMin) return t('band.over', { n: wan(state.budgetMin) })
    return state.budgetMax ? t('band.under', { n: wan(state.budgetMax) }) : ''
  }

  /** Everything a state filters by; a chip's key is `filter:value`. */
  const chipsOf = (state: ListState): { key: string; label: string }[] => [
    ...filterNames.flatMap((name) => state.filters[name].map((value) => ({ key: `${name}:${value}`, label: valueName(name, value) }))),
    ...(rangeName(state) ? [{ key: 'range:', label: `${t('facets.budget')} ${rangeName(state)}` }] : []),
  ]

  return { valueName, chipsOf }
}
