import { shallowRef, type Ref } from 'vue'
import { plainWeek, type WorkCalendar } from './format'

const calendar = shallowRef<WorkCalendar>(plainWeek)

/** The working-day calendar of the server, plain weeks until it is known. */
export const useCalendar = (): Readonly<Ref<WorkCalendar>> => calendar

export function setCalendar(days: { off: string[]; on: string[] }): void {
  calendar.value = { off: new Set(days.off), on: new Set(days.on) }
}
