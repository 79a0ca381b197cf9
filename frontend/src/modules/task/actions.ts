import type { Demand } from '@/api/paths'
import { wanToFen } from '@/modules/demandwork/demandForm'

/**
 * Every step on a task as data: what it asks for and where it is sent. One dialog serves them all, so that a new step needs
 * no new page.
 */
export type FieldType = 'text' | 'area' | 'wan' | 'yuan' | 'day' | 'int' | 'file' | 'check' | 'choice' | 'milestones'

export interface AskedField {
  name: string
  type: FieldType
  required?: boolean
  /** Codes offered; their texts are `choices.<code>`. */
  choices?: readonly string[]
  initial?: (task: Demand['Task'], today: string) => string
}

export interface TaskActionSpec {
  path: string
  fields: readonly AskedField[]
  danger?: boolean
}

const reason: AskedField = { name: 'reason', type: 'area', required: true }
const grades = ['excellent', 'good', 'pass', 'fail'] as const
export const costCategories = ['labour', 'materials', 'equipment', 'design', 'testing', 'intangibles', 'outsourcing', 'other'] as const
export const cooperations = ['order', 'innovation', 'sharing', 'finance', 'empowerment', 'patent', 'other'] as const
const today = (_: Demand['Task'], day: string): string => day
const wan = (fen: number | undefined): string => (fen ? String(fen / 1_000_000) : '')

export const actions = {
  recordTaskContract: {
    path: 'contract',
    fields: [
      { name: 'number', type: 'text' },
      { name: 'amountFen', type: 'wan', required: true, initial: (k) => wan(k.proposal?.contract.amountFen ?? k.offerFen) },
      { name: 'signedOn', type: 'day', required: true, initial: today },
      { name: 'endsOn', type: 'day', required: true },
      { name: 'paymentDays', type: 'int' },
      { name: 'scope', type: 'area' },
      { name: 'fileId', type: 'file' },
      { name: 'milestones', type: 'milestones' },
    ],
  },
  confirmTaskContract: { path: 'contract/confirm', fields: [] },
  refuseTaskContract: { path: 'contract/refuse', fields: [reason] },
  addTaskMilestone: { path: 'milestones', fields: [{ name: 'name', type: 'text', required: true }, { name: 'dueOn', type: 'day', required: true }] },
  proposeTaskChange: { path: 'changes', fields: [{ name: 'amountFen', type: 'wan' }, { name: 'endsOn', type: 'day' }, { name: 'scope', type: 'area' }, reason] },
  deliverTask: { path: 'deliver', fields: [{ name: 'note', type: 'area', required: true }] },
  returnTaskDelivery: { path: 'return', fields: [reason] },
  acceptTask: { path: 'accept', fields: [{ name: 'score', type: 'int', required: true }, { name: 'grade', type: 'choice', choices: grades, required: true }, { name: 'comment', type: 'area', required: true }] },
  addTaskCost: {
    path: 'costs',
    fields: [
      { name: 'category', type: 'choice', choices: costCategories, required: true },
      { name: 'amountFen', type: 'yuan', required: true },
      { name: 'spentOn', type: 'day', required: true, initial: today },
      { name: 'note', type: 'text', required: true },
      { name: 'voucher', type: 'text' },
      { name: 'fileId', type: 'file' },
    ],
  },
  recordTaskPayment: { path: 'payments', fields: [{ name: 'amountFen', type: 'wan', required: true }, { name: 'paidOn', type: 'day', required: true, initial: today }, { name: 'note', type: 'text' }] },
  recordTaskOutcome: {
    path: 'outcome',
    fields: [
      { name: 'cooperation', type: 'choice', choices: cooperations, required: true, initial: (k) => k.cooperation },
      { name: 'orderFen', type: 'wan', initial: (k) => wan(k.outcome?.orderFen) },
      { name: 'patentsFiled', type: 'int', initial: (k) => String(k.outcome?.patentsFiled ?? 0) },
      { name: 'patentsGranted', type: 'int', initial: (k) => String(k.outcome?.patentsGranted ?? 0) },
      { name: 'supplierListed', type: 'check', initial: (k) => (k.outcome?.supplierListed ? '1' : '') },
      { name: 'note', type: 'area', initial: (k) => k.outcome?.note ?? '' },
    ],
  },
  rateTask: { path: 'ratings', fields: [{ name: 'stars', type: 'choice', choices: ['5', '4', '3', '2', '1'], required: true }, { name: 'text', type: 'area' }] },
  closeTask: { path: 'close', fields: [] },
  requestTaskTermination: { path: 'termination-requests', fields: [reason], danger: true },
  declineTaskTermination: { path: 'termination-requests/decline', fields: [reason] },
  terminateTask: { path: 'terminate', fields: [reason], danger: true },
  recordTaskProof: { path: 'proofs', fields: [{ name: 'code', type: 'text', required: true }, { name: 'status', type: 'text', required: true }, { name: 'fileId', type: 'file', required: true }] },
  judgeTaskProof: { path: 'proofs/judge', fields: [{ name: 'accepted', type: 'choice', choices: ['yes', 'no'], required: true }, { name: 'reason', type: 'area' }] },
  decideTaskReward: { path: 'reward', fields: [{ name: 'approved', type: 'choice', choices: ['yes', 'no'], required: true }, { name: 'amountFen', type: 'yuan' }, reason] },
} as const satisfies Record<string, TaskActionSpec>

export type TaskAction = keyof typeof actions

export const specOf = (action: TaskAction): TaskActionSpec => actions[action]

/** Whole fen from 元 with at most two decimals; undefined for anything else. */
export function yuanToFen(text: string): number | undefined {
  const match = /^\s*(\d{1,12})(?:\.(\d{1,2}))?\s*$/.exec(text.replaceAll(',', ''))
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : undefined
}

/** Lines such as `2027-03-01 样机` as milestones; what does not read so is left out. */
export const milestonesOf = (text: string): { name: string; dueOn: string }[] =>
  text.split('\n').flatMap((line) => {
    const match = /^\s*(\d{4}-\d{2}-\d{2})\s+(.+?)\s*$/.exec(line)
    return match ? [{ dueOn: match[1]!, name: match[2]! }] : []
  })

/** The body a step sends; what is left empty is left out. Names of fields that must be filled and are not come beside it. */
export function bodyOf(spec: TaskActionSpec, values: Record<string, string>): { body: Record<string, unknown>; missing: string[] } {
  const body: Record<string, unknown> = {}
  const missing: string[] = []
  for (const field of spec.fields) {
    const text = (values[field.name] ?? '').trim()
    if (field.type === 'check') body[field.name] = text !== ''
    else if (field.type === 'milestones') body[field.name] = milestonesOf(text)
    else if (text === '') {
      if (field.required) missing.push(field.name)
      else if (spec.path === 'outcome' && field.name !== 'note') body[field.name] = 0
    } else if (field.type === 'wan' || field.type === 'yuan') {
      const fen = field.type === 'wan' ? wanToFen(text) : yuanToFen(text)
      if (fen === undefined) missing.push(field.name)
      else body[field.name] = fen
    } else if (field.type === 'int' || field.name === 'stars') {
      if (/^\d{1,5}$/.test(text)) body[field.name] = Number(text)
      else missing.push(field.name)
    } else if (field.choices?.includes('yes')) body[field.name] = text === 'yes'
    else body[field.name] = text
  }
  return { body, missing }
}
