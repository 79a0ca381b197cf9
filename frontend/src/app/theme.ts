import { ref } from 'vue'

/** Light or dark by the reader's word; `auto` follows the device. */
export type Theme = 'auto' | 'light' | 'dark'

export const themes: Theme[] = ['auto', 'light', 'dark']

const stored = 'lianbang.theme'
const chosen = ref<Theme>('auto')

const read = (value: string | null): Theme => themes.find((theme) => theme === value) ?? 'auto'

export const theme = (): Theme => chosen.value

/** Shows the pages in the given theme and keeps the choice on this device. */
export function setTheme(next: Theme): void {
  chosen.value = next
  localStorage.setItem(stored, next)
  if (next === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = next
}

/** Takes up what was chosen on this device before. */
export function resumeTheme(): void {
  const before = read(localStorage.getItem(stored))
  if (before !== 'auto') setTheme(before)
}
