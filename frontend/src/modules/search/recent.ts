import { ref } from 'vue'

const key = 'lianbang.recent'
const most = 8

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((term): term is string => typeof term === 'string').slice(0, most) : []
  } catch {
    return [] // somebody else wrote there
  }
}

/** What was searched for on this device, the latest first. It never leaves the device. */
export const recent = ref(read())

function keep(terms: string[]): void {
  recent.value = terms
  try {
    localStorage.setItem(key, JSON.stringify(terms))
  } catch {
    // A device that keeps nothing still searches.
  }
}

export function remember(term: string): void {
  if (term.length > 0 && term.length <= 60) keep([term, ...recent.value.filter((other) => other !== term)].slice(0, most))
}

export const forgetAll = (): void => keep([])
