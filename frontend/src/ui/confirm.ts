import { shallowRef } from 'vue'

export interface Question {
  title: string
  /** What will happen, in plain words. */
  text?: string
  /** The verb on the button. */
  action: string
  danger?: boolean
  /** Asks for a reason that travels with the decision; the label of its field. */
  reason?: string
  /** Ready-made reasons to start from. */
  templates?: string[]
  reasonRequired?: boolean
}

interface Pending {
  question: Question
  answer: (result: string | undefined) => void
}

/** What the dialog (ConfirmDialog, mounted once by the shell) is asking now. */
export const pending = shallowRef<Pending>()

/**
 * Asks and waits. Resolves to the reason given (empty when none was asked for), or to undefined when the person steps
 * back: `const reason = await confirm({…}); if (reason === undefined) return`.
 */
export function confirm(question: Question): Promise<string | undefined> {
  pending.value?.answer(undefined)
  return new Promise((resolve) => {
    pending.value = {
      question,
      answer: (result) => {
        pending.value = undefined
        resolve(result)
      },
    }
  })
}
