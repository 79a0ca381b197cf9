import { links } from '@/app/links'
import { defineModule } from '@/app/module'

/** The words that mean the same to the search, kept by the city's operators. */
export default defineModule({
  name: 'words',
  routes: [{ path: links.synonyms, name: 'synonyms', component: () => import('./SynonymsPage.vue'), meta: { title: { 'zh-CN': '同义词', en: 'Synonyms' }, signedIn: true, layout: 'workbench', operations: ['listSynonyms'] } }],
  menu: [{ label: { 'zh-CN': '同义词', en: 'Synonyms' }, to: links.synonyms, group: 'govern', order: 35, icon: 'edit', operations: ['addSynonyms'] }],
})
