/** A person who uses the API directly, to arrange what a test needs before the browser acts. */
export class Caller {
  private token = ''

  constructor(private readonly origin: string) {}

  async signIn(login: string, password: string): Promise<this> {
    const session = await this.send<{ accessToken: string }>('POST', '/api/v1/auth/sign-in', { login, password })
    this.token = session.accessToken
    return this
  }

  get<T>(path: string): Promise<T> {
    return this.send('GET', path)
  }

  post<T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.send('POST', path, body, { 'Idempotency-Key': crypto.randomUUID(), ...headers })
  }

  put<T>(path: string, body: unknown, rev: number): Promise<T> {
    return this.send('PUT', path, body, { 'If-Match': `"${rev}"` })
  }

  async upload<T>(path: string, file: Blob, name: string, fields: Record<string, string> = {}): Promise<T> {
    const form = new FormData()
    for (const [key, value] of Object.entries(fields)) form.append(key, value)
    form.append('file', file, name)
    return this.send('POST', path, form)
  }

  async send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const form = body instanceof FormData
    const response = await fetch(this.origin + path, {
      method,
      headers: { ...headers, ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}), ...(body === undefined || form ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text ? JSON.parse(text) : undefined) as T
  }
}

/** Asks again until `check` finds something, 20 s at most: what follows from events needs a moment. */
export async function eventually<T>(check: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const end = Date.now() + 20_000
  for (;;) {
    const found = await check()
    if (found) return found
    if (Date.now() > end) throw new Error(`${what}: not within 20 s`)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
