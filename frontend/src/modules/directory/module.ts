import { defineModule } from '@/app/module'

export default defineModule({
  name: 'directory',
  routes: [
    { path: '/organisations/:id', name: 'organisation', component: () => import('./OrganisationPage.vue'), props: true, meta: { title: { 'zh-CN': '企业与机构', en: 'Organisation' } } },
  ],
})
