import type { Achievement } from '@/api/paths'
import { fenOf, rowsOf, type Way } from './useAchievement'

type Input = Achievement['AchievementInput']
type IP = Achievement['AchievementIP']

const kinds: Record<string, IP['kind']> = { 发明专利: 'invention', 实用新型: 'utility', 外观设计: 'design', 软件著作权: 'software', 植物新品种: 'variety', 集成电路布图: 'layout', 技术秘密: 'secret' }
const statuses: Record<string, IP['status']> = { 已授权: 'granted', 已公开: 'published', 已申请: 'applied', 拟申请: 'planned', 不申请: 'none' }
const nameOf = (words: Record<string, string>, value: string): string => Object.keys(words).find((key) => words[key] === value) ?? value

/** The editor's fields as typed: lists are lines, money is 万元. */
export interface ProfileForm {
  name: string
  department: string
  field: string
  industryCode: string
  chain: string
  trl: number
  trlEvidence: string
  novelty: string
  ways: Way[]
  summary: string
  problem: string
  audience: string
  advantage: string
  economics: string
  prospects: string
  needs: string
  cases: string
  team: string
  ip: string
  video: string
  price: string
  negotiable: boolean
  openFee: string
  openRoyalty: string
  openMonths: string
  openScope: string
  contactName: string
  contactPhone: string
  contactEmail: string
  sourceList: string
  sourceIssue: string
}

const wan = (fen?: number): string => (fen ? String(fen / 1_000_000) : '')
const lines = (rows: (string | undefined)[][]): string => rows.map((row) => row.filter((part) => part !== undefined && part !== '').join(' | ')).join('\n')

/** The form of what the server holds. */
export function formOf(p: Partial<Input>): ProfileForm {
  return {
    name: p.name ?? '', department: p.department ?? '', field: p.field ?? '', industryCode: p.industryCode ?? '', chain: p.chain ?? '', trl: p.trl ?? 0, trlEvidence: p.trlEvidence ?? '', novelty: p.novelty ?? '', ways: [...(p.ways ?? [])],
    summary: p.summary ?? '', problem: p.problem ?? '', audience: p.audience ?? '', advantage: p.advantage ?? '', prospects: p.prospects ?? '', needs: p.needs ?? '', video: p.video ?? '',
    economics: lines((p.economics ?? []).map((r) => [r.item, r.present, r.ours])), cases: lines((p.cases ?? []).map((c) => [c.title, c.result])), team: lines((p.team ?? []).map((m) => [m.role, m.about])),
    ip: lines((p.ip ?? []).map((r) => [nameOf(kinds, r.kind), r.number, nameOf(statuses, r.status)])),
    price: wan(p.priceFen), negotiable: p.priceNegotiable ?? false, openFee: wan(p.openTerms?.upfrontFen), openRoyalty: p.openTerms?.royaltyBp ? String(p.openTerms.royaltyBp / 100) : '', openMonths: p.openTerms?.months ? String(p.openTerms.months) : '', openScope: p.openTerms?.scope ?? '',
    contactName: p.contact?.name ?? '', contactPhone: p.contact?.phone ?? '', contactEmail: p.contact?.email ?? '', sourceList: p.sourceList ?? '', sourceIssue: p.sourceIssue ?? '',
  }
}

/** What the server takes. Texts that are empty are left out. */
export function inputOf(f: ProfileForm): Input {
  const texts = Object.fromEntries((['department', 'field', 'industryCode', 'chain', 'trlEvidence', 'novelty', 'summary', 'problem', 'audience', 'advantage', 'prospects', 'needs', 'video', 'sourceList', 'sourceIssue'] as const).filter((key) => f[key].trim()).map((key) => [key, f[key].trim()]))
  const price = fenOf(f.price)
  const open = f.ways.includes('open_licence') || [f.openFee, f.openRoyalty, f.openMonths, f.openScope].some(Boolean)
  const fee = fenOf(f.openFee)
  return {
    name: f.name, ...texts, trl: f.trl, ways: f.ways, priceNegotiable: f.negotiable, ...(price && !f.negotiable ? { priceFen: price } : {}),
    economics: rowsOf(f.economics).filter((r) => r.length >= 3).map(([item, present, ours]) => ({ item: item!, present: present!, ours: ours! })),
    cases: rowsOf(f.cases).map(([title, ...rest]) => ({ title: title!, ...(rest.length ? { result: rest.join(' ') } : {}) })),
    team: rowsOf(f.team).map(([role, ...rest]) => ({ role: role!, ...(rest.length ? { about: rest.join(' ') } : {}) })),
    ip: rowsOf(f.ip).map((row) => ({ kind: kinds[row[0]!] ?? 'other', status: statuses[row.at(-1)!] ?? 'applied', ...(row.length > 2 && row[1] ? { number: row[1] } : {}) })),
    ...(open ? { openTerms: { ...(fee ? { upfrontFen: fee } : {}), ...(Number(f.openRoyalty) ? { royaltyBp: Math.round(Number(f.openRoyalty) * 100) } : {}), ...(Number(f.openMonths) ? { months: Number(f.openMonths) } : {}), ...(f.openScope ? { scope: f.openScope } : {}) } } : {}),
    ...(f.contactName || f.contactPhone || f.contactEmail ? { contact: { name: f.contactName, phone: f.contactPhone, ...(f.contactEmail ? { email: f.contactEmail } : {}) } } : {}),
  }
}
