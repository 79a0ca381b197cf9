import { api, call } from '@/api/client'
import type { Search } from '@/api/paths'
import { tMaybe } from '@/app/i18n'
import { formatStamp } from '@/ui'
import { useText as t } from './locale'
import type { ListState } from './state'
import { searchQuery } from './useResults'

const limit = 500
const size = 100

/** Saves the list as CSV that a spreadsheet opens in Chinese (UTF-8 with a mark), 500 rows at most. */
export async function exportTable(state: ListState): Promise<void> {
  const hits: Search['Hit'][] = []
  for (let page = 1; hits.length < limit; page++) {
    const answer = await call(api.GET('/api/v1/search', { params: { query: searchQuery({ ...state, page }, size) } }))
    hits.push(...answer.hits)
    if (answer.hits.length < size) break
  }
  const names = ['title', 'org', 'type', 'state', 'district', 'budget', 'deadline', 'url'] as const
  const rows = [names.map((name) => t(`columns.${name}`)), ...hits.map(row)]
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(['\uFEFF', rows.map((cells) => cells.map(quote).join(',')).join('\r\n')], { type: 'text/csv;charset=utf-8' }))
  link.download = `${t('exportName')}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

const row = (hit: Search['Hit']): string[] => [
  hit.title.text,
  hit.orgName?.text ?? '',
  tMaybe(`enums.documentType.${hit.type}`, hit.type),
  hit.facts.state ? tMaybe(`states.${hit.type}.${hit.facts.state}`, hit.facts.state) : '',
  hit.facts.district ?? '',
  hit.facts.budgetFen === undefined ? '' : String(hit.facts.budgetFen / 100),
  hit.facts.deadline ? formatStamp(hit.facts.deadline) : '',
  location.origin + hit.url,
]

/** A cell: quoted, and never a formula to the spreadsheet that opens it. */
export function quote(cell: string): string {
  const harmless = /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell
  return `"${harmless.replaceAll('"', '""')}"`
}
