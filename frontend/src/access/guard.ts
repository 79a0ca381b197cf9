import type { NavigationGuardWithThis } from 'vue-router'
import { useSession } from './session'

/** Sends signed-out visitors to sign-in and back, and the wrong role to a page that says who may do this. */
export const guard: NavigationGuardWithThis<undefined> = async (to) => {
  const { signedIn: needed, operations } = to.meta
  if (!needed && !operations) return true
  const session = useSession()
  await session.resume()
  if (!session.signedIn) return { name: 'signIn', query: { next: to.fullPath } }
  if (operations && !session.canAny(operations)) return { name: 'forbidden', query: { from: to.fullPath } }
  return true
}
