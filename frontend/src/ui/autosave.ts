import { onBeforeUnmount, ref, watch, type Ref } from 'vue'

export type SaveState = 'idle' | 'dirty' | 'saving' | 'saved' | 'failed'

/**
 * Saves `source` a moment after the last change, one request at a time, and warns before leaving with unsaved work.
 * `save` throws to fail; the next change, or `flush()`, tries again. Call `start()` when the form is filled.
 */
export function useAutosave<T>(source: Ref<T>, save: (value: T) => Promise<void>, delayMs = 1200) {
  const state = ref<SaveState>('idle')
  const at = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined
  let watching = false

  async function flush(): Promise<void> {
    clearTimeout(timer)
    await running
    if (state.value !== 'dirty' && state.value !== 'failed') return
    state.value = 'saving'
    running = save(source.value).then(
      () => {
        at.value = new Date().toISOString()
        // A change that came while saving is still to be saved.
        if (state.value === 'saving') state.value = 'saved'
      },
      () => {
        state.value = 'failed'
      },
    )
    await running
    if ((state.value as SaveState) === 'dirty') schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), delayMs)
  }

  function start(): void {
    if (watching) return
    watching = true
    watch(
      source,
      () => {
        state.value = 'dirty'
        schedule()
      },
      { deep: true },
    )
  }

  const warn = (event: BeforeUnloadEvent): void => {
    if (state.value === 'dirty' || state.value === 'saving' || state.value === 'failed') event.preventDefault()
  }
  window.addEventListener('beforeunload', warn)
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', warn)
    void flush()
  })

  return { state, at, flush, start }
}
