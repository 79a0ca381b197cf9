import type { Provider } from '@/api/paths'
import { formatMoney } from '@/ui'
import { useText as t } from './locale'

/** What an offering costs, in words. */
export function priceText(price: Provider['Price']): string {
  const from = formatMoney(price.fromFen ?? 0)
  switch (price.model) {
    case 'free': return t('price.free')
    case 'range': return t('price.range', { from, to: formatMoney(price.toFen ?? 0) })
    case 'unit': return t('price.per', { from, unit: price.unit ?? '' })
    case 'fixed': return from
    default: return t('price.negotiable')
  }
}

/** The lowest price somebody names; nothing when all are to be agreed. */
export function lowest(offers: readonly { price: Provider['Price'] }[]): number | undefined {
  const named = offers.filter((o) => o.price.model === 'free' || o.price.fromFen).map((o) => (o.price.model === 'free' ? 0 : o.price.fromFen!))
  return named.length ? Math.min(...named) : undefined
}
