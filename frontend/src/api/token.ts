import type { Account } from './paths'

/**
 * The access token lives in memory only. What survives a reload is an HttpOnly cookie that scripts cannot read, plus
 * a mark that says such a cookie probably exists, so that visitors who never signed in cause no refresh request.
 */
const mark = 'lianbang.signed-in'

let accessToken = ''
let refreshing: Promise<boolean> | undefined
const lostListeners = new Set<() => void>()
const renewedListeners = new Set<(session: Session) => void>()

type Session = Account['Session']

export const getToken = (): string => accessToken

export function setToken(token: string): void {
  accessToken = token
  if (token) localStorage.setItem(mark, '1')
  else localStorage.removeItem(mark)
}

export const mayResume = (): boolean => localStorage.getItem(mark) === '1'

/** Called when a session that was alive is over: expired, revoked, or ended in another tab. */
export function onSessionLost(listener: () => void): void {
  lostListeners.add(listener)
}

/** Called with every renewed session: roles and verification may have changed. */
export function onSessionRenewed(listener: (session: Session) => void): void {
  renewedListeners.add(listener)
}

/** Trades the refresh cookie for a new access token. Callers at the same moment share one request. */
export function refresh(): Promise<boolean> {
  refreshing ??= renew().finally(() => {
    refreshing = undefined
  })
  return refreshing
}

async function renew(): Promise<boolean> {
  const response = await fetch('/api/v1/auth/refresh', { method: 'POST', credentials: 'same-origin' })
  if (response.ok) {
    const session = (await response.json()) as Session
    setToken(session.accessToken)
    for (const listener of renewedListeners) listener(session)
    return true
  }
  // A busy server is no reason to sign a person out.
  if (response.status === 401 || response.status === 403) {
    setToken('')
    for (const listener of lostListeners) listener()
  }
  return false
}
