import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** What a city is made of: its districts, chains, titles, working days and periods, with every version there was. */
export default defineModule({
  name: 'city',
  routes: [{ path: '/work/review/city', name: 'reviewCity', component: () => import('./CityPage.vue'), meta: { title: { 'zh-CN': '城市数据', en: 'City data' }, signedIn: true, operations: ['putReference'], layout: 'workbench' } }],
  menu: [{ label: { 'zh-CN': '城市数据', en: 'City data' }, to: links.reviewCity, group: 'govern', order: 31, icon: 'place', operations: ['putReference'] }],
})
