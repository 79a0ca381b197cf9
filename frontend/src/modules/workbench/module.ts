import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** Where the day begins: what waits for this person, by when, one click to do it. */
export default defineModule({
  name: 'workbench',
  routes: [{ path: '/work', name: 'workbench', component: () => import('./WorkbenchPage.vue'), meta: { signedIn: true, layout: 'workbench', title: { 'zh-CN': '轮到你了', en: 'Your turn' } } }],
  menu: [{ label: { 'zh-CN': '待办事项', en: 'Your turn' }, to: links.workbench, group: 'todo', order: 0, icon: 'home', operations: ['getMe'] }],
})
