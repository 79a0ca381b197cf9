import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** The issuer's side: importing, writing, submitting and publishing demands. */
export default defineModule({
  name: 'demandwork',
  routes: [
    { path: '/work/demands', name: 'myDemands', component: () => import('./MyDemandsPage.vue'), meta: { ...meta, title: { 'zh-CN': '我的需求', en: 'My demands' }, operations: ['listMyDemands'] } },
    { path: '/work/demands/new', name: 'newDemand', component: () => import('./EditorPage.vue'), meta: { ...meta, title: { 'zh-CN': '新建需求', en: 'New demand' }, operations: ['createDemand'] } },
    { path: '/work/demands/import', name: 'importDemands', component: () => import('./ImportPage.vue'), meta: { ...meta, title: { 'zh-CN': '表格导入', en: 'Import' }, operations: ['importDemands'] } },
    { path: '/work/demands/import/:id', name: 'importSession', component: () => import('./ImportSessionPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '核对导入内容', en: 'Check the import' }, operations: ['importDemands'] } },
    { path: '/work/demands/:id', name: 'manageDemand', component: () => import('./ManagePage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '办理需求', en: 'Manage demand' }, operations: ['listMyDemands', 'terminateDemand'] } },
    { path: '/work/demands/:id/edit', name: 'editDemand', component: () => import('./EditorPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '修改需求', en: 'Edit demand' }, operations: ['editDemand'] } },
    { path: '/work/demands/:id/change', name: 'changeDemand', component: () => import('./ChangePage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '变更需求', en: 'Change demand' }, operations: ['changeDemand'] } },
  ],
  menu: [
    { label: { 'zh-CN': '我的需求', en: 'My demands' }, to: links.myDemands, group: 'demand', order: 10, icon: 'list', operations: ['createDemand'] },
    { label: { 'zh-CN': '表格导入', en: 'Import' }, to: links.importDemands, group: 'demand', order: 20, icon: 'upload', operations: ['importDemands'] },
    { label: { 'zh-CN': '新建需求', en: 'New demand' }, to: links.newDemand, group: 'demand', order: 30, icon: 'plus', operations: ['createDemand'] },
  ],
})
