import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, callWithRev } from '@/api/client'
import type { Provider } from '@/api/paths'
import { asProblem } from '@/api/problem'
import { toast, toastError } from '@/ui'

export type Membership = Provider['Membership']
export type Application = Provider['AdmissionInput']

/** The eight categories with their sub-services, in the policy's order; they never change while a page is open. */
export function useCategories() {
  const query = useQuery({ queryKey: ['provider-categories'], queryFn: () => call(api.GET('/api/v1/provider-categories')), staleTime: Infinity, gcTime: Infinity })
  const categories = computed(() => query.data.value?.items ?? [])
  const nameOf = (code: string): string => {
    for (const category of categories.value) {
      if (category.code === code) return category.name
      const sub = category.subservices.find((one) => one.code === code)
      if (sub) return sub.name
    }
    return code
  }
  return { categories, nameOf }
}

/** A membership and the steps that can be taken on it; `undefined` data with no error means there is none yet. */
export function useMembership(orgId: MaybeRefOrGetter<string | undefined>) {
  const client = useQueryClient()
  const busy = ref(false)
  const query = useQuery({
    queryKey: ['membership', () => toValue(orgId)],
    queryFn: async () => {
      try {
        return await callWithRev(api.GET('/api/v1/admissions/{orgId}', { params: { path: { orgId: toValue(orgId)! } } }))
      } catch (error) {
        if (asProblem(error).status === 404) return null
        throw error
      }
    },
    enabled: computed(() => Boolean(toValue(orgId))),
  })
  const membership = computed(() => query.data.value?.body)
  const may = (operation: string): boolean => membership.value?.allowedActions.some((a) => a.operation === operation && a.allowed) ?? false
  const why = (operation: string): string | undefined => membership.value?.allowedActions.find((a) => a.operation === operation && !a.allowed)?.code

  /** Takes a step, shows what came of it and says so. */
  async function step(send: () => Promise<Membership>, said: string): Promise<boolean> {
    busy.value = true
    try {
      const after = await send()
      client.setQueryData(['membership', after.orgId], { body: after, rev: `"${String(after.rev)}"` })
      toast(said)
      return true
    } catch (error) {
      toastError(error)
      return false
    } finally {
      busy.value = false
      await client.invalidateQueries({ queryKey: ['admissions'] })
      await client.invalidateQueries({ queryKey: ['membership'] })
    }
  }
  return { query, membership, may, why, step, busy }
}
