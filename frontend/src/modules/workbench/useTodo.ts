import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useSession } from '@/access/session'
import { api, call } from '@/api/client'
import type { Demand, Engagement } from '@/api/paths'
import { links } from '@/app/links'
import { formatTime } from '@/ui'
import { byUrgency, dutiesOfBids, dutiesOfDealings, dutiesOfDemands, dutiesOfInvites, dutiesOfStanding, dutiesOfTasks, waitsOfBids, waitsOfDemands, type Duty, type Entry } from './todo'

/** So many pages of 200 are read at most; more than that is work for the list, not for this page. */
const pages = 5

async function all<T>(read: (cursor: string) => Promise<{ items: T[]; next: string }>): Promise<T[]> {
  const items: T[] = []
  let cursor = ''
  for (let page = 0; page < pages; page++) {
    const answer = await read(cursor)
    items.push(...answer.items)
    if (!answer.next) break
    cursor = answer.next
  }
  return items
}
const paging = (cursor: string) => ({ limit: 200, ...(cursor ? { cursor } : {}) })

/** Everything that waits for this person or that this person waits for, from all services, as far as the server lets them see. */
export function useTodo() {
  const session = useSession()
  const demands = useQuery({
    queryKey: ['my-demands', 'todo'],
    enabled: () => session.can('listMyDemands'),
    queryFn: () => all<Demand['Demand']>((cursor) => call(api.GET('/api/v1/my-demands', { params: { query: paging(cursor) } }))),
  })
  const bids = useQuery({
    queryKey: ['my-bids', 'todo'],
    enabled: () => session.can('listMyBids'),
    queryFn: () => all<Demand['Bid']>((cursor) => call(api.GET('/api/v1/my-bids', { params: { query: paging(cursor) } }))),
  })
  const pushes = useQuery({
    queryKey: ['my-pushes', 'todo'],
    enabled: () => session.can('placeBid'),
    queryFn: () => call(api.GET('/api/v1/my-pushes', { params: { query: { limit: 50 } } })),
  })
  const reviews = useQuery({
    queryKey: ['review', 'todo', 'demands'],
    enabled: () => session.can('listReviewDemands'),
    queryFn: () => call(api.GET('/api/v1/demand-reviews', { params: { query: { limit: 20 } } })),
  })
  const organisations = useQuery({
    queryKey: ['review', 'todo', 'organisations'],
    enabled: () => session.can('listOrganisations'),
    queryFn: () => call(api.GET('/api/v1/organisations', { params: { query: { state: 'submitted', limit: 20 } } })),
  })
  const invites = useQuery({
    queryKey: ['my-invites', 'todo'],
    enabled: () => session.can('listMyInvites'),
    queryFn: () => call(api.GET('/api/v1/my-invites', { params: { query: { limit: 100 } } })),
  })
  /** A firm may stand on either side; an operator sees one list whatever the side. */
  const tasks = useQuery({
    queryKey: ['tasks', 'todo'],
    enabled: () => session.can('listTasks'),
    queryFn: async () => {
      const sides = session.me?.staff ? (['winner'] as const) : (['winner', 'issuer'] as const)
      return (await Promise.all(sides.map((side) => call(api.GET('/api/v1/tasks', { params: { query: { side, limit: 100 } } }))))).flatMap((page) => page.items)
    },
  })
  const sides = (['client', 'provider'] as const).map((side) =>
    useQuery({
      queryKey: ['engagements', 'todo', side],
      enabled: () => session.can(side === 'client' ? 'createEnquiry' : 'getServiceDesk'),
      queryFn: () => all<Engagement['Engagement']>((cursor) => call(api.GET('/api/v1/engagements', { params: { query: { side, ...paging(cursor) } } }))),
    }),
  )
  const disputes = useQuery({
    queryKey: ['engagement-queue', 'todo'],
    enabled: () => session.can('listEngagementQueue'),
    queryFn: () => call(api.GET('/api/v1/engagement-queue', { params: { query: { queue: 'dispute', limit: 20 } } })),
  })
  const queries = [...sides, disputes, demands, bids, pushes, reviews, organisations, invites, tasks]

  const duties = computed(() => {
    const none = { left: undefined, overdue: false, note: undefined, count: undefined }
    const reviewing = (reviews.data.value?.items ?? []).map((d): Entry<Duty> => ({
      ...none, key: d.id, kind: 'reviewDemand', title: d.title, to: links.reviewDemand(d.id), due: d.reviewClock?.dueAt, left: d.reviewClock?.workingDaysLeft, overdue: d.reviewClock?.overdue ?? false, note: d.issuer.name,
    }))
    const verifying = (organisations.data.value?.items ?? []).map((o): Entry<Duty> => ({ ...none, key: o.id, kind: 'reviewOrganisation', title: o.name, to: links.reviewOrganisation(o.id), due: undefined, note: o.submittedAt ? formatTime(o.submittedAt) : undefined }))
    const standing = session.me ? dutiesOfStanding(session.me) : []
    return [...standing, ...byUrgency([...dutiesOfBids(bids.data.value ?? []), ...dutiesOfDealings([...sides.flatMap((side) => side.data.value ?? []), ...(disputes.data.value?.items ?? [])]), ...dutiesOfInvites(invites.data.value?.items ?? []), ...dutiesOfTasks(tasks.data.value ?? []), ...reviewing, ...dutiesOfDemands(demands.data.value ?? []), ...verifying])]
  })
  const waits = computed(() => byUrgency([...waitsOfDemands(demands.data.value ?? []), ...waitsOfBids(bids.data.value ?? [])]))

  /** Open demands pushed to the organisation on which it has no bid yet. */
  const fits = computed(() => {
    const taken = new Set((bids.data.value ?? []).map((bid) => bid.demandId))
    return (pushes.data.value?.items ?? []).filter((push) => push.state === 'published' && !taken.has(push.demandId)).sort((a, b) => b.score - a.score)
  })

  const failed = computed(() => queries.find((query) => query.isError.value)?.error.value)
  const loading = computed(() => queries.some((query) => query.isLoading.value))
  const refetch = (): void => queries.filter((query) => query.isError.value).forEach((query) => void query.refetch())
  /** Beyond what is listed here. */
  const reviewTotal = computed(() => ({ demands: reviews.data.value?.total, organisations: organisations.data.value?.total }))

  return { demands, bids, duties, waits, fits, failed, loading, refetch, reviewTotal }
}
