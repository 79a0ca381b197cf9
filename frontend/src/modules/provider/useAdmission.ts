import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { api, call, callWithRev } from '@/api/client'
import { asProblem } from '@/api/problem'
import { confirm, fieldErrors, toast, toastError, useAutosave } from '@/ui'
import { formOf, inputOf, missingOf, type AdmissionForm } from './admissionForm'
import { useText as t } from './locale'
import { useMembership } from './useMembership'

/** The applicant's form behind the page: it saves itself against the revision it was read at, and knows what is missing. */
export function useAdmission(orgId: Ref<string | undefined>) {
  const client = useQueryClient()
  const { query, membership, may, why, step, busy } = useMembership(orgId)
  const form = ref<AdmissionForm>(formOf({}))
  const rev = ref('')
  const refused = ref<unknown>()
  const conflict = ref(false)
  const path = computed(() => ({ orgId: orgId.value! }))
  const wrong = computed(() => fieldErrors(refused.value))
  const missing = computed(() => missingOf(form.value, membership.value?.files.length ?? 0))

  const { state, at, flush, start } = useAutosave(form, async (now) => {
    try {
      const saved = await callWithRev(api.PUT('/api/v1/admissions/{orgId}', { params: { path: path.value, header: { 'If-Match': rev.value } }, body: inputOf(now) }))
      rev.value = saved.rev
      refused.value = undefined
      conflict.value = false
      client.setQueryData(['membership', orgId.value], saved)
    } catch (error) {
      refused.value = error
      conflict.value = asProblem(error).status === 412
      throw error
    }
  })

  // The first answer fills the form; later ones only bring a new revision.
  watch(() => query.data.value, (now) => {
    if (!now) return
    if (!rev.value) {
      form.value = formOf(now.body.application)
      start()
    }
    if (state.value !== 'dirty' && state.value !== 'saving') rev.value = now.rev
  }, { immediate: true })

  async function reload(): Promise<void> {
    const fresh = await query.refetch()
    if (!fresh.data) return
    form.value = formOf(fresh.data.body.application)
    rev.value = fresh.data.rev
    conflict.value = false
  }

  async function begin(): Promise<void> {
    busy.value = true
    try {
      await call(api.POST('/api/v1/admissions'))
      await query.refetch()
    } catch (error) {
      toastError(error)
    }
    busy.value = false
  }

  async function submit(): Promise<void> {
    await flush()
    if (state.value === 'failed') return
    if ((await confirm({ title: t('apply.submit'), text: t('apply.submitText'), action: t('apply.submit') })) === undefined) return
    await step(() => call(api.POST('/api/v1/admissions/{orgId}/submit', { params: { path: path.value } })), t('apply.submitted'))
  }

  async function removeFile(fileId: string): Promise<void> {
    try {
      const saved = await callWithRev(api.DELETE('/api/v1/admissions/{orgId}/files/{fileId}', { params: { path: { ...path.value, fileId } } }))
      rev.value = saved.rev
      client.setQueryData(['membership', orgId.value], saved)
      toast(t('apply.removed'))
    } catch (error) {
      toastError(error)
    }
  }

  /** A file changed the revision; what was typed stays. */
  async function filesChanged(): Promise<void> {
    const fresh = await query.refetch()
    if (fresh.data) rev.value = fresh.data.rev
  }

  return { query, membership, form, state, at, wrong, missing, conflict, busy, may, why, step, path, begin, submit, reload, removeFile, filesChanged }
}
