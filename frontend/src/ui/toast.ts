import { shallowReactive } from 'vue'
import { problemText } from './problemText'

export interface Toast {
  id: number
  text: string
  tone: 'good' | 'bad' | 'plain'
}

export const toasts = shallowReactive<Toast[]>([])
let last = 0

/** A short word at the edge of the page that needs no answer. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const item = { id: ++last, text, tone }
  toasts.push(item)
  setTimeout(() => dismiss(item.id), tone === 'bad' ? 9000 : 4500)
}

export const toastError = (error: unknown): void => toast(problemText(error), 'bad')

export function dismiss(id: number): void {
  const at = toasts.findIndex((item) => item.id === id)
  if (at >= 0) toasts.splice(at, 1)
}
