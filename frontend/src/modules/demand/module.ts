import { defineModule } from '@/app/module'

/** What anyone may read of a demand. Writing, bidding and evaluating are modules of their own. */
export default defineModule({
  name: 'demand',
  routes: [
    { path: '/demands/:id', name: 'demand', component: () => import('./DemandPage.vue'), props: true, meta: { title: { 'zh-CN': '榜单详情', en: 'Challenge' } } },
    { path: '/demands/:id/result', name: 'result', component: () => import('./ResultPage.vue'), props: true, meta: { title: { 'zh-CN': '定榜结果', en: 'Result' } } },
  ],
})
