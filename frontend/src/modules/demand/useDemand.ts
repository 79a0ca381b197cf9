import { useQuery } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'

/** One demand as this reader may see it. Between its deadline and the recorded closing it is asked for again, since the next step waits for that. */
export const useDemand = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['demand', id],
    refetchInterval: ({ state: { data } }) => (data?.state === 'published' && data.deadline && Date.parse(data.deadline) <= Date.now() ? 2000 : false),
    queryFn: () => call(api.GET('/api/v1/demands/{demandId}', { params: { path: { demandId: toValue(id) } } })),
  })

/** Its timeline, as far as this reader may see it. */
export const useHistory = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['demand', id, 'history'],
    queryFn: () => call(api.GET('/api/v1/demands/{demandId}/history', { params: { path: { demandId: toValue(id) } } })),
  })
