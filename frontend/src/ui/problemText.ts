import { asProblem, type FieldProblem } from '@/api/problem'
import { t, tMaybe } from '@/app/i18n'

/** A Problem in the reader's words: by its code, else by its kind of status; never the server's internals. */
export function problemText(error: unknown): string {
  const problem = asProblem(error)
  const byCode = tMaybe(`problems.${problem.code}`)
  if (byCode) return byCode
  if (problem.status === 403) return t('problems.forbidden')
  if (problem.status === 404) return t('problems.not_found')
  if (problem.status === 412) return t('problems.stale')
  if (problem.status === 429) return t('problems.too_many_requests')
  if (problem.status >= 500) return t('problems.internal')
  return problem.detail || t('problems.unexpected')
}

/** One field's message. */
export const fieldText = (field: FieldProblem): string => tMaybe(`fields.${field.code}`, field.detail || field.code)

/** The messages of a refused form by field path, for showing at the field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!error) return {}
  return Object.fromEntries(asProblem(error).fields.map((field) => [field.path.replace(/^\$?\.?\/?(body[./])?/, ''), fieldText(field)]))
}
