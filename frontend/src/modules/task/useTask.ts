import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { api, call, idempotencyKey } from '@/api/client'
import type { Demand } from '@/api/paths'
import { toast, toastError } from '@/ui'

export type Task = Demand['Task']

/** One task with its ledger, and the way its steps are taken. */
export function useTask(id: () => string) {
  const client = useQueryClient()
  const path = computed(() => ({ path: { taskId: id() } }))
  const query = useQuery({ queryKey: ['task', id], queryFn: () => call(api.GET('/api/v1/tasks/{taskId}', { params: path.value })) })
  const ledger = useQuery({ queryKey: ['task', id, 'costs'], queryFn: () => call(api.GET('/api/v1/tasks/{taskId}/costs', { params: path.value })) })
  const busy = ref(false)
  const may = (operation: string): boolean => query.data.value?.allowedActions.some((a) => a.operation === operation && a.allowed) ?? false

  /** Posts to an address under the task; reads everything anew whatever came of it. Throws what the server refused. */
  async function post(under: string, body: unknown): Promise<void> {
    const send = api.POST as unknown as (url: string, init: object) => ReturnType<typeof api.POST>
    try {
      await call(send('/api/v1/tasks/{taskId}/' + under, { params: path.value, body, ...(under === 'costs' ? { headers: { 'Idempotency-Key': idempotencyKey() } } : {}) }) as never)
    } finally {
      await Promise.all(['task', 'tasks', 'demand'].map((key) => client.invalidateQueries({ queryKey: [key] })))
    }
  }
  /** The same for a step without a form. */
  async function step(under: string, body: unknown, said: string): Promise<void> {
    busy.value = true
    try {
      await post(under, body)
      toast(said)
    } catch (error) {
      toastError(error)
    }
    busy.value = false
  }
  return { query, ledger, may, post, step, busy }
}
