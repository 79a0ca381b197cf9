import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const work = { signedIn: true, layout: 'workbench' } as const

/** How firms get in: official title lists make them, their people claim them, the operator decides. */
export default defineModule({
  name: 'claim',
  routes: [
    { path: '/work/claim', name: 'findClaim', component: () => import('./FindFirmPage.vue'), meta: { ...work, title: { 'zh-CN': '认领企业', en: 'Claim a firm' } } },
    { path: '/work/claim/:orgId', name: 'claim', component: () => import('./ClaimPage.vue'), props: true, meta: { ...work, title: { 'zh-CN': '认领企业', en: 'Claim a firm' } } },
    { path: links.reviewClaims, name: 'reviewClaims', component: () => import('./ClaimQueuePage.vue'), meta: { ...work, title: { 'zh-CN': '认领审核', en: 'Claims' }, operations: ['listClaims'] } },
    { path: links.titleLists, name: 'titleLists', component: () => import('./TitleListsPage.vue'), meta: { ...work, title: { 'zh-CN': '称号名单', en: 'Title lists' }, operations: ['uploadTitleList'] } },
    { path: `${links.titleLists}/:id`, name: 'titleList', component: () => import('./TitleListPage.vue'), props: true, meta: { ...work, title: { 'zh-CN': '称号名单', en: 'Title list' }, operations: ['uploadTitleList'] } },
  ],
  menu: [
    { label: { 'zh-CN': '认领审核', en: 'Claims' }, to: links.reviewClaims, group: 'govern', order: 21, icon: 'seal', operations: ['listClaims'] },
    { label: { 'zh-CN': '认领企业', en: 'Claim a firm' }, to: links.findClaim, group: 'organisation', order: 40, icon: 'seal', operations: ['claimOrganisation'] },
    { label: { 'zh-CN': '称号名单', en: 'Title lists' }, to: links.titleLists, group: 'govern', order: 22, icon: 'upload', operations: ['uploadTitleList'] },
  ],
})
