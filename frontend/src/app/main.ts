import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import '@/ui/base.css'
import { useSession } from '@/access/session'
import App from './App.vue'
import { i18n, setLocale, storedLocale } from './i18n'
import { queryClient } from './queries'
import { router } from './router'
import { resumeTheme } from './theme'

/** How long the text written by the server may stand before the program takes over, data or not. */
const patienceMs = 2500

async function start(): Promise<void> {
  resumeTheme()
  if (storedLocale() !== 'zh-CN') await setLocale(storedLocale())
  const app = createApp(App)
  app.use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient }).use(router)
  void useSession().resume()
  await router.isReady()

  const place = document.getElementById('app')!
  if (!place.firstElementChild) {
    app.mount(place)
    return
  }
  // The server already wrote a readable page here. Build ours beside it and swap when its data has arrived,
  // so that nothing blinks and nothing jumps.
  const ready = document.createElement('div')
  ready.id = 'app'
  app.mount(ready)
  await firstDataArrived()
  place.replaceWith(ready)
}

function firstDataArrived(): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      if (queryClient.isFetching() > 0) return
      stop()
      clearTimeout(timer)
      resolve()
    }
    const stop = queryClient.getQueryCache().subscribe(settle)
    const timer = setTimeout(() => {
      stop()
      resolve()
    }, patienceMs)
    queueMicrotask(settle)
  })
}

void start()
