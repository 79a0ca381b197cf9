import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, call } from '@/api/client'
import type { Notify } from '@/api/paths'
import { locale } from '@/app/i18n'
import { toastError } from '@/ui'

type Page = Notify['MessagePage']
export const topics: Notify['Topic'][] = ['match', 'demand', 'bid', 'award', 'achievement', 'engagement', 'organisation', 'review']

/** The inbox under the filters of the address, and marking as read. What is marked stays in place until the list is read anew. */
export function useInbox() {
  const route = useRoute()
  const router = useRouter()
  const client = useQueryClient()
  const topic = computed(() => topics.find((name) => name === route.query.topic))
  const unreadOnly = computed(() => route.query.unread === '1')

  const query = useInfiniteQuery({
    queryKey: ['inbox', 'list', topic, unreadOnly, () => locale()],
    queryFn: ({ pageParam }) =>
      call(api.GET('/api/v1/inbox', {
        params: { query: { limit: 30, lang: locale(), unread: unreadOnly.value, ...(topic.value ? { topic: topic.value } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
      })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })
  const messages = computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const unread = computed(() => query.data.value?.pages.at(-1)?.unread ?? 0)

  function choose(change: { topic?: string | undefined; unread?: boolean }): void {
    const next = { topic: 'topic' in change ? change.topic : topic.value, unread: (change.unread ?? unreadOnly.value) ? '1' : undefined }
    void router.replace({ query: Object.fromEntries(Object.entries(next).filter(([, value]) => value)) })
  }

  /** Shows at once what the server has confirmed: in every list that is loaded, and in the bell. */
  function marked(count: Notify['UnreadCount'], is: (message: Notify['Message']) => boolean): void {
    client.setQueryData(['inbox', 'unread'], count)
    client.setQueriesData<InfiniteData<Page, string>>({ queryKey: ['inbox', 'list'] }, (data) =>
      data && { ...data, pages: data.pages.map((page) => ({ ...page, unread: count.unread, items: page.items.map((message) => (is(message) ? { ...message, read: true } : message)) })) })
  }

  async function read(message: Notify['Message']): Promise<void> {
    if (message.read) return
    try {
      marked(await call(api.POST('/api/v1/inbox/{messageId}/read', { params: { path: { messageId: message.id } } })), (m) => m.id === message.id)
    } catch (error) {
      toastError(error)
    }
  }

  /** Everything up to the newest message on the screen; one that arrives meanwhile stays unread. False when it failed. */
  async function readAll(): Promise<boolean> {
    try {
      const newest = topic.value || unreadOnly.value ? undefined : messages.value[0]
      marked(await call(api.POST('/api/v1/inbox/read-all', { body: newest ? { upTo: newest.id } : {} })), () => true)
      return true
    } catch (error) {
      toastError(error)
      return false
    }
  }

  return { query, messages, unread, topic, unreadOnly, choose, read, readAll }
}
