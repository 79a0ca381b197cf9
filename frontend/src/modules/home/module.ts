import { defineModule } from '@/app/module'

export default defineModule({
  name: 'home',
  routes: [{ path: '/', name: 'home', component: () => import('./HomePage.vue') }],
})
