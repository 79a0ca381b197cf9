import type { Achievement } from '@/api/paths'
import { usable } from '@/modules/achievement/useAchievement'
import { emptyForm, type DemandForm } from './demandForm'
import { useText as t } from './locale'

/** A demand that starts from an achievement that almost fits (订单式研发): research, directed to its university, ready to be made one's own. */
export function counterDemand(one: Achievement['Achievement']): DemandForm {
  const p = one.profile
  return {
    ...emptyForm(),
    kind: 'rnd', mode: 'directed', achievementId: one.id, audienceOrgIds: [one.orgId],
    title: t('counter.title', { name: p.name }).slice(0, 128), chain: p.chain ?? '', industryCode: p.industryCode ?? '',
    background: t('counter.background', { org: one.orgName, name: p.name, trl: p.trl ?? 0, problem: p.problem ?? '' }).slice(0, 5000),
    requiredTrl: String(Math.max(usable, p.trl ?? 0)),
    cooperationWays: p.ways?.includes('joint') ? ['commissioned', 'joint'] : ['commissioned'],
  }
}
