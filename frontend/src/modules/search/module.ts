import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const page = () => import('./SearchPage.vue')

export default defineModule({
  name: 'search',
  routes: [
    { path: '/search', name: 'search', component: page, meta: { title: { 'zh-CN': '搜索', en: 'Search' } } },
    { path: '/demands', name: 'board', component: page, props: { only: 'demand' }, meta: { title: { 'zh-CN': '看榜单', en: 'Challenges' } } },
    { path: '/services', name: 'services', component: page, props: { only: 'provider' }, meta: { title: { 'zh-CN': '找服务', en: 'Services' } } },
    { path: '/achievements', name: 'achievements', component: page, props: { only: 'achievement' }, meta: { title: { 'zh-CN': '找成果', en: 'Research' } } },
    { path: '/organisations', name: 'organisations', component: page, props: { only: 'organisation' }, meta: { title: { 'zh-CN': '企业与机构', en: 'Organisations' } } },
    { path: links.savedSearches, name: 'savedSearches', component: () => import('./SavedSearchesPage.vue'), meta: { title: { 'zh-CN': '保存的搜索', en: 'Saved searches' }, signedIn: true, layout: 'workbench', operations: ['listSavedSearches'] } },
  ],
  menu: [{ label: { 'zh-CN': '保存的搜索', en: 'Saved searches' }, to: links.savedSearches, group: 'todo', order: 30, icon: 'search', operations: ['saveSearch'] }],
})
