import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, call } from '@/api/client'
import type { Demand } from '@/api/paths'
import { links } from '@/app/links'
import type { Stateful } from '@/ui/states'

export type AuditEntry = Demand['AuditEntry']
export const logs = ['demand', 'provider', 'engagement', 'achievement', 'capability', 'notice', 'account', 'search'] as const
export type Log = (typeof logs)[number]

const aggregates: Record<string, Stateful> = { demands: 'demand', bids: 'bid', tasks: 'task', organisations: 'organisation', capabilities: 'capability', members: 'membership', offerings: 'offering', engagements: 'engagement', achievements: 'achievement', deals: 'achievementDeal', notices: 'notice', objections: 'objection' }

/** What kind of thing with states an entry is about; none for people and settings. */
export const aggregateOf = (entry: Pick<AuditEntry, 'collection'>): Stateful | undefined => aggregates[entry.collection]

/** The page of what was decided on; a bid's is its demand's. */
export function subjectPage(entry: Pick<AuditEntry, 'collection' | 'subject'>): string | undefined {
  if (entry.collection === 'demands' || entry.collection === 'bids') return links.demand(entry.subject.split(':')[0]!)
  if (entry.collection === 'members') return links.reviewAdmission(entry.subject)
  if (entry.collection === 'engagements') return links.engagement(entry.subject)
  if (entry.collection === 'achievements') return links.achievement(entry.subject)
  if (entry.collection === 'capabilities') return links.capability(entry.subject)
  return entry.collection === 'organisations' ? links.organisation(entry.subject) : undefined
}

/** One of the logs, newest first, under the subject in the address, with the names of the authority's own people. */
export function useAudit(): {
  log: Ref<Log>; subject: Ref<string>; choose: (change: { log?: Log; subject?: string }) => void
  query: ReturnType<typeof useInfiniteQuery<{ items: AuditEntry[]; next: string }>>; entries: Ref<(AuditEntry & { id: string })[]>; names: Ref<Map<string, string>>
} {
  const route = useRoute()
  const router = useRouter()
  const log = computed<Log>(() => logs.find((name) => name === route.query.log) ?? 'demand')
  const subject = computed(() => (typeof route.query.subject === 'string' ? route.query.subject : ''))
  const query = useInfiniteQuery<{ items: AuditEntry[]; next: string }>({
    queryKey: ['audit', log, subject],
    queryFn: ({ pageParam }) => {
      const params = { query: { limit: 50, ...(subject.value ? { subject: subject.value } : {}), ...(pageParam ? { cursor: pageParam as string } : {}) } }
      if (log.value === 'provider') return call(api.GET('/api/v1/provider-audit', { params }))
      if (log.value === 'engagement') return call(api.GET('/api/v1/engagement-audit', { params }))
      if (log.value === 'achievement') return call(api.GET('/api/v1/achievement-audit', { params }))
      if (log.value === 'notice') return call(api.GET('/api/v1/notice-audit', { params }))
      if (log.value === 'capability') return call(api.GET('/api/v1/capability-audit', { params }))
      if (log.value === 'search') return call(api.GET('/api/v1/search-audit', { params }))
      return log.value === 'demand' ? call(api.GET('/api/v1/demand-audit', { params })) : call(api.GET('/api/v1/account-audit', { params }))
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })
  const staff = useQuery({ queryKey: ['staff'], queryFn: () => call(api.GET('/api/v1/staff')) })
  const names = computed(() => new Map((staff.data.value?.items ?? []).map((person) => [person.userId, person.name])))
  const entries = computed(() => (query.data.value?.pages ?? []).flatMap((page) => page.items).map((entry) => ({ ...entry, id: String(entry.seq) })))
  function choose(change: { log?: Log; subject?: string }): void {
    const next = { log: change.log ?? log.value, subject: (change.subject ?? (change.log ? '' : subject.value)).trim() }
    void router.replace({ query: { ...(next.log === 'demand' ? {} : { log: next.log }), ...(next.subject ? { subject: next.subject } : {}) } })
  }
  return { log, subject, choose, query, entries, names }
}
