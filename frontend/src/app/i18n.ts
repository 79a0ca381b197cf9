import { createI18n } from 'vue-i18n'
import zh, { type Messages } from '@/locales/zh-CN'
import type { Label } from './module'

export type Locale = 'zh-CN' | 'en'

const stored = 'lianbang.locale'

/** The Chinese text is the schema; English is loaded only when asked for. */
export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh } as Record<string, Messages>,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
})

/** The same shape with any text at the leaves: what a translation must satisfy. */
export type Translation<T> = { [K in keyof T]: T[K] extends string ? string : Translation<T[K]> }

/** Dotted paths to the leaves of a message tree. */
export type Path<T> = T extends string ? never : { [K in keyof T & string]: T[K] extends string ? K : `${K}.${Path<T[K]>}` }[keyof T & string]

export type MessageKey = Path<Messages>
export type Params = Record<string, string | number>

const raw = (key: string, params?: Params): string => (i18n.global.t as (k: string, p?: Params) => string)(key, params ?? {})

/** Translates a key of the shared messages. */
export const t = (key: MessageKey, params?: Params): string => raw(key, params)

/** For keys that come from data (a state, a problem code): the text, or `fallback` when there is none. */
export function tMaybe(key: string, fallback = '', params?: Params): string {
  return i18n.global.te(key) || i18n.global.te(key, 'zh-CN') ? raw(key, params) : fallback
}

export const locale = (): Locale => i18n.global.locale.value as Locale
export const label = (text: Label): string => text[locale()]

/**
 * A module's own texts, carried by its pages instead of by the first download. `en` must have the shape of `zh`.
 * Usage: `const t = moduleText('bidwork', { 'zh-CN': {…}, en: {…} })`, then `t('form.title')`.
 */
export function moduleText<Z extends object>(name: string, texts: { 'zh-CN': Z; en: Translation<Z> }) {
  i18n.global.mergeLocaleMessage('zh-CN', { [name]: texts['zh-CN'] })
  i18n.global.mergeLocaleMessage('en', { [name]: texts.en })
  return (key: Path<Z>, params?: Params): string => raw(`${name}.${key}`, params)
}

export async function setLocale(next: Locale): Promise<void> {
  if (next === 'en') i18n.global.mergeLocaleMessage('en', (await import('@/locales/en')).default)
  i18n.global.locale.value = next
  document.documentElement.lang = next
  localStorage.setItem(stored, next)
}

export const storedLocale = (): Locale => (localStorage.getItem(stored) === 'en' ? 'en' : 'zh-CN')
