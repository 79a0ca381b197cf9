import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { locale } from '@/app/i18n'
import { setCalendar } from '@/ui/calendar'
import { api, call } from './client'
import type { Account } from './paths'

type Choice = Account['Choice']
type Lists = 'districts' | 'chains' | 'titleKinds' | 'industryDivisions' | 'industrySections' | 'serviceCategories' | 'reasons' | 'sizeClasses' | 'capacities'

/** The city's lists: districts, industry chains and so on; read once, they seldom change. */
export function useReference() {
  const query = useQuery({
    queryKey: ['reference'],
    queryFn: async () => {
      const city = await call(api.GET('/api/v1/reference'))
      setCalendar({ off: city.calendar.holidays, on: city.calendar.workdays })
      return city
    },
    staleTime: Infinity,
    gcTime: Infinity,
  })
  const reference = computed(() => query.data.value)

  const title = (choice: Choice): string => (locale() === 'en' && choice.nameEn ? choice.nameEn : choice.name)

  /** The name of a code; a value that is no code (a name already, or unknown) is shown as it is. */
  function nameOf(list: Lists, code: string | undefined | null): string {
    if (!code) return ''
    const choice = reference.value?.[list].find((c) => c.code === code)
    return choice ? title(choice) : code
  }

  /** What a form offers: nothing retired. */
  const choices = (list: Lists): { value: string; label: string }[] =>
    (reference.value?.[list] ?? []).filter((c) => !c.retired).map((c) => ({ value: c.code, label: title(c) }))

  /** The reasons the city keeps ready for a decision, by its operation. */
  const reasonsFor = (operation: string): string[] => (reference.value?.reasons ?? []).filter((c) => c.parent === operation && !c.retired).map(title)

  /** A sentence with the codes of chains and districts in it replaced by their names; a text that is a name, by that name in the reader's language. */
  function named(text: string): string {
    const lists = reference.value ? [...reference.value.chains, ...reference.value.districts, ...reference.value.serviceCategories] : []
    const whole = lists.find((c) => c.code === text || c.name === text)
    return whole ? title(whole) : text.replaceAll(/[a-z][a-z0-9_-]+/g, (code) => lists.find((c) => c.code === code)?.name ?? code)
  }

  /** `C35 专用设备制造业` for any GB/T 4754 code, by its division. */
  function industryName(code: string | undefined | null): string {
    if (!code) return ''
    const digits = code.replace(/^[A-T]/, '').slice(0, 2)
    const division = reference.value?.industryDivisions.find((c) => c.code.replace(/^[A-T]/, '') === digits)
    return division ? `${title(division)}（${code}）` : code
  }

  return { reference, nameOf, named, choices, reasonsFor, industryName, cityName: computed(() => reference.value?.cityName ?? ''), authority: computed(() => reference.value?.authorityName ?? '') }
}
