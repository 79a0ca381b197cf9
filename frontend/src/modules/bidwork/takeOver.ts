import type { Achievement } from '@/api/paths'
import { tMaybe } from '@/app/i18n'
import { readiness } from '@/modules/achievement/readiness'
import { fenToWan } from '@/modules/demandwork/demandForm'
import type { BidForm } from './bidForm'
import { useText as t } from './locale'

const lines = (parts: (string | undefined | false)[], max: number): string => parts.filter(Boolean).join('\n').slice(0, max)

/** What an offer has not said yet, taken from the achievement it builds on: capability with readiness and rights, plan, team, price, way. */
export function takeOver(form: BidForm, p: Achievement['AchievementInput']): BidForm {
  const rights = (p.ip ?? []).map((r) => [tMaybe(`achievement.ip.${r.kind}`, r.kind), r.number, tMaybe(`achievement.ipStatus.${r.status}`, r.status)].filter(Boolean).join(' '))
  const way = (['joint', 'commissioned'] as const).find((w) => p.ways?.includes(w)) ?? 'commissioned'
  const a = form.application
  return {
    ...form,
    application: {
      ...a,
      title: a.title || p.name.slice(0, 64),
      capability: a.capability || lines([`${t('attach.builtOn')}${p.name}`, p.trl ? `${t('attach.readiness')}${readiness(p.trl)}${p.trlEvidence ? `：${p.trlEvidence}` : ''}` : '', rights.length > 0 && `${t('attach.rights')}${rights.join('；')}`, p.summary], 5000),
      plan: a.plan || lines([p.problem, p.advantage, p.needs], 10_000),
      team: a.team || lines((p.team ?? []).map((m) => [m.role, m.about].filter(Boolean).join('：')), 3000),
      price: a.price || (p.priceFen ? fenToWan(p.priceFen) : ''),
      cooperationWay: a.cooperationWay || way,
    },
    trial: { ...form.trial, product: form.trial.product || p.name.slice(0, 200), maturity: form.trial.maturity || (p.trl ? readiness(p.trl) : '') },
    interest: { ...form.interest, intent: form.interest.intent || lines([`${t('attach.builtOn')}${p.name}`, p.summary], 2000) },
  }
}
