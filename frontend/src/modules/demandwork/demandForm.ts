import type { Demand } from '@/api/paths'
import { emptyRule, type RuleForm, ruleForm, ruleInput } from '@/modules/audience/audience'
import type { RailStep } from '@/ui/FormRail.vue'

type Input = Demand['DemandInput']

/** What the editor holds: the input with every field there, texts as typed. */
export interface DemandForm {
  title: string
  kind: Demand['DemandKind']
  mode: Demand['AwardMode']
  itemNumber: string
  listName: string
  nationalCode: string
  industryCode: string
  chain: string
  district: string
  brief: string
  background: string
  difficulty: string
  content: string
  /** One per line. */
  targets: string
  /** In 万元, as typed. */
  budget: string
  budgetNegotiable: boolean
  timeLimitMonths: string
  /** The achievement a counter-demand starts from; empty for none. */
  achievementId: string
  /** Level of readiness wanted; empty where the author does not say. */
  requiredTrl: string
  cooperationWays: Demand['CooperationWay'][]
  ipTerms: string
  bidConditions: string
  criteria: Demand['Criterion'][]
  maxWinners: number
  demandPublic: boolean
  issuerPublic: boolean
  /** Offered for the operator's periodic catalogue. */
  catalogue: boolean
  audienceOrgIds: string[]
  audienceRule: RuleForm
  /** What the author has in mind, as an instant; publishing sets the real one. */
  plannedDeadline: string
  contact: { name: string; phone: string; email: string }
  /** Closed until the deadline; undefined leaves it to kind and mode. */
  sealed: boolean | undefined
  unit: string
  quantity: string
  paymentDays: string
  backToBack: boolean
  trialDays: string
  serviceCategory: string
}

/** What only some kinds ask for; a form shows its kind's fields and no others. */
const askedBy = {
  difficulty: ['rnd'], content: ['rnd', 'scenario', 'project'], targets: ['rnd', 'supply', 'scenario'], timeLimitMonths: ['rnd'], requiredTrl: ['rnd', 'scenario', 'project'], cooperationWays: ['rnd', 'project'],
  ipTerms: ['rnd', 'scenario', 'project'], maxWinners: ['rnd'], criteria: ['rnd'], quantity: ['supply'], payment: ['supply', 'service'], trialDays: ['scenario'],
  serviceCategory: ['service'], sealed: ['rnd', 'supply', 'service'], chain: ['rnd', 'supply', 'scenario', 'project'],
} as const
export const asks = (kind: Demand['DemandKind'], field: keyof typeof askedBy): boolean => (askedBy[field] as readonly string[]).includes(kind)

/** How a kind may be awarded. */
export const modesOf = (kind: Demand['DemandKind']): Demand['AwardMode'][] => (kind === 'rnd' ? ['open', 'directed', 'consortium'] : ['open', 'directed'])

export const emptyForm = (): DemandForm => ({
  title: '', kind: 'rnd', mode: 'open', itemNumber: '', listName: '', nationalCode: '', industryCode: '', chain: '', district: '', brief: '', background: '', difficulty: '',
  content: '', targets: '', budget: '', budgetNegotiable: false, timeLimitMonths: '', requiredTrl: '', achievementId: '', cooperationWays: [], ipTerms: '', bidConditions: '', criteria: [], maxWinners: 1,
  demandPublic: true, issuerPublic: true, catalogue: false, audienceOrgIds: [], audienceRule: emptyRule(), plannedDeadline: '', contact: { name: '', phone: '', email: '' },
  sealed: undefined, unit: '', quantity: '', paymentDays: '', backToBack: false, trialDays: '', serviceCategory: '',
})

