import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { api, call } from '@/api/client'
import type { Engagement } from '@/api/paths'
import { confirm, fieldErrors, toast, toastError, type Question } from '@/ui'
import { useText as t } from './locale'

export type Dealing = Engagement['Engagement']

/** One dealing and the steps this reader can take; every answer replaces what is shown. */
export function useEngagement(id: () => string) {
  const client = useQueryClient()
  const refused = ref<unknown>()
  const query = useQuery({
    queryKey: ['engagement', id],
    queryFn: () => call(api.GET('/api/v1/engagements/{engagementId}', { params: { path: { engagementId: id() } } })),
  })
  const path = computed(() => ({ params: { path: { engagementId: id() } } }))
  const may = (action: string): boolean => query.data.value?.actions.includes(action) ?? false
  const wrong = computed(() => fieldErrors(refused.value))

  async function act(work: Promise<Dealing>): Promise<boolean> {
    refused.value = undefined
    try {
      client.setQueryData(['engagement', id()], await work)
      toast(t('room.done'))
      await Promise.all([client.invalidateQueries({ queryKey: ['engagements'] }), client.invalidateQueries({ queryKey: ['enquiry'] }), client.invalidateQueries({ queryKey: ['service-desk'] })])
      return true
    } catch (error) {
      refused.value = error
      toastError(error)
      return false
    }
  }
  /** Asks first, then acts with the reason given. */
  async function asked(question: Question, work: (reason: string) => Promise<Dealing>): Promise<void> {
    const reason = await confirm(question)
    if (reason !== undefined) await act(work(reason))
  }
  return { query, dealing: computed(() => query.data.value), path, may, wrong, act, asked }
}

export type Room = ReturnType<typeof useEngagement>

/** What a turn is in words. */
export function turnText(turn: Dealing['turn']): string {
  if (!turn) return t('turn.none')
  const what = t(`turn.${turn.action as 'quoteEngagement'}`)
  return turn.mine ? t('turn.mine', { what }) : t('turn.other', { who: t(`turn.who.${turn.role}`), what })
}
