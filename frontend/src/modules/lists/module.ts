import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** Named demand lists: a publisher's own, and those anyone finds. */
export default defineModule({
  name: 'lists',
  routes: [
    { path: '/lists', name: 'demandLists', component: () => import('./ListsPage.vue'), meta: { title: { 'zh-CN': '需求清单', en: 'Demand lists' } } },
    { path: '/lists/:id', name: 'demandList', component: () => import('./ListPage.vue'), props: true, meta: { title: { 'zh-CN': '需求清单', en: 'Demand list' } } },
    { path: '/work/lists', name: 'myDemandLists', component: () => import('./MyListsPage.vue'), meta: { signedIn: true, layout: 'workbench', title: { 'zh-CN': '需求清单', en: 'Demand lists' }, operations: ['createDemandList'] } },
  ],
  menu: [{ label: { 'zh-CN': '需求清单', en: 'Lists' }, to: links.myLists, group: 'demand', order: 15, icon: 'doc', operations: ['createDemandList'] }],
})
