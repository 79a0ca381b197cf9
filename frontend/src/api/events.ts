import { getToken, refresh } from './token'

export interface ServerEvent {
  id: string
  type: string
  data: string
}

/** Cuts a stream of server-sent events into events; keeps an unfinished one until its end arrives. */
export function eventParser(emit: (event: ServerEvent) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    const blocks = (rest + chunk.replaceAll('\r\n', '\n')).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event: ServerEvent = { id: '', type: 'message', data: '' }
      for (const line of block.split('\n')) {
        const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
        if (name === 'id') event.id = value ?? ''
        if (name === 'event') event.type = value ?? ''
        if (name === 'data') event.data += (event.data ? '\n' : '') + value
      }
      if (event.data) emit(event)
    }
  }
}

/**
 * Follows a stream of events until `stop` fires, connecting again where it broke off. Fetch instead of EventSource,
 * which cannot send the access token.
 */
export async function follow(url: string, emit: (event: ServerEvent) => void, stop: AbortSignal): Promise<void> {
  let last = ''
  let pause = 1000
  while (!stop.aborted) {
    try {
      const response = await fetch(url, {
        signal: stop,
        headers: { Authorization: `Bearer ${getToken()}`, Accept: 'text/event-stream', ...(last ? { 'Last-Event-ID': last } : {}) },
      })
      if (response.status === 401 && !(await refresh())) return
      if (response.status === 403 || response.status === 404) return
      if (response.ok && response.body) {
        pause = 1000
        const parse = eventParser((event) => {
          last = event.id || last
          emit(event)
        })
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
        for (let part = await reader.read(); !part.done; part = await reader.read()) parse(part.value)
      }
    } catch {
      // Broken off: connect again below.
    }
    if (stop.aborted) return
    await new Promise((resolve) => setTimeout(resolve, pause))
    pause = Math.min(pause * 2, 60_000)
  }
}
