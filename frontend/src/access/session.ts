import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, call } from '@/api/client'
import type { Account, OperationId } from '@/api/paths'
import { mayResume, onSessionLost, onSessionRenewed, refresh, setToken } from '@/api/token'
import { queryClient } from '@/app/queries'

/** What was read as somebody else, or as nobody, may look different now. */
function forgetAnswers(): void {
  queryClient.removeQueries({ type: 'inactive' })
  void queryClient.resetQueries({ type: 'active' })
}

/** Who is at the keyboard and what the server lets them do. Server data of any other kind belongs to TanStack Query. */
export const useSession = defineStore('session', () => {
  const me = ref<Account['Me']>()
  let resumed: Promise<void> | undefined

  const signedIn = computed(() => me.value !== undefined)
  /** The organisation acted for, if any. */
  const organisation = computed(() => me.value?.organisation)
  /** Whose workbench this is: the organisation, or the person. */
  const heading = computed(() => organisation.value?.name ?? me.value?.user.name ?? '')
  const operations = computed(() => new Set<string>(me.value?.allowedOperations ?? []))

  /** May this person do `operation`? The same words as in the API; hiding a button is courtesy, the server decides. */
  const can = (operation: OperationId): boolean => operations.value.has(operation)
  const canAny = (list: readonly OperationId[]): boolean => list.some(can)

  /** Takes up the session of the last visit, if there is one. Safe to await many times. */
  function resume(): Promise<void> {
    resumed ??= mayResume() ? refresh().then(() => undefined, () => undefined) : Promise.resolve()
    return resumed
  }

  /** Begins or changes the session after sign-in, sign-up, a switch of organisation or an accepted invitation. */
  function started(session: Account['Session']): void {
    setToken(session.accessToken)
    me.value = session.me
    forgetAnswers()
  }

  /** Reads who I am again, after something about me or my organisation changed. */
  async function reload(): Promise<void> {
    me.value = await call(api.GET('/api/v1/me'))
  }

  async function signIn(login: string, password: string): Promise<void> {
    started(await call(api.POST('/api/v1/auth/sign-in', { body: { login, password } })))
  }

  async function signInByCode(body: Account['CodeSignInInput']): Promise<void> {
    started(await call(api.POST('/api/v1/auth/sign-in-by-code', { body })))
  }

  async function switchOrganisation(orgId: string): Promise<void> {
    started(await call(api.POST('/api/v1/me/organisation', { body: { orgId } })))
  }

  async function signOut(): Promise<void> {
    try {
      await call(api.POST('/api/v1/auth/sign-out'))
    } finally {
      setToken('')
      me.value = undefined
      forgetAnswers()
    }
  }

  onSessionRenewed((session) => {
    me.value = session.me
  })
  onSessionLost(() => {
    me.value = undefined
  })

  return { me, signedIn, organisation, heading, can, canAny, resume, started, reload, signIn, signInByCode, signOut, switchOrganisation }
})
