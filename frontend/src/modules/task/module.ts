import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The winners' work: contract, milestones, ledger, acceptance, reward. Both sides and the operator read the same page. */
export default defineModule({
  name: 'task',
  routes: [
    { path: '/work/tasks', name: 'tasks', component: () => import('./TasksPage.vue'), meta: { title: { 'zh-CN': '揭榜项目', en: 'Tasks' }, signedIn: true, operations: ['listTasks'], layout: 'workbench' } },
    { path: '/work/tasks/:id', name: 'task', component: () => import('./TaskPage.vue'), props: true, meta: { title: { 'zh-CN': '揭榜项目', en: 'Task' }, signedIn: true, operations: ['getTask'], layout: 'workbench' } },
    { path: '/work/review/figures', name: 'figures', component: () => import('./FiguresPage.vue'), meta: { title: { 'zh-CN': '成效与漏斗', en: 'Outcome' }, signedIn: true, operations: ['getDemandFunnel'], layout: 'workbench' } },
  ],
  menu: [
    { label: { 'zh-CN': '成效与漏斗', en: 'Outcome' }, to: links.figures, group: 'govern', order: 60, icon: 'chart', operations: ['getDemandFunnel'] },
    { label: { 'zh-CN': '揭榜项目', en: 'Tasks' }, to: links.tasks, group: 'bid', order: 30, icon: 'check', operations: ['listTasks'] },
  ],
})
