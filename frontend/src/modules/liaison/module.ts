import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const work = { signedIn: true, layout: 'workbench' } as const

/** 服务专员: who serves which firm, the ledger of what was done, and the yearly check. */
export default defineModule({
  name: 'liaison',
  routes: [
    { path: links.liaisons, name: 'liaisons', component: () => import('./LiaisonsPage.vue'), meta: { ...work, title: { 'zh-CN': '服务专员', en: 'Liaisons' }, operations: ['listLiaisons'] } },
    { path: '/work/liaison/:orgId', name: 'firmLedger', component: () => import('./LedgerPage.vue'), props: true, meta: { ...work, title: { 'zh-CN': '服务台账', en: 'Service ledger' }, operations: ['recordService'] } },
  ],
  menu: [{ label: { 'zh-CN': '服务专员', en: 'Liaisons' }, to: links.liaisons, group: 'govern', order: 24, icon: 'people', operations: ['listLiaisons'] }],
})
