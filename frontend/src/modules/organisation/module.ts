import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** What a person sees of themselves and of their organisation: account, dossier, members, and what fits them. */
export default defineModule({
  name: 'organisation',
  routes: [
    { path: links.ownOrganisation, name: 'ownOrganisation', component: () => import('./DossierPage.vue'), meta: { ...meta, title: { 'zh-CN': '单位档案', en: 'Organisation' } } },
    { path: `${links.ownOrganisation}/edit`, name: 'editOrganisation', component: () => import('./EditDossierPage.vue'), meta: { ...meta, title: { 'zh-CN': '修改单位档案', en: 'Edit the organisation' }, operations: ['editOrganisation', 'createOrganisation'] } },
    { path: `${links.ownOrganisation}/members`, name: 'members', component: () => import('./MembersPage.vue'), meta: { ...meta, title: { 'zh-CN': '成员', en: 'Members' }, operations: ['listMembers'] } },
    { path: links.account, name: 'account', component: () => import('./AccountPage.vue'), meta: { ...meta, title: { 'zh-CN': '我的账户', en: 'My account' } } },
    { path: links.matches, name: 'matches', component: () => import('./MatchesPage.vue'), meta: { ...meta, title: { 'zh-CN': '为你匹配', en: 'Fits you' }, operations: ['listMyPushes'] } },
  ],
  menu: [
    { label: { 'zh-CN': '为你匹配', en: 'Fits you' }, to: links.matches, group: 'bid', order: 0, icon: 'bulb', operations: ['placeBid'] },
    { label: { 'zh-CN': '单位档案', en: 'Organisation' }, to: links.ownOrganisation, group: 'organisation', order: 10, icon: 'building', operations: ['uploadEvidence', 'listMyDemands'] },
    { label: { 'zh-CN': '成员', en: 'Members' }, to: `${links.ownOrganisation}/members`, group: 'organisation', order: 20, icon: 'people', operations: ['listMyDemands'] },
    { label: { 'zh-CN': '我的账户', en: 'My account' }, to: links.account, group: 'organisation', order: 30, icon: 'user', operations: ['editMe'] },
  ],
})
