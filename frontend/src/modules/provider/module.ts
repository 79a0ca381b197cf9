import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The provider pool: read by anyone, applied for by institutions, kept by the authority. */
export default defineModule({
  name: 'provider',
  routes: [
    { path: '/providers/:id', name: 'provider', component: () => import('./ProviderPage.vue'), props: true, meta: { title: { 'zh-CN': '服务机构', en: 'Provider' } } },
    { path: '/pool', name: 'pool', component: () => import('./PoolPage.vue'), meta: { title: { 'zh-CN': '服务机构资源池', en: 'Provider pool' } } },
    { path: '/pool/certificates/:code', name: 'poolCertificate', component: () => import('./CertificatePage.vue'), props: true, meta: { title: { 'zh-CN': '入库证书核验', en: 'Certificate' } } },
    { path: '/work/admission', name: 'admission', component: () => import('./AdmissionPage.vue'), meta: { title: { 'zh-CN': '资源池入库', en: 'Provider pool' }, signedIn: true, operations: ['startAdmission'], layout: 'workbench' } },
    { path: '/work/panels', name: 'panels', component: () => import('./PanelsPage.vue'), meta: { title: { 'zh-CN': '入库评审', en: 'To score' }, signedIn: true, operations: ['listMyPanels'], layout: 'workbench' } },
    { path: '/work/review/admissions', name: 'reviewAdmissions', component: () => import('./ReviewPage.vue'), meta: { title: { 'zh-CN': '入库审核', en: 'Admissions' }, signedIn: true, operations: ['listAdmissions'], layout: 'workbench' } },
  ],
  menu: [
    { label: { 'zh-CN': '资源池入库', en: 'Provider pool' }, to: links.admission, group: 'organisation', order: 5, icon: 'seal', operations: ['startAdmission'] },
    { label: { 'zh-CN': '入库评审', en: 'To score' }, to: links.panels, group: 'todo', order: 40, icon: 'scale', operations: ['listMyPanels'] },
    { label: { 'zh-CN': '入库审核', en: 'Admissions' }, to: links.reviewAdmissions, group: 'govern', order: 25, icon: 'seal', operations: ['listAdmissions'] },
  ],
})
