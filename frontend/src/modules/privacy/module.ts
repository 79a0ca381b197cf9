import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const work = { signedIn: true, layout: 'workbench' } as const

/** What a person may know and decide of its own data, and getting a lost account back. */
export default defineModule({
  name: 'privacy',
  routes: [
    { path: links.contactLooks, name: 'contactLooks', component: () => import('./LooksPage.vue'), meta: { ...work, title: { 'zh-CN': '谁看过我的联系方式', en: 'Who saw my contacts' }, operations: ['listContactLooks'] } },
    { path: links.myData, name: 'myData', component: () => import('./MyDataPage.vue'), meta: { ...work, title: { 'zh-CN': '我的个人信息', en: 'My personal data' } } },
    { path: links.reviewRecoveries, name: 'reviewRecoveries', component: () => import('./RecoveriesPage.vue'), meta: { ...work, title: { 'zh-CN': '账号找回', en: 'Account recovery' }, operations: ['openRecovery'] } },
    { path: links.reviewErasures, name: 'reviewErasures', component: () => import('./ErasuresPage.vue'), meta: { ...work, title: { 'zh-CN': '个人信息删除', en: 'Erasures' }, operations: ['listErasures'] } },
    { path: '/erasures', name: 'erasure', component: () => import('./ErasurePage.vue'), meta: { title: { 'zh-CN': '个人信息删除进度', en: 'Erasure of personal data' } } },
  ],
  menu: [
    { label: { 'zh-CN': '谁看过联系方式', en: 'Who saw my contacts' }, to: links.contactLooks, group: 'organisation', order: 25, icon: 'people', operations: ['listContactLooks'] },
    { label: { 'zh-CN': '账号找回', en: 'Account recovery' }, to: links.reviewRecoveries, group: 'govern', order: 24, icon: 'user', operations: ['openRecovery'] },
    { label: { 'zh-CN': '个人信息删除', en: 'Erasures' }, to: links.reviewErasures, group: 'govern', order: 26, icon: 'lock', operations: ['listErasures'] },
  ],
})
