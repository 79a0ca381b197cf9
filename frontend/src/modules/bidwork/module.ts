import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** Bidding on demands, and judging the bids on one's own. */
export default defineModule({
  name: 'bidwork',
  routes: [
    { path: '/work/demands/:id/bid', name: 'bidOn', component: () => import('./BidStartPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '揭榜', en: 'Bid' }, operations: ['placeBid'] } },
    { path: '/work/invites', name: 'invites', component: () => import('./InvitesPage.vue'), meta: { ...meta, title: { 'zh-CN': '收到的邀请', en: 'Invitations' }, operations: ['listMyInvites'] } },
    { path: '/work/bids', name: 'myBids', component: () => import('./MyBidsPage.vue'), meta: { ...meta, title: { 'zh-CN': '我的揭榜', en: 'My bids' }, operations: ['listMyBids'] } },
    { path: '/work/bids/:bidId', name: 'bid', component: () => import('./BidPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '揭榜书', en: 'Bid' } } },
    { path: '/work/demands/:id/evaluation', name: 'evaluate', component: () => import('./EvaluationPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '揭榜与评审', en: 'Bids and evaluation' }, operations: ['listBids'] } },
  ],
  menu: [
    { label: { 'zh-CN': '我的揭榜', en: 'My bids' }, to: links.myBids, group: 'bid', order: 10, icon: 'seal', operations: ['placeBid'] },
    { label: { 'zh-CN': '收到的邀请', en: 'Invitations' }, to: links.invites, group: 'bid', order: 15, icon: 'bell', operations: ['placeBid'] },
  ],
})
