import { locale } from '@/app/i18n'

/** The city's clock. Times are stored in UTC and always shown in this zone. */
export const zone = 'Asia/Shanghai'

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options)
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale() === 'en' ? 'en-GB' : 'zh-CN', { timeZone: zone, ...options })
  formatters.set(key, made)
  return made
}

const thisYear = (at: Date, now: Date): boolean => shanghaiDate(at).slice(0, 4) === shanghaiDate(now).slice(0, 4)

/** `2026-11-22` as read on a wall clock in the city. */
export function shanghaiDate(at: Date): string {
  return new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 10)
}

/** `11月22日 周日`; with the year when it is not this one. */
export function formatDay(iso: string, now = new Date()): string {
  const at = new Date(iso)
  const year = thisYear(at, now) ? {} : ({ year: 'numeric' } as const)
  const day = formatter({ ...year, month: locale() === 'en' ? 'short' : 'long', day: 'numeric' }).format(at)
  return `${day} ${formatter({ weekday: 'short' }).format(at)}`
}

/** `11月22日 周日 17:00`. */
export function formatTime(iso: string, now = new Date()): string {
  return `${formatDay(iso, now)} ${formatClock(iso)}`
}

/** A point at which something ends: midnight belongs to the day before, `11月27日 周五 24:00`, as notices say it. */
export function formatEnd(iso: string, now = new Date()): string {
  if (formatClock(iso) !== '00:00') return formatTime(iso, now)
  return `${formatDay(new Date(Date.parse(iso) - 1000).toISOString(), now)} 24:00`
}

/** `17:00`. */
export function formatClock(iso: string): string {
  return formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso))
}

/** `2026-11-22 17:00`, for tables and records, where the eye compares columns. */
export function formatStamp(iso: string): string {
  return `${shanghaiDate(new Date(iso))} ${formatClock(iso)}`
}

/** Money from integer fen, in 万元 as people say it: `120 万元`, `35.6 万元`, `8,000 元` below one 万. */
export function formatMoney(fen: number): string {
  const yuan = fen / 100
  if (locale() === 'en') return `¥${yuan.toLocaleString('en-GB', { maximumFractionDigits: 2 })}`
  if (Math.abs(yuan) < 10_000) return `${yuan.toLocaleString('zh-CN', { maximumFractionDigits: 2 })} 元`
  return `${(yuan / 10_000).toLocaleString('zh-CN', { maximumFractionDigits: 2 })} 万元`
}

/** The exact amount: `1,200,000.00 元`. */
export function exactMoney(fen: number): string {
  const amount = (fen / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 })
  return locale() === 'en' ? `¥${amount}` : `${amount} 元`
}

/** Days that differ from the plain Monday-to-Friday week, as the State Council announces them every year. */
export interface WorkCalendar {
  /** Weekdays that are holidays, `2026-10-01`. */
  off: ReadonlySet<string>
  /** Weekend days that are worked. */
  on: ReadonlySet<string>
}

export const plainWeek: WorkCalendar = { off: new Set(), on: new Set() }

/**
 * The whole working days that begin after now and end by `until`, as the server counts them: the day of a 17:00 deadline
 * is not whole. 0 when less than one is left.
 */
export function workingDaysLeft(until: Date, now = new Date(), calendar: WorkCalendar = plainWeek): number {
  const end = shanghaiDate(new Date(until.getTime() + 1000))
  let count = 0
  for (let day = new Date(`${shanghaiDate(now)}T00:00:00Z`), steps = 0; steps < 800; steps++) {
    day = new Date(day.getTime() + 86_400_000)
    const name = day.toISOString().slice(0, 10)
    if (name >= end) break
    const weekend = day.getUTCDay() % 6 === 0
    if (calendar.on.has(name) || (!weekend && !calendar.off.has(name))) count++
  }
  return count
}

/** `3.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** `12,345`. */
export const formatCount = (n: number): string => n.toLocaleString(locale() === 'en' ? 'en-GB' : 'zh-CN')
