import { createRouter, createWebHistory } from 'vue-router'
import { guard } from '@/access/guard'
import { label, t } from './i18n'
import { modules } from './modules'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...modules.flatMap((module) => module.routes),
    {
      path: '/:rest(.*)*',
      name: 'notFound',
      component: () => import('./NotFoundPage.vue'),
      meta: { title: { 'zh-CN': '没有这个页面', en: 'No such page' } },
    },
  ],
  scrollBehavior(to, from, saved) {
    if (saved) return saved
    if (to.hash) return { el: to.hash }
    // A change of filters in the same list keeps its place.
    return to.path === from.path ? false : { top: 0 }
  },
})

router.beforeEach(guard)
router.afterEach((to, from, failure) => {
  if (failure || to.path === from.path) return
  document.title = to.meta.title ? `${label(to.meta.title)} · ${t('site.name')}` : t('site.fullName')
})
// After a deployment the files of the old version are gone: load the page anew, once.
router.onError((error, to) => {
  if (!/dynamically imported module|Importing a module/i.test(String(error))) return
  const key = `lianbang.reloaded:${to.fullPath}`
  if (sessionStorage.getItem(key)) return
  sessionStorage.setItem(key, '1')
  location.assign(to.fullPath)
})
