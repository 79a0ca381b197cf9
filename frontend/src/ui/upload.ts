import { idempotencyKey } from '@/api/client'
import { Problem, toProblem } from '@/api/problem'
import { getToken, refresh } from '@/api/token'

interface Options {
  fields?: Record<string, string>
  idempotent?: boolean
  headers?: Record<string, string>
}

/** Sends one file as the form field `file`. XMLHttpRequest, because fetch tells nothing of an upload's progress. */
export async function upload(url: string, file: File, progress: (part: number) => void, options: Options = {}): Promise<{ body: unknown; rev: string }> {
  const key = options.idempotent ? idempotencyKey() : ''
  try {
    return await once(url, file, progress, key, options)
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || !(await refresh())) throw error
    return once(url, file, progress, key, options)
  }
}

function once(url: string, file: File, progress: (part: number) => void, key: string, { fields = {}, headers = {} }: Options): Promise<{ body: unknown; rev: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    if (getToken()) request.setRequestHeader('Authorization', `Bearer ${getToken()}`)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    if (key) request.setRequestHeader('Idempotency-Key', key)
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0)
    request.onerror = () => reject(new Problem('unreachable', 0))
    request.onload = () => {
      let body: unknown
      try {
        body = JSON.parse(request.responseText)
      } catch {
        body = undefined
      }
      if (request.status >= 200 && request.status < 300) resolve({ body, rev: request.getResponseHeader('ETag') ?? '' })
      else reject(toProblem(request.status, body, request.getResponseHeader('X-Request-Id') ?? ''))
    }
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', file)
    request.send(form)
  })
}
