import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The rules a challenge's reward is computed by: which hold when, what a change touches, and the way back. */
export default defineModule({
  name: 'rewardrules',
  routes: [{ path: '/work/review/reward-rules', name: 'rewardRules', component: () => import('./RewardRulesPage.vue'), meta: { title: { 'zh-CN': '奖励规则', en: 'Reward rules' }, signedIn: true, operations: ['putRewardRules'], layout: 'workbench' } }],
  menu: [{ label: { 'zh-CN': '奖励规则', en: 'Reward rules' }, to: links.rewardRules, group: 'govern', order: 29.5, icon: 'scale', operations: ['putRewardRules'] }],
})
