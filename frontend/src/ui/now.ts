import { onScopeDispose, ref, type Ref } from 'vue'

const now = ref(new Date())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The present, moving once a minute; one clock for the whole page. */
export function useNow(): Readonly<Ref<Date>> {
  now.value = new Date()
  if (users++ === 0) timer = setInterval(() => (now.value = new Date()), 60_000)
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer)
  })
  return now
}
