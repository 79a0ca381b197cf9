import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** Experts: what each is to score, and the city's register of them. */
export default defineModule({
  name: 'scoring',
  routes: [
    { path: links.scoring, name: 'myScoring', component: () => import('./MyScoringPage.vue'), meta: { ...meta, title: { 'zh-CN': '揭榜评审', en: 'Bids to score' }, operations: ['listMyDemandPanels'] } },
    { path: '/work/scoring/:id', name: 'scoring', component: () => import('./ScoringPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '独立打分', en: 'Score' }, operations: ['writeSheet'] } },
    { path: links.opinions, name: 'myOpinions', component: () => import('./MyOpinionsPage.vue'), meta: { ...meta, title: { 'zh-CN': '论证意见', en: 'Opinions' }, operations: ['listMyDemandOpinions'] } },
    { path: links.experts, name: 'experts', component: () => import('./ExpertsPage.vue'), meta: { ...meta, title: { 'zh-CN': '评审专家', en: 'Experts' }, operations: ['listExperts'] } },
  ],
  menu: [
    { label: { 'zh-CN': '揭榜评审', en: 'Bids to score' }, to: links.scoring, group: 'todo', order: 20, icon: 'edit', operations: ['listMyDemandPanels'] },
    { label: { 'zh-CN': '论证意见', en: 'Opinions' }, to: links.opinions, group: 'todo', order: 21, icon: 'edit', operations: ['listMyDemandOpinions'] },
    { label: { 'zh-CN': '评审专家', en: 'Experts' }, to: links.experts, group: 'govern', order: 34, icon: 'edit', operations: ['listExperts'] },
  ],
})
