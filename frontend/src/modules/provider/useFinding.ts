import { useQuery } from '@tanstack/vue-query'
import type { Ref } from 'vue'
import { api, call } from '@/api/client'
import type { Provider, Search } from '@/api/paths'

/** A provider with why it fits a sentence. */
export interface Found {
  provider: Provider['Provider']
  match: Search['Match']
}

/** Providers that fit less than this part of the best are noise. */
const worthShowing = 0.25

/**
 * Finds providers from a sentence in the asker's own words, the best fit first; or, with a district, the nearest first: search itself says
 * how near a provider is, so that one rule orders every list.
 */
export function useFinding(sentence: Ref<string>, near: Ref<string>) {
  return useQuery({
    queryKey: ['pool', 'find', sentence, near],
    enabled: () => sentence.value.length > 1,
    queryFn: async (): Promise<Found[]> => {
      const { items } = await call(api.POST('/api/v1/match', { body: { text: sentence.value, types: ['provider'], limit: 12, ...(near.value ? { district: near.value } : {}) } }))
      const fits = items.filter((item) => item.score >= worthShowing * (items[0]?.score ?? 0))
      if (!fits.length) return []
      const { items: providers } = await call(api.GET('/api/v1/providers', { params: { query: { ids: fits.map((item) => item.id) } } }))
      const found = fits.flatMap((match) => providers.filter((p) => p.orgId === match.id).map((provider) => ({ provider, match })))
      if (!near.value) return found
      const { hits } = await call(api.GET('/api/v1/search', { params: { query: { type: 'provider', sort: 'nearest', near: near.value, pageSize: 50 } } }))
      const place = (one: Found): number => (hits.findIndex((h) => h.id === one.provider.orgId) + 1 || hits.length + 1)
      return found.sort((a, b) => place(a) - place(b))
    },
  })
}
