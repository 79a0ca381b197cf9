import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The periodic catalogues: read by anyone, made by the city's operators. */
export default defineModule({
  name: 'issue',
  routes: [
    { path: '/issues', name: 'issues', component: () => import('./IssuesPage.vue'), meta: { title: { 'zh-CN': '期次目录', en: 'Catalogues' } } },
    { path: '/issues/:period', name: 'issue', component: () => import('./IssuePage.vue'), props: true, meta: { title: { 'zh-CN': '期次目录', en: 'Catalogue' } } },
    { path: '/work/review/issues', name: 'reviewIssues', component: () => import('./IssueDeskPage.vue'), meta: { title: { 'zh-CN': '目录发布', en: 'Catalogues' }, signedIn: true, operations: ['publishIssue'], layout: 'workbench' } },
  ],
  menu: [{ label: { 'zh-CN': '目录发布', en: 'Catalogues' }, to: links.reviewIssues, group: 'govern', order: 15, icon: 'list', operations: ['publishIssue'] }],
})
