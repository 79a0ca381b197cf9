import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { api, call } from './client'
import { Problem } from './problem'
import { getToken, refresh, setToken } from './token'

const answer = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
let calls: string[] = []

function serve(handler: (url: string, token: string) => Response): void {
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const url = new URL(typeof input === 'string' ? input : input.url, location.origin).pathname
    const token = typeof input === 'string' ? String(init?.method) : (input.headers.get('Authorization') ?? '')
    calls.push(url)
    return handler(url, token)
  })
}

beforeEach(() => {
  calls = []
  setToken('old')
})
afterEach(() => {
  vi.unstubAllGlobals()
  setToken('')
})

it('renews an expired token once and repeats the request', async () => {
  serve((url, token) => {
    if (url.endsWith('/refresh')) return answer(200, { accessToken: 'new', expiresAt: '', me: { allowedOperations: [] } })
    return token === 'Bearer new' ? answer(200, { items: [], next: '' }) : answer(401, { code: 'unauthenticated' })
  })
  await expect(call(api.GET('/api/v1/my-demands'))).resolves.toEqual({ items: [], next: '' })
  expect(calls).toEqual(['/api/v1/my-demands', '/api/v1/auth/refresh', '/api/v1/my-demands'])
})

it('shares one renewal between requests of the same moment', async () => {
  serve(() => answer(200, { accessToken: 'new', expiresAt: '', me: { allowedOperations: [] } }))
  await Promise.all([refresh(), refresh(), refresh()])
  expect(calls).toEqual(['/api/v1/auth/refresh'])
  expect(getToken()).toBe('new')
})

it('waits for the session of a returning person before the first request', async () => {
  setToken('old')
  // What a reload does: the mark stays, the token is gone.
  const mark = { ...localStorage }
  setToken('')
  for (const [key, value] of Object.entries(mark)) localStorage.setItem(key, value as string)
  serve((url, token) => (url.endsWith('/refresh') ? answer(200, { accessToken: 'new', expiresAt: '', me: { allowedOperations: [] } }) : answer(200, { items: [], next: token })))
  await expect(call(api.GET('/api/v1/my-demands'))).resolves.toMatchObject({ next: 'Bearer new' })
  expect(calls).toEqual(['/api/v1/auth/refresh', '/api/v1/my-demands'])
})

it('reads public things as nobody when the session is over', async () => {
  serve((url, token) => (url.endsWith('/refresh') || token ? answer(401, { code: 'auth.session_ended' }) : answer(200, { items: [], next: '' })))
  await expect(call(api.GET('/api/v1/demands'))).resolves.toEqual({ items: [], next: '' })
})

it('gives up when the session is over, and forgets the token', async () => {
  serve(() => answer(401, { code: 'session_ended' }))
  await expect(call(api.GET('/api/v1/my-demands'))).rejects.toMatchObject({ status: 401 })
  expect(getToken()).toBe('')
})

it('turns a refusal into a Problem with its code, fields and request id', async () => {
  serve(() => answer(422, { code: 'validation', fields: [{ path: 'title', code: 'required' }], requestId: 'r-1' }))
  const error = await call(api.GET('/api/v1/my-demands')).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(Problem)
  expect(error).toMatchObject({ code: 'validation', requestId: 'r-1', fields: [{ path: 'title', code: 'required' }] })
})
