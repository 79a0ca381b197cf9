import type { OperationId } from '@/api/paths'
import type { RouteLocationRaw, RouteRecordRaw } from 'vue-router'

/** A text that must exist before its module is loaded. */
export interface Label {
  'zh-CN': string
  en: string
}

/** Where an entry stands in the workbench menu, in this order. */
export type MenuGroup = 'todo' | 'demand' | 'bid' | 'govern' | 'organisation'

export interface MenuItem {
  label: Label
  to: RouteLocationRaw
  group: MenuGroup
  /** Order within the group, small first. */
  order: number
  icon: IconName
  /** Shown when the person may do any of these operations; the server decides (`allowedOperations` of /me). */
  operations: OperationId[]
}

/** Everything one domain brings to the front end. The shell collects `modules/<domain>/module.ts` by itself. */
export interface AppModule {
  name: string
  routes: RouteRecordRaw[]
  menu?: MenuItem[]
}

/** The one icon set (ui/AppIcon.vue). */
export type IconName =
  | 'search' | 'list' | 'bell' | 'user' | 'home' | 'doc' | 'upload' | 'download' | 'edit' | 'check' | 'close' | 'clock'
  | 'filter' | 'chevron' | 'arrow' | 'building' | 'bulb' | 'people' | 'seal' | 'lock' | 'info' | 'warn' | 'plus'
  | 'menu' | 'scale' | 'inbox' | 'camera' | 'attach' | 'globe' | 'out' | 'star' | 'place' | 'chart'

declare module 'vue-router' {
  interface RouteMeta {
    /** Document title before the data of the page is known. */
    title?: Label
    /** Signed-out visitors go to sign-in and come back. */
    signedIn?: boolean
    /** One of these operations must be allowed, else the page says who may do it. */
    operations?: OperationId[]
    /** `workbench` shows the role-aware menu beside the page; `bare` has no header search. */
    layout?: 'public' | 'workbench' | 'bare'
  }
}

export const defineModule = (module: AppModule): AppModule => module
