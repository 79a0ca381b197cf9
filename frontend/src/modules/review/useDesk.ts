import { computed, onBeforeUnmount, onMounted, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { pending } from '@/ui/confirm'

/** What a key does on a review desk; unknown keys do nothing. */
export type DeskKey = 'next' | 'previous' | 'approve' | 'giveBack' | 'reject' | 'help'

const keys: Record<string, DeskKey> = { j: 'next', ArrowDown: 'next', k: 'previous', ArrowUp: 'previous', a: 'approve', r: 'giveBack', x: 'reject', '?': 'help' }

/** Reads a key press; nothing while one is typing, a dialog is open, or a modifier is held. */
export function deskKey(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'target'>, dialogOpen: boolean): DeskKey | undefined {
  if (dialogOpen || event.ctrlKey || event.metaKey || event.altKey) return undefined
  const at = event.target
  if (at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return undefined
  return keys[event.key]
}

/** The neighbour of `open` in the list, staying at the ends; the first one when nothing is open. */
export function neighbour(ids: readonly string[], open: string | undefined, step: 1 | -1): string | undefined {
  const at = open ? ids.indexOf(open) : -1
  if (at < 0) return ids[0]
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))]
}

/**
 * A list and the one open in it. What is open stands in the address, so that a link leads to it and Back works; keys move
 * and decide.
 */
export function useDesk(ids: Ref<readonly string[]>, act: (key: Exclude<DeskKey, 'next' | 'previous'>) => void) {
  const route = useRoute()
  const router = useRouter()
  const open = computed(() => (typeof route.query.open === 'string' ? route.query.open : undefined))

  const show = (id: string | undefined): void => {
    void router.replace({ query: { ...route.query, open: id } })
  }
  /** Goes on to the next one after a decision, before the decided one leaves the list. */
  function advance(): void {
    const next = neighbour(ids.value, open.value, 1)
    show(next === open.value ? neighbour(ids.value.filter((id) => id !== open.value), undefined, 1) : next)
  }

  function press(event: KeyboardEvent): void {
    const key = deskKey(event, pending.value !== undefined)
    if (!key) return
    event.preventDefault()
    if (key === 'next' || key === 'previous') show(neighbour(ids.value, open.value, key === 'next' ? 1 : -1))
    else act(key)
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
  // On a wide screen something is always open.
  watch(ids, (now) => {
    if (!open.value && now.length && window.matchMedia('(min-width: 961px)').matches) show(now[0])
  }, { immediate: true })

  return { open, show, advance }
}
