import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The city's rules as versions with a day: what holds, whom a change touches, who changed what. */
export default defineModule({
  name: 'rules',
  routes: [
    { path: '/work/review/rules', name: 'reviewRules', component: () => import('./RulesPage.vue'), meta: { title: { 'zh-CN': '规则与期限', en: 'Rules' }, signedIn: true, operations: ['editProviderSettings'], layout: 'workbench' } },
  ],
  menu: [{ label: { 'zh-CN': '规则与期限', en: 'Rules' }, to: links.reviewRules, group: 'govern', order: 29, icon: 'scale', operations: ['editProviderSettings'] }],
})
