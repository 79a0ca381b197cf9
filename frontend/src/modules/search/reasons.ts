import { locale, t, tMaybe } from '@/app/i18n'
import type { Reason } from '@/ui/ReasonBars.vue'

export interface MatchReason {
  kind: string
  points: number
  detail?: string
  words?: string[]
}

/** Puts names in the reader's language for the codes and the names of the city's lists. */
type Named = (text: string) => string

/**
 * A reason's sentence. The server writes it in Chinese; in another language it is said anew from its kind and what it rests on: the
 * names, or the figures in the order they stand in the sentence.
 */
export function namesIn(reason: { kind: string; detail?: string; words?: string[] }, named: Named): string {
  const detail = reason.detail ? named(reason.detail) : ''
  if (locale() === 'zh-CN' || !detail) return detail
  const figures = reason.detail!.match(/\d+(\.\d+)?/g) ?? []
  const said = tMaybe(`match.says.${reason.kind}${figures.length || ''}`, tMaybe(`match.says.${reason.kind}`), {
    names: (reason.words ?? []).map(named).join(', '), a: figures[0] ?? '', b: figures[1] ?? '', c: figures[2] ?? '',
  })
  return said || detail
}

/** What would change a match, in words: the server's Chinese, else by its kind and the name in it. */
export function changeText(change: { kind: string; detail?: string }, named: Named): string {
  const detail = change.detail ? named(change.detail) : ''
  if (locale() === 'zh-CN') return detail
  const name = /：(.+)$|在(.+)设有|“(.+)”/.exec(change.detail ?? '')
  return tMaybe(`match.would.${change.kind}`, detail, { name: named(name?.slice(1).find(Boolean) ?? '') })
}

/** The reasons of a match as the bars show them, greatest first. */
export const reasonsOf = (reasons: readonly MatchReason[], named: Named = (text) => text): Reason[] =>
  [...reasons]
    .sort((a, b) => b.points - a.points)
    .map((reason, i) => ({
      key: `${reason.kind}-${i}`,
      label: tMaybe(`match.kinds.${reason.kind}`, reason.kind),
      points: reason.points,
      // The words that matched are shown as such; a sentence that lists them again would only repeat them.
      detail: reason.kind === 'text' && reason.words?.length ? null : namesIn(reason, named) || null,
      // The words of a stated fact are already in its sentence.
      words: reason.kind === 'text' ? (reason.words ?? []) : [],
    }))

/** The reasons that say most, in one line: `内容相关、产业链`. */
export const topReasons = (reasons: readonly MatchReason[], n = 3): string =>
  reasonsOf(reasons).slice(0, n).map((reason) => reason.label).join(t('match.and'))
