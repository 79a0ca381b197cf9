import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** A university's lists and issues, and bringing tables of achievements in. */
export default defineModule({
  name: 'achievementlist',
  routes: [
    { path: '/achievement-lists/:id', name: 'achievementList', component: () => import('./ListPage.vue'), props: true, meta: { title: { 'zh-CN': '成果清单', en: 'List' } } },
    { path: links.myAchievementLists, name: 'myAchievementLists', component: () => import('./MyListsPage.vue'), meta: { ...meta, title: { 'zh-CN': '成果清单', en: 'Lists' }, operations: ['createAchievementList'] } },
    { path: links.importAchievements, name: 'importAchievements', component: () => import('./ImportPage.vue'), meta: { ...meta, title: { 'zh-CN': '导入成果', en: 'Import' }, operations: ['importAchievements'] } },
    { path: '/work/achievements/import/:id', name: 'achievementImport', component: () => import('./ImportSessionPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '核对成果表格', en: 'Check the table' }, operations: ['importAchievements'] } },
  ],
  menu: [{ label: { 'zh-CN': '成果清单', en: 'Lists' }, to: links.myAchievementLists, group: 'demand', order: 51, icon: 'list', operations: ['createAchievementList'] }],
})
