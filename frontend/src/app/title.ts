import { toValue, watchEffect, type MaybeRefOrGetter } from 'vue'
import { t } from './i18n'

/** Sets the document title from the data of a page, after its heading. */
export function useTitle(heading: MaybeRefOrGetter<string | undefined>): void {
  watchEffect(() => {
    const text = toValue(heading)
    document.title = text ? `${text} · ${t('site.name')}` : t('site.fullName')
  })
}
