import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** What firms can supply: the public pages of an item and of a firm's whole list, and the firm's own desk. */
export default defineModule({
  name: 'capability',
  routes: [
    { path: '/capabilities', name: 'capabilities', component: () => import('@/modules/search/SearchPage.vue'), props: { only: 'capability' }, meta: { title: { 'zh-CN': '找配套', en: 'Suppliers' } } },
    { path: '/capabilities/of/:orgId', name: 'capabilityList', component: () => import('./FirmPage.vue'), props: true, meta: { title: { 'zh-CN': '配套能力清单', en: 'Capabilities' } } },
    { path: '/capabilities/:id', name: 'capability', component: () => import('./CapabilityPage.vue'), props: true, meta: { title: { 'zh-CN': '配套能力', en: 'Capability' } } },
    { path: links.myCapabilities, name: 'myCapabilities', component: () => import('./MyListPage.vue'), meta: { ...meta, title: { 'zh-CN': '配套能力', en: 'Capabilities' }, operations: ['listMyCapabilities'] } },
    { path: links.newCapability, name: 'newCapability', component: () => import('./EditorPage.vue'), meta: { ...meta, title: { 'zh-CN': '新建配套能力', en: 'New capability' }, operations: ['createCapability'] } },
    { path: '/work/capabilities/:id', name: 'editCapability', component: () => import('./EditorPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '修改配套能力', en: 'Edit capability' }, operations: ['editCapability'] } },
  ],
  menu: [{ label: { 'zh-CN': '配套能力', en: 'Capabilities' }, to: links.myCapabilities, group: 'bid', order: 40, icon: 'star', operations: ['createCapability'] }],
})
