import { computed } from 'vue'
import { useSession } from '@/access/session'
import { label, t } from './i18n'
import { modules } from './modules'
import type { MenuGroup } from './module'

const order: MenuGroup[] = ['todo', 'demand', 'bid', 'govern', 'organisation']

/** The workbench menu of this person: what the modules offer, less what the server does not allow. */
export function useMenu() {
  const session = useSession()
  return computed(() =>
    order
      .map((key) => ({
        key,
        title: t(`groups.${key}`),
        items: modules
          .flatMap((module) => module.menu ?? [])
          .filter((item) => item.group === key && session.signedIn && session.canAny(item.operations))
          .sort((a, b) => a.order - b.order)
          .map((item) => ({ ...item, key: item.label.en, label: label(item.label) })),
      }))
      .filter((group) => group.items.length > 0),
  )
}
