import { onMounted, onUnmounted } from 'vue'

/** `j` and `k` move between the results, Enter opens one: as in a mail reader. */
export function useResultKeys(): void {
  function press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|TEXTAREA|SELECT/.test(target.tagName)) return
    if (event.key !== 'j' && event.key !== 'k') return
    const links = [...document.querySelectorAll<HTMLElement>('[data-result]')]
    const at = links.indexOf(document.activeElement as HTMLElement)
    const next = event.key === 'j' ? at + 1 : Math.max(0, at - 1)
    links[next]?.focus()
    links[next]?.scrollIntoView({ block: 'nearest' })
  }
  onMounted(() => document.addEventListener('keydown', press))
  onUnmounted(() => document.removeEventListener('keydown', press))
}
