import { t, tMaybe } from '@/app/i18n'
import type { Reason } from '@/ui/ReasonBars.vue'

interface MatchReason {
  kind: string
  points: number
  detail?: string
  words?: string[]
}

/** Puts names for the codes of the city's lists into a text. */
type Named = (text: string) => string

/** The reasons of a match as the bars show them, greatest first. */
export const reasonsOf = (reasons: readonly MatchReason[], named: Named = (text) => text): Reason[] =>
  [...reasons]
    .sort((a, b) => b.points - a.points)
    .map((reason, i) => ({
      key: `${reason.kind}-${i}`,
      label: tMaybe(`match.kinds.${reason.kind}`, reason.kind),
      points: reason.points,
      // The words that matched are shown as such; a sentence that lists them again would only repeat them.
      detail: reason.detail && !(reason.kind === 'text' && reason.words?.length) ? named(reason.detail) : null,
      // The words of a stated fact are already in its sentence.
      words: reason.kind === 'text' ? (reason.words ?? []) : [],
    }))

/** The reasons that say most, in one line: `内容相关、产业链`. */
export const topReasons = (reasons: readonly MatchReason[], n = 3): string =>
  reasonsOf(reasons).slice(0, n).map((reason) => reason.label).join(t('match.and'))
