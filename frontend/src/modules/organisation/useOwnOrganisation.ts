import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useSession } from '@/access/session'
import { api, callWithRev } from '@/api/client'
import { queryClient } from '@/app/queries'

/** The organisation the person acts for, whole, with its revision for edits. */
export function useOwnOrganisation() {
  const session = useSession()
  const orgId = computed(() => session.organisation?.orgId ?? '')
  const query = useQuery({
    queryKey: ['organisation', orgId, 'own'],
    enabled: () => orgId.value !== '',
    queryFn: () => callWithRev(api.GET('/api/v1/organisations/{orgId}', { params: { path: { orgId: orgId.value } } })),
  })
  const org = computed(() => query.data.value?.body)
  const may = (operation: string): boolean => org.value?.allowedActions.some((action) => action.operation === operation && action.allowed) ?? false

  /** After a change: read the organisation and what the person may do again. */
  const changed = async (): Promise<void> => {
    await Promise.all([queryClient.invalidateQueries({ queryKey: ['organisation', orgId.value] }), session.reload()])
  }
  return { query, org, orgId, may, changed }
}
