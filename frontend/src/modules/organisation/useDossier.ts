import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'
import { toast, toastError } from '@/ui'
import { useText as t } from './locale'

/** The dossier (一企一档) as a whole: how complete, what a gap costs, what facts said before, and the firm's yearly word. */
export function useDossier(orgId: MaybeRefOrGetter<string>) {
  const params = () => ({ params: { path: { orgId: toValue(orgId) } } })
  const query = useQuery({ queryKey: ['organisation', () => toValue(orgId), 'dossier'], queryFn: () => call(api.GET('/api/v1/organisations/{orgId}/dossier', params())) })

  async function confirmIt(): Promise<void> {
    await call(api.POST('/api/v1/organisations/{orgId}/dossier', params())).then(() => toast(t('dossier.confirmed')), toastError)
    await query.refetch()
  }
  async function vouch(key: string, value: string, proof: string): Promise<void> {
    await call(api.POST('/api/v1/organisations/{orgId}/dossier/vouch', { ...params(), body: { key, value, proof } })).then(() => toast(t('dossier.vouched')), toastError)
    await query.refetch()
  }
  return { query, dossier: computed(() => query.data.value), confirmIt, vouch }
}
