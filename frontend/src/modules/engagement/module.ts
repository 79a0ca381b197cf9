import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** Dealings between clients and service providers: enquiry, quote, contract, delivery, rating; the provider's desk and the operator's. */
export default defineModule({
  name: 'engagement',
  routes: [
    { path: '/work/engagements', name: 'myEngagements', component: () => import('./MyEngagementsPage.vue'), meta: { ...meta, title: { 'zh-CN': '我的对接', en: 'My engagements' }, operations: ['listMyEngagements'] } },
    { path: '/work/engagements/new', name: 'newEnquiry', component: () => import('./EnquiryFormPage.vue'), meta: { ...meta, title: { 'zh-CN': '发起询价', en: 'Ask for quotes' }, operations: ['createEnquiry'] } },
    { path: '/work/engagements/record', name: 'recordOffline', component: () => import('./OfflinePage.vue'), meta: { ...meta, title: { 'zh-CN': '补录线下服务', en: 'Enter a past service' }, operations: ['recordOfflineEngagement'] } },
    { path: '/work/enquiries/:id', name: 'enquiry', component: () => import('./EnquiryPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '比较报价', en: 'Compare quotes' }, operations: ['getEnquiry'] } },
    { path: '/work/engagements/:id', name: 'engagement', component: () => import('./EngagementPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '服务对接', en: 'Engagement' }, operations: ['getEngagement'] } },
    { path: '/work/service-desk', name: 'serviceDesk', component: () => import('./ServiceDeskPage.vue'), meta: { ...meta, title: { 'zh-CN': '服务工作台', en: 'Service desk' }, operations: ['getServiceDesk'] } },
    { path: '/work/review/engagements', name: 'reviewEngagements', component: () => import('./QueuePage.vue'), meta: { ...meta, title: { 'zh-CN': '对接督办', en: 'Engagements to look at' }, operations: ['listEngagementQueue'] } },
    { path: '/work/review/engagement-figures', name: 'engagementFigures', component: () => import('./FiguresPage.vue'), meta: { ...meta, title: { 'zh-CN': '对接统计', en: 'Engagement figures' }, operations: ['getEngagementFigures'] } },
  ],
  menu: [
    { label: { 'zh-CN': '我的对接', en: 'My engagements' }, to: links.engagements, group: 'bid', order: 30, icon: 'people', operations: ['listMyEngagements'] },
    { label: { 'zh-CN': '服务工作台', en: 'Service desk' }, to: links.serviceDesk, group: 'bid', order: 31, icon: 'list', operations: ['getServiceDesk'] },
    { label: { 'zh-CN': '对接督办', en: 'Engagements' }, to: links.reviewEngagements, group: 'govern', order: 40, icon: 'clock', operations: ['listEngagementQueue'] },
    { label: { 'zh-CN': '对接统计', en: 'Figures' }, to: links.engagementFigures, group: 'govern', order: 41, icon: 'chart', operations: ['getEngagementFigures'] },
  ],
})