/** The form of a demand that is there. */
export function formOf(d: Demand['Demand']): DemandForm {
  return {
    ...emptyForm(),
    title: d.title, kind: d.kind, mode: d.mode, itemNumber: d.itemNumber ?? '', listName: d.listName ?? '', nationalCode: d.nationalCode ?? '', industryCode: d.industryCode ?? '',
    chain: d.chain ?? '', district: d.district ?? '', brief: d.brief ?? '', background: d.background ?? '', difficulty: d.difficulty ?? '', content: d.content ?? '',
    targets: (d.targets ?? []).join('\n'), budget: d.budgetFen === undefined ? '' : fenToWan(d.budgetFen), budgetNegotiable: d.budgetNegotiable ?? false,
    timeLimitMonths: d.timeLimitMonths ? String(d.timeLimitMonths) : '', requiredTrl: d.requiredTrl ? String(d.requiredTrl) : '', achievementId: d.achievement?.id ?? '', cooperationWays: [...(d.cooperationWays ?? [])], ipTerms: d.ipTerms ?? '', bidConditions: d.bidConditions ?? '',
    criteria: (d.criteria ?? []).map((c) => ({ ...c })), maxWinners: d.maxWinners, demandPublic: d.demandPublic, issuerPublic: d.issuerPublic ?? true, catalogue: d.catalogue ?? false,
    audienceOrgIds: [...(d.audienceOrgIds ?? [])], audienceRule: ruleForm(d.audienceRule), plannedDeadline: d.plannedDeadline ?? '', contact: { name: d.contact?.name ?? '', phone: d.contact?.phone ?? '', email: d.contact?.email ?? '' },
    sealed: d.sealed, unit: d.unit ?? '', quantity: d.quantity ? String(d.quantity) : '', paymentDays: d.payment?.days ? String(d.payment.days) : '', backToBack: d.payment?.backToBack ?? false,
    trialDays: d.trialDays ? String(d.trialDays) : '', serviceCategory: d.serviceCategory ?? '',
  }
}

/** 120.5 万元 → 120500000 fen; undefined for what is no amount. Exact to the fen, never through a float. */
export function wanToFen(text: string): number | undefined {
  const clean = text.replace(/[,，\s]/g, '')
  const parts = /^(\d{1,8})(?:\.(\d{1,6}))?$/.exec(clean)
  if (!parts) return undefined
  return Number(parts[1]) * 1_000_000 + Number((parts[2] ?? '').padEnd(6, '0'))
}

export function fenToWan(fen: number): string {
  const rest = String(fen % 1_000_000).padStart(6, '0').replace(/0+$/, '')
  return String(Math.floor(fen / 1_000_000)) + (rest ? `.${rest}` : '')
}

const filled = <T extends Record<string, unknown>>(all: T): Partial<T> =>
  Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0))) as Partial<T>

/** For an audience: neither public nor directed at invited ones. */
export const targeted = (d: { demandPublic: boolean; mode: Demand['AwardMode'] }): boolean => !d.demandPublic && d.mode !== 'directed'

