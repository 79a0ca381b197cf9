import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch, type MaybeRefOrGetter, toValue } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, call, callWithRev, idempotencyKey } from '@/api/client'
import { asProblem } from '@/api/problem'
import { links } from '@/app/links'
import { confirm, fieldErrors, toast, toastError, useAutosave } from '@/ui'
import { counterDemand } from './counterDemand'
import { emptyForm, formOf, inputOf } from './demandForm'
import { useText as draftText } from '@/modules/drafts/locale'
import { useText as t } from './locale'

/** The state behind the editor: a new draft, or one that saves itself against the revision it was read at. */
export function useEditor(id: MaybeRefOrGetter<string | undefined>) {
  const client = useQueryClient()
  const router = useRouter()
  const route = useRoute()
  const form = ref(emptyForm())
  const rev = ref('')
  const refused = ref<unknown>()
  const conflict = ref(false)
  const busy = ref(false)
  const key = idempotencyKey()

  const query = useQuery({
    queryKey: ['demand', () => toValue(id), 'edit'],
    queryFn: () => callWithRev(api.GET('/api/v1/demands/{demandId}', { params: { path: { demandId: toValue(id)! } } })),
    enabled: computed(() => Boolean(toValue(id))),
    refetchOnWindowFocus: false,
    staleTime: 0,
  })
  const demand = computed(() => query.data.value?.body)
  const problems = computed(() => demand.value?.problems ?? [])
  const wrong = computed(() => fieldErrors(refused.value))

  const { state, at, flush, start } = useAutosave(form, async (now) => {
    try {
      const saved = await callWithRev(api.PUT('/api/v1/demands/{demandId}', { params: { path: { demandId: toValue(id)! }, header: { 'If-Match': rev.value } }, body: inputOf(now) }))
      rev.value = saved.rev
      refused.value = undefined
      conflict.value = false
      client.setQueryData(['demand', toValue(id), 'edit'], saved)
    } catch (error) {
      refused.value = error
      conflict.value = asProblem(error).status === 412
      throw error
    }
  })

  // The first answer fills the form; later ones only bring what the server found.
  watch(() => query.data.value, (now) => {
    if (!now || rev.value) return
    form.value = formOf(now.body)
    rev.value = now.rev
    start()
  }, { immediate: true })

  // Begun from an achievement that almost fits: its university and its words are there already.
  watch(() => [toValue(id), route.query.achievement] as const, async ([own, achievementId]) => {
    if (own || typeof achievementId !== 'string') return
    try {
      form.value = counterDemand(await call(api.GET('/api/v1/achievements/{achievementId}', { params: { path: { achievementId } } })))
    } catch (error) {
      toastError(error)
    }
  }, { immediate: true })

  async function create(): Promise<void> {
    busy.value = true
    try {
      const { body } = await callWithRev(api.POST('/api/v1/demands', { params: { header: { 'Idempotency-Key': key } }, body: inputOf(form.value) }))
      toast(t('editor.created'))
      await router.replace(links.editDemand(body.id))
    } catch (error) {
      refused.value = error
      toastError(error)
    } finally {
      busy.value = false
    }
  }

  async function submit(): Promise<void> {
    await flush()
    if (state.value === 'failed' || problems.value.length) return
    if ((await confirm({ title: t('editor.submit'), text: t('editor.submitText'), action: t('editor.submit') })) === undefined) return
    busy.value = true
    try {
      await callWithRev(api.POST('/api/v1/demands/{demandId}/submit', { params: { path: { demandId: toValue(id)! } } }))
      toast(t('editor.submitted'))
      await client.invalidateQueries({ queryKey: ['demand', toValue(id)] })
      await router.push(links.manageDemand(toValue(id)!))
    } catch (error) {
      refused.value = error
      toastError(error)
    } finally {
      busy.value = false
    }
  }

  /** Staff who drafted it ask the firm to confirm; they never submit. */
  async function ask(): Promise<void> {
    await flush()
    if (state.value === 'failed') return
    busy.value = true
    try {
      await call(api.POST('/api/v1/demands/{demandId}/confirmation', { params: { path: { demandId: toValue(id)! } } }))
      toast(draftText('askDone'))
      await router.push({ path: links.drafts, query: { tab: 'waiting' } })
    } catch (error) {
      toastError(error)
    } finally {
      busy.value = false
    }
  }

  /** The firm's no to what staff drafted. */
  async function decline(reason: string): Promise<void> {
    await call(api.POST('/api/v1/demands/{demandId}/withdraw', { params: { path: { demandId: toValue(id)! } }, body: { reason } })).then(() => toast(draftText('declineDone')), toastError)
    await client.invalidateQueries({ queryKey: ['demand', toValue(id)] })
    await router.push(links.manageDemand(toValue(id)!))
  }

  /** Attachments changed the revision; what was typed stays. */
  async function refresh(): Promise<void> {
    const fresh = await query.refetch()
    if (fresh.data) rev.value = fresh.data.rev
  }

  async function reload(): Promise<void> {
    const fresh = await query.refetch()
    if (!fresh.data) return
    form.value = formOf(fresh.data.body)
    rev.value = fresh.data.rev
    conflict.value = false
  }

  return { form, demand, query, state, at, wrong, problems, conflict, busy, create, submit, ask, decline, reload, refresh }
}
