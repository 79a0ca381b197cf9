import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { mayResume, onSessionLost, refresh, setToken } from '@/api/token'
import type { OperationId } from '@/api/paths'
import { fetchMe, endSession, type Me } from './account'

/** Who is at the keyboard and what the server lets them do. Server data of any other kind belongs to TanStack Query. */
export const useSession = defineStore('session', () => {
  const me = ref<Me>()
  let resumed: Promise<void> | undefined

  const signedIn = computed(() => me.value !== undefined)
  /** Whose workbench this is: the organisation, or the office of an operator. */
  const heading = computed(() => me.value?.organisation?.name ?? me.value?.name ?? '')
  const operations = computed(() => new Set<string>(me.value?.allowedOperations ?? []))

  /** May this person do `operation`? The same words as in the API; hiding a button is courtesy, the server decides. */
  const can = (operation: OperationId): boolean => operations.value.has(operation)
  const canAny = (list: readonly OperationId[]): boolean => list.some(can)

  async function load(): Promise<void> {
    me.value = await fetchMe()
  }

  /** Takes up the session of the last visit, if there is one. Safe to await many times. */
  function resume(): Promise<void> {
    resumed ??= (async () => {
      if (!mayResume()) return
      try {
        if (await refresh()) await load()
      } catch {
        // Unreachable server: stay signed out for now; pages show their own error.
      }
    })()
    return resumed
  }

  async function started(token: string): Promise<void> {
    setToken(token)
    await load()
  }

  async function signOut(): Promise<void> {
    try {
      await endSession()
    } finally {
      setToken('')
      me.value = undefined
    }
  }

  onSessionLost(() => {
    me.value = undefined
  })

  return { me, signedIn, heading, can, canAny, load, resume, started, signOut }
})
