import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { useSession } from '@/access/session'
import { api, call, idempotencyKey } from '@/api/client'
import type { Search } from '@/api/paths'

type Input = Omit<Search['SavedSearchInput'], 'paused'>
type Saved = Search['SavedSearch']

/** The person's saved searches, and what can be done with them. */
export function useSaved() {
  const session = useSession()
  const client = useQueryClient()
  const query = useQuery({
    queryKey: ['saved-searches'],
    queryFn: () => call(api.GET('/api/v1/saved-searches')),
    enabled: () => session.can('listSavedSearches'),
  })
  const changed = (): Promise<void> => client.invalidateQueries({ queryKey: ['saved-searches'] })

  async function save(body: Input, key = idempotencyKey()): Promise<void> {
    await call(api.POST('/api/v1/saved-searches', { params: { header: { 'Idempotency-Key': key } }, body: { ...body, paused: false } }))
    await changed()
  }
  async function edit(saved: Saved, part: Partial<Search['SavedSearchInput']>): Promise<void> {
    const body = { name: saved.name, criteria: saved.criteria, every: saved.every, paused: saved.paused, ...part }
    await call(api.PUT('/api/v1/saved-searches/{savedSearchId}', { params: { path: { savedSearchId: saved.id }, header: { 'If-Match': `"${saved.rev}"` } }, body })).finally(changed)
  }
  async function remove(saved: Saved): Promise<void> {
    await call(api.DELETE('/api/v1/saved-searches/{savedSearchId}', { params: { path: { savedSearchId: saved.id } } })).finally(changed)
  }
  return { query, save, edit, remove }
}
