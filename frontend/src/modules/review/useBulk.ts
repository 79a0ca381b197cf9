import { ref } from 'vue'
import { problemText } from '@/ui/problemText'

/** What became of one row of a bulk decision; without `why` it is done. */
export interface BulkOutcome {
  id: string
  name: string
  why?: string
}

/**
 * One decision on several things. Each is decided by itself, one after the other, under the same rules as a single decision, so that one
 * refusal stops nothing; what became of each stays to be read, and the refused ones stay chosen.
 */
export function useBulk() {
  const chosen = ref<string[]>([])
  const outcomes = ref<BulkOutcome[]>([])
  /** How many are still to be decided; 0 when nothing runs. */
  const left = ref(0)

  async function decide(rows: { id: string; name: string }[], decision: (id: string) => Promise<unknown>): Promise<void> {
    outcomes.value = []
    left.value = rows.length
    for (const { id, name } of rows) {
      const why = await decision(id).then(() => undefined, problemText)
      outcomes.value = [...outcomes.value, { id, name, ...(why ? { why } : {}) }]
      left.value--
    }
    chosen.value = outcomes.value.filter((o) => o.why).map((o) => o.id)
  }
  /** Leaves a queue: what was ticked and decided there says nothing about the next. */
  function clear(): void {
    chosen.value = []
    outcomes.value = []
  }
  return { chosen, outcomes, left, decide, clear }
}
