import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** What universities offer: the public page, writing and approving it, and the deals that come of it. */
export default defineModule({
  name: 'achievement',
  routes: [
    { path: '/achievements/:id', name: 'achievement', component: () => import('./AchievementPage.vue'), props: true, meta: { title: { 'zh-CN': '成果详情', en: 'Achievement' } } },
    { path: '/achievement-lists', name: 'achievementLists', component: () => import('./ListsPage.vue'), meta: { title: { 'zh-CN': '成果清单', en: 'Lists' } } },
    { path: '/certificates', name: 'certificates', component: () => import('./CertificatePage.vue'), meta: { title: { 'zh-CN': '验证凭证', en: 'Verify a certificate' } } },
    { path: '/work/achievements', name: 'myAchievements', component: () => import('./MyAchievementsPage.vue'), meta: { ...meta, title: { 'zh-CN': '我的成果', en: 'My achievements' }, operations: ['createAchievement'] } },
    { path: '/work/achievements/new', name: 'newAchievement', component: () => import('./EditorPage.vue'), meta: { ...meta, title: { 'zh-CN': '新建成果', en: 'New achievement' }, operations: ['createAchievement'] } },
    { path: '/work/achievements/:id', name: 'ownAchievement', component: () => import('./AchievementPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '办理成果', en: 'Achievement' } } },
    { path: '/work/achievements/:id/edit', name: 'editAchievement', component: () => import('./EditorPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '修改成果', en: 'Edit achievement' }, operations: ['createAchievement', 'draftAchievement'] } },
    { path: '/work/achievements/:id/change', name: 'changeAchievement', component: () => import('./ChangePage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '修改已发布成果', en: 'Change an achievement' }, operations: ['changeAchievement'] } },
    { path: '/work/review/achievements', name: 'reviewAchievements', component: () => import('./ReviewPage.vue'), meta: { ...meta, title: { 'zh-CN': '成果审核', en: 'Achievements to review' }, operations: ['listReviewAchievements'] } },
    { path: '/work/achievement-desk', name: 'achievementDesk', component: () => import('./DeskPage.vue'), meta: { ...meta, title: { 'zh-CN': '转化看板', en: 'Transfer desk' }, operations: ['getAchievementWorkbench'] } },
    { path: '/work/achievement-figures', name: 'achievementFigures', component: () => import('./FunnelPage.vue'), meta: { ...meta, title: { 'zh-CN': '成果转化漏斗', en: 'Funnel of deals' }, operations: ['getAchievementFigures'] } },
    { path: '/work/achievement-deals', name: 'achievementDeals', component: () => import('./DealsPage.vue'), meta: { ...meta, title: { 'zh-CN': '成果对接', en: 'Deals' }, operations: ['listAchievementDeals'] } },
    { path: '/work/achievement-deals/:id', name: 'achievementDeal', component: () => import('./DealPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '成果对接', en: 'Deal' }, operations: ['getAchievementDeal'] } },
  ],
  menu: [
    { label: { 'zh-CN': '我的成果', en: 'My achievements' }, to: links.myAchievements, group: 'demand', order: 50, icon: 'bulb', operations: ['createAchievement'] },
    { label: { 'zh-CN': '转化看板', en: 'Transfer desk' }, to: links.achievementDesk, group: 'demand', order: 52, icon: 'chart', operations: ['getAchievementWorkbench'] },
    { label: { 'zh-CN': '成果对接', en: 'Research deals' }, to: links.achievementDeals, group: 'bid', order: 50, icon: 'scale', operations: ['listAchievementDeals'] },
    { label: { 'zh-CN': '转化漏斗', en: 'Deal funnel' }, to: links.achievementFigures, group: 'govern', order: 13, icon: 'chart', operations: ['createAchievement', 'listReviewAchievements'] },
    { label: { 'zh-CN': '成果审核', en: 'Achievements to review' }, to: links.reviewAchievements, group: 'govern', order: 12, icon: 'bulb', operations: ['listReviewAchievements'] },
  ],
})
