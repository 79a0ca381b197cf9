import { t, tMaybe } from '@/app/i18n'
import type { Reason } from '@/ui/ReasonBars.vue'

interface MatchReason {
  kind: string
  points: number
  detail?: string
  words?: string[]
}

/** The reasons of a match as the bars show them, greatest first. */
export const reasonsOf = (reasons: readonly MatchReason[]): Reason[] =>
  [...reasons]
    .sort((a, b) => b.points - a.points)
    .map((reason, i) => ({
      key: `${reason.kind}-${i}`,
      label: tMaybe(`match.kinds.${reason.kind}`, reason.kind),
      points: reason.points,
      detail: reason.detail ?? null,
      words: reason.words ?? [],
    }))

/** The reasons that say most, in one line: `内容相关、产业链`. */
export const topReasons = (reasons: readonly MatchReason[], n = 3): string =>
  reasonsOf(reasons).slice(0, n).map((reason) => reason.label).join('、') || t('match.why')
