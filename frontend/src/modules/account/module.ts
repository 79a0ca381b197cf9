import { defineModule } from '@/app/module'

/** Getting in: sign-in and sign-up. What a signed-in person changes about themselves is the organisation module's. */
export default defineModule({
  name: 'account',
  routes: [
    { path: '/sign-in', name: 'signIn', component: () => import('./SignInPage.vue'), meta: { layout: 'bare', title: { 'zh-CN': '登录', en: 'Sign in' } } },
    { path: '/sign-in/return', name: 'signInReturn', component: () => import('./ReturnPage.vue'), meta: { layout: 'bare', title: { 'zh-CN': '登录', en: 'Sign in' } } },
    { path: '/sign-up', name: 'signUp', component: () => import('./SignUpPage.vue'), meta: { layout: 'bare', title: { 'zh-CN': '注册', en: 'Sign up' } } },
  ],
})
