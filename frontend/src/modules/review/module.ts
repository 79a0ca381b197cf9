import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The authority's work: reviewing what waits, settings, and what went wrong behind the scenes. */
export default defineModule({
  name: 'review',
  routes: [
    { path: '/work/review/demands', name: 'reviewDemands', component: () => import('./DemandReviewPage.vue'), meta: { title: { 'zh-CN': '需求审核', en: 'Demand review' }, signedIn: true, operations: ['listReviewDemands'], layout: 'workbench' } },
    { path: '/work/review/organisations', name: 'reviewOrganisations', component: () => import('./OrganisationReviewPage.vue'), meta: { title: { 'zh-CN': '机构核验', en: 'Organisation review' }, signedIn: true, operations: ['listOrganisations'], layout: 'workbench' } },
    { path: '/work/review/settings', name: 'reviewSettings', component: () => import('./SettingsPage.vue'), meta: { title: { 'zh-CN': '免预审单位', en: 'Trusted issuers' }, signedIn: true, operations: ['setTrustedIssuer'], layout: 'workbench' } },
    { path: '/work/review/system', name: 'reviewSystem', component: () => import('./SystemPage.vue'), meta: { title: { 'zh-CN': '运行情况', en: 'System' }, signedIn: true, operations: ['demandListParkedEvents'], layout: 'workbench' } },
    { path: '/work/review/audit', name: 'reviewAudit', component: () => import('./AuditPage.vue'), meta: { title: { 'zh-CN': '审计日志', en: 'Audit log' }, signedIn: true, operations: ['demandListAudit'], layout: 'workbench' } },
  ],
  menu: [
    { label: { 'zh-CN': '需求审核', en: 'Demands to review' }, to: links.reviewDemands, group: 'govern', order: 10, icon: 'doc', operations: ['listReviewDemands'] },
    { label: { 'zh-CN': '机构核验', en: 'Organisations to verify' }, to: links.reviewOrganisations, group: 'govern', order: 20, icon: 'building', operations: ['listOrganisations'] },
    { label: { 'zh-CN': '免预审单位', en: 'Trusted issuers' }, to: '/work/review/settings', group: 'govern', order: 30, icon: 'check', operations: ['setTrustedIssuer'] },
    { label: { 'zh-CN': '运行情况', en: 'System' }, to: '/work/review/system', group: 'govern', order: 40, icon: 'chart', operations: ['demandListParkedEvents'] },
    { label: { 'zh-CN': '审计日志', en: 'Audit log' }, to: '/work/review/audit', group: 'govern', order: 50, icon: 'list', operations: ['demandListAudit'] },
  ],
})
