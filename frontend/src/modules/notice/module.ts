import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** Public notices and announcements, read by anyone; objections, filed by anyone and handled by the authority. */
export default defineModule({
  name: 'notice',
  routes: [
    { path: '/notices', name: 'notices', component: () => import('./NoticesPage.vue'), meta: { title: { 'zh-CN': '公示公告', en: 'Public notices' } } },
    { path: '/notices/:id', name: 'notice', component: () => import('./NoticePage.vue'), props: true, meta: { title: { 'zh-CN': '公示', en: 'Notice' } } },
    { path: '/notices/:id/objection', name: 'objectTo', component: () => import('./ObjectPage.vue'), props: true, meta: { title: { 'zh-CN': '提出异议', en: 'Object' } } },
    { path: '/objections', name: 'objectionQuery', component: () => import('./ObjectionQueryPage.vue'), meta: { title: { 'zh-CN': '异议查询', en: 'Follow an objection' } } },
    { path: '/work/review/objections', name: 'reviewObjections', component: () => import('./ObjectionDeskPage.vue'), meta: { title: { 'zh-CN': '异议办理', en: 'Objections' }, signedIn: true, operations: ['acceptObjection'], layout: 'workbench' } },
  ],
  menu: [{ label: { 'zh-CN': '异议办理', en: 'Objections' }, to: links.reviewObjections, group: 'govern', order: 25, icon: 'scale', operations: ['acceptObjection'] }],
})
