import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** What happened to a person's things, and how they want to be told. The bell in the header counts the same messages. */
export default defineModule({
  name: 'inbox',
  routes: [
    { path: links.inbox, name: 'inbox', component: () => import('./InboxPage.vue'), meta: { ...meta, title: { 'zh-CN': '消息', en: 'Inbox' }, operations: ['listInbox'] } },
    { path: `${links.inbox}/preferences`, name: 'inboxPreferences', component: () => import('./PreferencesPage.vue'), meta: { ...meta, title: { 'zh-CN': '提醒方式', en: 'Notifications' }, operations: ['getSubscriptions'] } },
  ],
  menu: [{ label: { 'zh-CN': '消息', en: 'Inbox' }, to: links.inbox, group: 'todo', order: 10, icon: 'inbox', operations: ['listInbox'] }],
})
