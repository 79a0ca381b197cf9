import createClient from 'openapi-fetch'
import { Problem, toProblem } from './problem'
import { getToken, mayResume, refresh } from './token'
import type { paths } from './paths'

/**
 * Sends with the token of the moment; a 401 is answered by one refresh and one more try, as nobody if the session is over,
 * so that public pages stay readable. The first request of a returning person waits for the session to be taken up.
 */
async function send(request: Request): Promise<Response> {
  if (!getToken() && mayResume() && !request.url.includes('/api/v1/auth/')) await refresh().catch(() => false)
  const again = request.clone()
  const first = await attempt(request)
  if (first.status !== 401 || /\/api\/v1\/auth\//.test(request.url) || !mayResume()) return first
  const renewed = await refresh().catch(() => false)
  return renewed || !getToken() ? attempt(again) : first
}

async function attempt(request: Request): Promise<Response> {
  const token = getToken()
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  try {
    return await fetch(request)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem('unreachable', 0)
  }
}

/** Every operation of every service, typed from their OpenAPI files. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: send })

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Waits for an answer and returns its body, or throws a Problem. */
export async function call<T>(pending: Promise<Answer<T>>): Promise<T> {
  return (await callWithRev(pending)).body
}

/** Like `call`, with the document's revision from the ETag, which an edit sends back as `If-Match`. */
export async function callWithRev<T>(pending: Promise<Answer<T>>): Promise<{ body: T; rev: string }> {
  const { data, error, response } = await pending
  if (!response.ok) throw toProblem(response.status, error, response.headers.get('X-Request-Id') ?? '')
  return { body: data as T, rev: response.headers.get('ETag') ?? '' }
}

/** A new key for a creating POST. Keep it over retries of the same submission: the server then creates only once. */
export const idempotencyKey = (): string => crypto.randomUUID()
