import { Problem, toProblem } from '@/api/problem'
import { getToken, refresh } from '@/api/token'

/** Fetches a file with the token of the moment and hands it to the browser under the server's name for it. */
export async function download(url: string, fallbackName = 'download'): Promise<void> {
  let response = await get(url)
  if (response.status === 401 && getToken() && (await refresh())) response = await get(url)
  if (!response.ok) throw toProblem(response.status, await response.json().catch(() => undefined), response.headers.get('X-Request-Id') ?? '')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = fileName(response.headers.get('Content-Disposition')) || fallbackName
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

const get = (url: string): Promise<Response> =>
  fetch(url, { headers: getToken() ? { Authorization: `Bearer ${getToken()}` } : {} }).catch(() => {
    throw new Problem('unreachable', 0)
  })

/** The name in a Content-Disposition header; the UTF-8 form wins. */
export function fileName(header: string | null): string {
  const encoded = header?.match(/filename\*=UTF-8''([^;]+)/i)?.[1]
  if (encoded) return decodeURIComponent(encoded)
  return header?.match(/filename="?([^";]+)"?/i)?.[1] ?? ''
}
