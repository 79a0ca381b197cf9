import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const work = { signedIn: true, layout: 'workbench' } as const

/** 代办: what staff write for firms that call, and the firms confirm. */
export default defineModule({
  name: 'drafts',
  routes: [
    { path: links.drafts, name: 'drafts', component: () => import('./DraftsPage.vue'), meta: { ...work, title: { 'zh-CN': '代办', en: 'On behalf' }, operations: ['listDraftedDemands'] } },
    { path: '/work/drafts/admissions/:forOrg', name: 'draftedAdmission', component: () => import('@/modules/provider/AdmissionPage.vue'), props: true, meta: { ...work, title: { 'zh-CN': '代拟入库申请', en: 'Application on behalf' }, operations: ['draftAdmission'] } },
  ],
  menu: [{ label: { 'zh-CN': '代办', en: 'On behalf' }, to: links.drafts, group: 'govern', order: 8, icon: 'edit', operations: ['draftDemand'] }],
})
