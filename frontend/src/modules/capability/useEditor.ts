import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useRouter } from 'vue-router'
import { api, callWithRev, idempotencyKey } from '@/api/client'
import type { Capability } from '@/api/paths'
import { asProblem } from '@/api/problem'
import { links } from '@/app/links'
import { confirm, fieldErrors, toast, toastError } from '@/ui'
import { badCertificate, emptyForm, formOf, inputOf } from './capabilityForm'
import { useText as t } from './locale'

/** The state behind the editor: a new item, or one that is saved against the revision it was read at. */
export function useEditor(id: MaybeRefOrGetter<string | undefined>) {
  const client = useQueryClient()
  const router = useRouter()
  const form = ref(emptyForm())
  const refused = ref<unknown>()
  const busy = ref(false)
  const filled = ref(false)
  const key = idempotencyKey()

  const query = useQuery({
    queryKey: ['capability', () => toValue(id), 'edit'],
    queryFn: () => callWithRev(api.GET('/api/v1/capabilities/{capabilityId}', { params: { path: { capabilityId: toValue(id)! } } })),
    enabled: computed(() => Boolean(toValue(id))),
    refetchOnWindowFocus: false,
    staleTime: 0,
  })
  const item = computed(() => query.data.value?.body)
  const conflict = computed(() => refused.value !== undefined && asProblem(refused.value).status === 412)
  const wrong = computed<Record<string, string>>(() => {
    const line = badCertificate(form.value)
    return { ...fieldErrors(refused.value), ...(line ? { certificates: t('editor.badCell', { line }) } : {}) }
  })
  const may = (operation: string): boolean => item.value?.allowedActions?.includes(operation) ?? false

  // The first answer fills the form; later ones only bring what the server made of it.
  watch(() => query.data.value, (now) => {
    if (!now || filled.value) return
    form.value = formOf(now.body)
    filled.value = true
  }, { immediate: true })

  /** Sends something, shows its outcome, and says so. */
  async function step(send: () => Promise<{ body: Capability['Capability']; rev: string }>, said: string): Promise<boolean> {
    busy.value = true
    try {
      const now = await send()
      refused.value = undefined
      client.setQueryData(['capability', now.body.id, 'edit'], now)
      void client.invalidateQueries({ queryKey: ['my-capabilities'] })
      void client.invalidateQueries({ queryKey: ['capability', now.body.id], predicate: (q) => q.queryKey[2] !== 'edit' })
      toast(said)
      if (!toValue(id)) await router.replace(links.editCapability(now.body.id))
      return true
    } catch (error) {
      refused.value = error
      toastError(error)
      return false
    } finally {
      busy.value = false
    }
  }
  const path = (): { path: { capabilityId: string } } => ({ path: { capabilityId: toValue(id)! } })

  async function save(): Promise<boolean> {
    if (badCertificate(form.value)) return false
    const body = inputOf(form.value)
    if (!toValue(id)) return step(() => callWithRev(api.POST('/api/v1/capabilities', { params: { header: { 'Idempotency-Key': key } }, body })), t('editor.saved'))
    return step(() => callWithRev(api.PUT('/api/v1/capabilities/{capabilityId}', { params: { ...path(), header: { 'If-Match': query.data.value!.rev } }, body })), t('editor.saved'))
  }
  async function publish(): Promise<void> {
    if ((await confirm({ title: t('editor.publish'), text: t('editor.publishText'), action: t('editor.publish') })) === undefined || !(await save())) return
    await step(() => callWithRev(api.POST('/api/v1/capabilities/{capabilityId}/publish', { params: path() })), t('editor.published'))
  }
  async function pause(): Promise<void> {
    const reason = await confirm({ title: t('editor.pause'), text: t('editor.pauseText'), action: t('editor.pause'), reason: t('editor.pauseReason') })
    if (reason !== undefined) await step(() => callWithRev(api.POST('/api/v1/capabilities/{capabilityId}/pause', { params: path(), body: { reason } })), t('editor.done'))
  }
  const resume = (): Promise<boolean> => step(() => callWithRev(api.POST('/api/v1/capabilities/{capabilityId}/resume', { params: path() })), t('editor.resumed'))
  async function withdraw(): Promise<void> {
    const reason = await confirm({ title: t('editor.withdraw'), text: t('editor.withdrawText'), action: t('editor.withdraw'), reason: t('editor.reason'), danger: true })
    if (reason !== undefined) await step(() => callWithRev(api.POST('/api/v1/capabilities/{capabilityId}/withdraw', { params: path(), body: { reason } })), t('editor.done'))
  }
  const removeFile = (fileId: string): Promise<boolean> =>
    step(() => callWithRev(api.DELETE('/api/v1/capabilities/{capabilityId}/files/{fileId}', { params: { path: { capabilityId: toValue(id)!, fileId } } })), t('editor.done'))
  async function reload(): Promise<void> {
    if (conflict.value) filled.value = false
    refused.value = undefined
    await query.refetch()
  }
  return { form, item, query, wrong, conflict, busy, may, save, publish, pause, resume, withdraw, removeFile, reload }
}