/** What is sent; empty fields are left out. */
export function inputOf(form: DemandForm): Input {
  const months = Number.parseInt(form.timeLimitMonths, 10)
  const count = (text: string): number | undefined => (/^\d{1,12}$/.test(text.trim()) ? Number(text.trim()) : undefined)
  const only = <T>(field: keyof typeof askedBy, value: T): T | undefined => (asks(form.kind, field) ? value : undefined)
  return {
    ...filled({
      mode: form.mode, achievementId: form.achievementId, itemNumber: form.itemNumber.trim(), listName: form.listName.trim(), nationalCode: form.nationalCode.trim(), industryCode: form.industryCode, chain: form.chain,
      district: form.district, plannedDeadline: form.plannedDeadline, brief: form.brief.trim(), background: form.background.trim(), difficulty: only('difficulty', form.difficulty.trim()), content: only('content', form.content.trim()),
      targets: only('targets', form.targets.split('\n').map((line) => line.trim()).filter(Boolean)), budgetFen: form.budgetNegotiable ? undefined : wanToFen(form.budget),
      timeLimitMonths: only('timeLimitMonths', Number.isFinite(months) ? months : undefined), requiredTrl: only('requiredTrl', count(form.requiredTrl)), cooperationWays: only('cooperationWays', form.cooperationWays), ipTerms: only('ipTerms', form.ipTerms.trim()), bidConditions: form.bidConditions.trim(),
      criteria: only('criteria', form.criteria), audienceOrgIds: form.demandPublic && form.mode !== 'directed' ? [] : form.audienceOrgIds, maxWinners: only('maxWinners', form.maxWinners),
      audienceRule: targeted(form) ? ruleInput(form.audienceRule) : undefined,
      sealed: only('sealed', form.sealed), unit: only('quantity', form.unit.trim()), quantity: only('quantity', count(form.quantity)), trialDays: only('trialDays', count(form.trialDays)),
      serviceCategory: only('serviceCategory', form.serviceCategory), payment: only('payment', filled({ days: count(form.paymentDays), backToBack: form.backToBack || undefined })),
    }),
    title: form.title.trim(), kind: form.kind, budgetNegotiable: form.budgetNegotiable, demandPublic: form.demandPublic, issuerPublic: form.issuerPublic, catalogue: form.catalogue,
    contact: filled(form.contact),
  } as Input
}

/** What is sent to change a published demand: what its form does not ask for stays as it was published. */
export function changedInput(form: DemandForm, published: Demand['Demand']): Input {
  const input: Input = inputOf(form)
  const unasked = (Object.keys(askedBy) as (keyof typeof askedBy)[]).filter((field) => !asks(form.kind, field) && field !== 'criteria' && field !== 'sealed' && field !== 'maxWinners')
  const kept = filled(Object.fromEntries(unasked.flatMap((field) => (field === 'quantity' ? ['quantity', 'unit'] as const : [field] as const)).map((field) => [field, published[field]])))
  return { ...input, ...kept, ...(input.payment ? { payment: { ...published.payment, ...input.payment } } : {}) }
}

/** Which fields stand in which section of the editor, for the rail and the summary of what is missing. */
export const sections = {
  basics: ['title', 'kind', 'mode', 'industryCode', 'chain', 'district', 'brief', 'itemNumber', 'listName', 'nationalCode'],
  story: ['background', 'difficulty', 'content', 'targets'],
  terms: ['budgetFen', 'budget', 'timeLimitMonths', 'requiredTrl', 'cooperationWays', 'ipTerms', 'bidConditions', 'maxWinners', 'unit', 'quantity', 'payment', 'trialDays', 'serviceCategory', 'sealed'],
  criteria: ['criteria'],
  visibility: ['demandPublic', 'issuerPublic', 'audienceOrgIds', 'audienceRule', 'contact'],
} as const
export type Section = keyof typeof sections

const root = (path: string): string => path.split(/[.[]/)[0] ?? path

/** How far a section is: wrong where the server found a problem, done when its fields are filled. */
export function sectionState(section: Section, form: DemandForm, problems: readonly { path: string; code: string }[]): RailStep['state'] {
  const own = problems.filter((p) => (sections[section] as readonly string[]).includes(root(p.path)))
  if (own.some((p) => p.code !== 'required')) return 'wrong'
  const begun: Record<Section, boolean> = {
    basics: form.title !== '', story: form.background + form.difficulty + form.targets !== '', terms: form.budget !== '' || form.budgetNegotiable || form.timeLimitMonths + form.quantity + form.trialDays + form.serviceCategory !== '',
    criteria: true, visibility: form.contact.name + form.contact.phone !== '',
  }
  if (!begun[section]) return 'empty'
  return own.length ? 'part' : 'done'
}

/** The sum of the criteria's weights; 100 or no criteria at all is right. */
export const weightSum = (criteria: readonly { weight: number }[]): number => criteria.reduce((sum, c) => sum + (Number(c.weight) || 0), 0)
