import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The provider pool: read by anyone, applied for by institutions, kept by the authority. */
export default defineModule({
  name: 'provider',
  routes: [
    { path: '/providers', name: 'providers', component: () => import('./PortalPage.vue'), meta: { title: { 'zh-CN': '找服务', en: 'Find a service' } } },
    { path: '/providers/compare', name: 'compareProviders', component: () => import('./ComparePage.vue'), meta: { title: { 'zh-CN': '机构对比', en: 'Compare' } } },
    { path: '/providers/:id', name: 'provider', component: () => import('./ProviderPage.vue'), props: true, meta: { title: { 'zh-CN': '服务机构', en: 'Provider' } } },
    { path: '/evaluations/:year', name: 'evaluation', component: () => import('./EvaluationPage.vue'), props: true, meta: { title: { 'zh-CN': '优质服务机构评选', en: 'Yearly evaluation' } } },
    { path: '/work/review/evaluations', name: 'evaluationDesk', component: () => import('./EvaluationDesk.vue'), meta: { title: { 'zh-CN': '年度评选', en: 'Yearly evaluation' }, signedIn: true, operations: ['draftEvaluation'], layout: 'workbench' } },
    { path: '/pool', name: 'pool', component: () => import('./PoolPage.vue'), meta: { title: { 'zh-CN': '服务机构资源池', en: 'Provider pool' } } },
    { path: '/pool/certificates/:code', name: 'poolCertificate', component: () => import('./CertificatePage.vue'), props: true, meta: { title: { 'zh-CN': '入库证书核验', en: 'Certificate' } } },
    { path: '/work/admission', name: 'admission', component: () => import('./AdmissionPage.vue'), meta: { title: { 'zh-CN': '资源池入库', en: 'Provider pool' }, signedIn: true, operations: ['startAdmission'], layout: 'workbench' } },
    { path: '/work/offerings', name: 'myOfferings', component: () => import('./OfferingsPage.vue'), meta: { title: { 'zh-CN': '我的服务', en: 'Services' }, signedIn: true, operations: ['createOffering'], layout: 'workbench' } },
    { path: '/work/offerings/:id', name: 'editOffering', component: () => import('./OfferingPage.vue'), props: true, meta: { title: { 'zh-CN': '编辑服务', en: 'Service' }, signedIn: true, operations: ['createOffering'], layout: 'workbench' } },
    { path: '/work/review/pool', name: 'poolDashboard', component: () => import('./DashboardPage.vue'), meta: { title: { 'zh-CN': '资源池概览', en: 'The pool' }, signedIn: true, operations: ['getPoolDashboard'], layout: 'workbench' } },
    { path: '/work/review/reports', name: 'reviewReports', component: () => import('./ReportsPage.vue'), meta: { title: { 'zh-CN': '红线举报', en: 'Reports' }, signedIn: true, operations: ['listProviderReports'], layout: 'workbench' } },
    { path: '/work/review/watch', name: 'watchList', component: () => import('./WatchPage.vue'), meta: { title: { 'zh-CN': '关注名单', en: 'Watch list' }, signedIn: true, operations: ['listWatched'], layout: 'workbench' } },
    { path: '/work/review/self-reports', name: 'selfReports', component: () => import('./SelfReportsPage.vue'), meta: { title: { 'zh-CN': '年度自评审核', en: 'Self-reports' }, signedIn: true, operations: ['listSelfReports'], layout: 'workbench' } },
    { path: '/work/panels', name: 'panels', component: () => import('./PanelsPage.vue'), meta: { title: { 'zh-CN': '入库评审', en: 'To score' }, signedIn: true, operations: ['listMyPanels'], layout: 'workbench' } },
    { path: '/work/review/admissions', name: 'reviewAdmissions', component: () => import('./ReviewPage.vue'), meta: { title: { 'zh-CN': '入库审核', en: 'Admissions' }, signedIn: true, operations: ['listAdmissions'], layout: 'workbench' } },
  ],
  menu: [
    { label: { 'zh-CN': '资源池入库', en: 'Provider pool' }, to: links.admission, group: 'organisation', order: 5, icon: 'seal', operations: ['startAdmission'] },
    { label: { 'zh-CN': '我的服务', en: 'Services' }, to: links.myOfferings, group: 'organisation', order: 6, icon: 'list', operations: ['createOffering'] },
    { label: { 'zh-CN': '资源池概览', en: 'The pool' }, to: links.poolDashboard, group: 'govern', order: 26, icon: 'chart', operations: ['getPoolDashboard'] },
    { label: { 'zh-CN': '年度评选', en: 'Evaluation' }, to: links.evaluationDesk, group: 'govern', order: 28, icon: 'star', operations: ['draftEvaluation'] },
    { label: { 'zh-CN': '关注名单', en: 'Watch list' }, to: links.watchList, group: 'govern', order: 27, icon: 'bell', operations: ['listWatched'] },
    { label: { 'zh-CN': '年度自评', en: 'Self-reports' }, to: links.selfReports, group: 'govern', order: 28, icon: 'list', operations: ['listSelfReports'] },
    { label: { 'zh-CN': '红线举报', en: 'Reports' }, to: links.reviewReports, group: 'govern', order: 27, icon: 'warn', operations: ['listProviderReports'] },
    { label: { 'zh-CN': '入库评审', en: 'To score' }, to: links.panels, group: 'todo', order: 40, icon: 'scale', operations: ['listMyPanels'] },
    { label: { 'zh-CN': '入库审核', en: 'Admissions' }, to: links.reviewAdmissions, group: 'govern', order: 25, icon: 'seal', operations: ['listAdmissions'] },
  ],
})
