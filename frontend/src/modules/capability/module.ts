import { links } from '@/app/links'
import { defineModule } from '@/app/module'

const meta = { signedIn: true, layout: 'workbench' } as const

/** What firms can supply: the public pages of an item and of a firm's whole list, and the firm's own desk. */
export default defineModule({
  name: 'capability',
  routes: [
    { path: '/capabilities', name: 'capabilities', component: () => import('@/modules/search/SearchPage.vue'), props: { only: 'capability' }, meta: { title: { 'zh-CN': '找配套', en: 'Suppliers' } } },
    { path: '/capabilities/of/:orgId', name: 'capabilityList', component: () => import('./FirmPage.vue'), props: true, meta: { title: { 'zh-CN': '配套能力清单', en: 'Capabilities' } } },
    { path: '/capabilities/:id', name: 'capability', component: () => import('./CapabilityPage.vue'), props: true, meta: { title: { 'zh-CN': '配套能力', en: 'Capability' } } },
    { path: links.myCapabilities, name: 'myCapabilities', component: () => import('./MyListPage.vue'), meta: { ...meta, title: { 'zh-CN': '配套能力', en: 'Capabilities' }, operations: ['listMyCapabilities'] } },
    { path: links.newCapability, name: 'newCapability', component: () => import('./EditorPage.vue'), meta: { ...meta, title: { 'zh-CN': '新建配套能力', en: 'New capability' }, operations: ['createCapability'] } },
    { path: '/work/capabilities/:id', name: 'editCapability', component: () => import('./EditorPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '修改配套能力', en: 'Edit capability' }, operations: ['editCapability'] } },
    { path: links.supplyRequirements, name: 'supplyRequirements', component: () => import('./RequirementsPage.vue'), meta: { ...meta, title: { 'zh-CN': '准入要求', en: 'Supplier requirements' }, operations: ['putSupplyRequirements'] } },
    { path: '/work/demands/:id/requirements', name: 'demandRequirements', component: () => import('./RequirementsPage.vue'), props: true, meta: { ...meta, title: { 'zh-CN': '本需求的准入要求', en: 'Requirements' }, operations: ['putDemandRequirements'] } },
    { path: links.suppliers, name: 'suppliers', component: () => import('./SuppliersPage.vue'), meta: { ...meta, title: { 'zh-CN': '合格供应商', en: 'Qualified suppliers' }, operations: ['proposeSupplier'] } },
    { path: links.listed, name: 'listed', component: () => import('./ListedPage.vue'), meta: { ...meta, title: { 'zh-CN': '入选名录', en: 'Lists you are on' }, operations: ['consentSupplier'] } },
    { path: links.supplyFigures, name: 'supplyFigures', component: () => import('./FiguresPage.vue'), meta: { ...meta, title: { 'zh-CN': '配套率', en: 'Local supply' }, operations: ['getSupplyFigures'] } },
    { path: '/qualified-suppliers/:orgId', name: 'publicSuppliers', component: () => import('./PublicSuppliersPage.vue'), props: true, meta: { title: { 'zh-CN': '合格供应商名录', en: 'Qualified suppliers' } } },
  ],
  menu: [
    { label: { 'zh-CN': '配套能力', en: 'Capabilities' }, to: links.myCapabilities, group: 'bid', order: 40, icon: 'star', operations: ['createCapability'] },
    { label: { 'zh-CN': '入选名录', en: 'Lists' }, to: links.listed, group: 'bid', order: 50, icon: 'check', operations: ['createCapability'] },
    { label: { 'zh-CN': '准入要求', en: 'Requirements' }, to: links.supplyRequirements, group: 'demand', order: 50, icon: 'scale', operations: ['putSupplyRequirements'] },
    { label: { 'zh-CN': '合格供应商', en: 'Suppliers' }, to: links.suppliers, group: 'demand', order: 60, icon: 'seal', operations: ['proposeSupplier'] },
    { label: { 'zh-CN': '配套率', en: 'Local supply' }, to: links.supplyFigures, group: 'demand', order: 70, icon: 'chart', operations: ['proposeSupplier'] },
    { label: { 'zh-CN': '配套率', en: 'Local supply figures' }, to: links.supplyFigures, group: 'govern', order: 90, icon: 'chart', operations: ['listReviewDemands'] },
  ],
})
