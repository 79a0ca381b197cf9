import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { api, call, callWithRev } from '@/api/client'
import { asProblem } from '@/api/problem'
import { tMaybe } from '@/app/i18n'
import { confirm, fieldErrors, formatStamp, toast, toastError, useAutosave } from '@/ui'
import { formOf, inputOf, stillPrefilled, type BidForm } from './bidForm'
import { useText as t } from './locale'

/** The state behind a bid of one's own: it saves itself until the deadline, and stays in once it is in. */
export function useBid(bidId: () => string) {
  const client = useQueryClient()
  const form = ref<BidForm>(formOf({}))
  const original = ref<BidForm>(formOf({}))
  const rev = ref('')
  const refused = ref<unknown>()
  const conflict = ref(false)
  const path = computed(() => ({ params: { path: { bidId: bidId() } } }))

  const query = useQuery({
    queryKey: ['bid', bidId],
    queryFn: () => callWithRev(api.GET('/api/v1/bids/{bidId}', path.value)),
    refetchOnWindowFocus: false,
    staleTime: 0,
  })
  const bid = computed(() => query.data.value?.body)
  const may = (operation: string): boolean => bid.value?.allowedActions.some((a) => a.operation === operation && a.allowed) ?? false
  const wrong = computed(() => fieldErrors(refused.value))
  const problems = computed(() => bid.value?.problems ?? [])

  const { state, at, flush, start } = useAutosave(form, async (now) => {
    try {
      const saved = await callWithRev(api.PUT('/api/v1/bids/{bidId}', { params: { ...path.value.params, header: { 'If-Match': rev.value } }, body: { ...inputOf(now), prefilled: stillPrefilled(now, original.value) } }))
      take(saved)
      refused.value = undefined
      conflict.value = false
    } catch (error) {
      refused.value = error
      conflict.value = asProblem(error).status === 412
      throw error
    }
  })

  function take(answer: { body: NonNullable<typeof bid.value>; rev: string }): void {
    rev.value = answer.rev
    client.setQueryData(['bid', bidId()], answer)
  }

  watch(() => query.data.value, (now) => {
    if (!now || rev.value) return
    form.value = formOf(now.body)
    original.value = formOf(now.body)
    rev.value = now.rev
    if (may('editBid')) start()
  }, { immediate: true })

  async function act(work: () => Promise<{ body: NonNullable<typeof bid.value>; rev: string }>, say: (at: string) => string): Promise<void> {
    try {
      const answer = await work()
      take(answer)
      toast(say(formatStamp(answer.body.submittedAt ?? answer.body.updatedAt)))
      await Promise.all([client.invalidateQueries({ queryKey: ['my-bids'] }), client.invalidateQueries({ queryKey: ['demand', answer.body.demandId] })])
    } catch (error) {
      refused.value = error
      toastError(error)
    }
  }

  async function submit(): Promise<void> {
    await flush()
    if (state.value === 'failed') return
    const verb = tMaybe(`bidwork.submitOf.${bid.value?.kind ?? 'rnd'}`, t('form.submit'))
    if ((await confirm({ title: verb, text: t(bid.value?.rolling ? 'form.submitRolling' : 'form.submitText'), action: verb })) === undefined) return
    await act(() => callWithRev(api.POST('/api/v1/bids/{bidId}/submit', path.value)), (at) => t('form.submitted', { at }))
  }
  async function withdraw(): Promise<void> {
    const note = await confirm({ title: t('form.withdraw'), text: t('form.withdrawText'), action: t('form.withdraw'), danger: true, reason: t('form.withdrawReason'), reasonRequired: false })
    if (note === undefined) return
    await act(() => callWithRev(api.POST('/api/v1/bids/{bidId}/withdraw', { ...path.value, body: note ? { note } : {} })), () => t('form.withdrawn'))
  }
  async function correct(): Promise<void> {
    if ((await confirm({ title: t('form.correct'), text: t('form.correctText'), action: t('form.correct') })) === undefined) return
    await act(() => callWithRev(api.POST('/api/v1/bids/{bidId}/correction', { ...path.value, body: {} })), () => t('form.corrected'))
  }
  const confirmChange = (): Promise<void> => act(() => callWithRev(api.POST('/api/v1/bids/{bidId}/confirm-change', path.value)), () => t('form.confirmed'))
  /** Files changed the revision; what was typed stays. */
  async function refresh(): Promise<void> {
    await flush()
    const fresh = await query.refetch()
    if (fresh.data) rev.value = fresh.data.rev
  }
  async function reload(): Promise<void> {
    rev.value = ''
    conflict.value = false
    await query.refetch()
    if (query.data.value) {
      form.value = formOf(query.data.value.body)
      rev.value = query.data.value.rev
    }
  }
  async function removeFile(attachmentId: string): Promise<void> {
    await call(api.DELETE('/api/v1/bids/{bidId}/attachments/{attachmentId}', { params: { path: { bidId: bidId(), attachmentId } } })).catch(toastError)
    await refresh()
  }

  return { form, original, bid, query, state, at, wrong, problems, conflict, may, submit, withdraw, correct, confirmChange, refresh, reload, removeFile }
}
