import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** What anyone may read of a demand. Writing, bidding and evaluating are modules of their own. */
export default defineModule({
  name: 'demand',
  routes: [
    { path: '/demands/:id', name: 'demand', component: () => import('./DemandPage.vue'), props: true, meta: { title: { 'zh-CN': '榜单详情', en: 'Challenge' } } },
    { path: '/demands/:id/result', name: 'result', component: () => import('./ResultPage.vue'), props: true, meta: { title: { 'zh-CN': '定榜结果', en: 'Result' } } },
    { path: '/work/watches', name: 'watches', component: () => import('./WatchesPage.vue'), meta: { title: { 'zh-CN': '关注的需求', en: 'Watched demands' }, signedIn: true, operations: ['listMyWatches'], layout: 'workbench' } },
  ],
  menu: [{ label: { 'zh-CN': '关注的需求', en: 'Watched' }, to: links.watches, group: 'todo', order: 25, icon: 'bell', operations: ['listMyWatches'] }],
})
