import { defineModule } from '@/app/module'

export default defineModule({
  name: 'site',
  routes: [
    { path: '/about', name: 'about', component: () => import('./AboutPage.vue'), meta: { title: { 'zh-CN': '平台说明', en: 'About' } } },
    { path: '/developers', name: 'developers', component: () => import('./DevelopersPage.vue'), meta: { title: { 'zh-CN': '开放接口', en: 'Open API' } } },
    { path: '/work/forbidden', name: 'forbidden', component: () => import('./ForbiddenPage.vue'), meta: { title: { 'zh-CN': '无权办理', en: 'Not allowed' } } },
  ],
})
