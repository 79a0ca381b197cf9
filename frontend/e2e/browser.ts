import AxeBuilder from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect } from 'vitest'

const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const desktop = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

/** The browser as Debian installs it; CHROMIUM names another. */
export const launchBrowser = (more: string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...flags, ...more] })

export interface Tab {
  page: Page
  context: BrowserContext
  /** What the console complained about, the content security policy included. */
  complaints: string[]
}

/** What a browser keeps of a session that began elsewhere. */
type Kept = NonNullable<BrowserContextOptions['storageState']>

/** A fresh visitor at the given width. The phone is set to dark, so that both themes are held to the same rules. */
export async function visit(browser: Browser, origin: string, size = desktop, storageState?: Kept): Promise<Tab> {
  const context = await browser.newContext({ ...(storageState ? { storageState } : {}), viewport: size, baseURL: origin, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: size.width < 600, isMobile: size.width < 600, reducedMotion: 'reduce', colorScheme: size.width < 600 ? 'dark' : 'light' })
  context.setDefaultTimeout(Number(process.env.E2E_WAIT ?? 25_000)) // below the tests' own, so that a failure names what was waited for
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // A refused request is the page's to show; the browser logs it as well.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { page, context, complaints }
}

/** Opens a page and waits until the program runs it: the server's first text shows a heading, but answers no key and no click. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.locator('#app[data-v-app]').waitFor({ state: 'attached' })
}

/** Signs in through the form, as a person would. */
export async function signIn(page: Page, login: string, password: string): Promise<void> {
  await open(page, '/sign-in?with=password')
  await page.getByLabel('手机号或邮箱').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.locator('form').getByRole('button', { name: '登录' }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

/** A visitor who signed in before: no form, for journeys that begin behind it. */
export async function enter(browser: Browser, origin: string, login: string, password: string, size = desktop): Promise<Tab> {
  const response = await fetch(`${origin}/api/v1/auth/sign-in`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password }) })
  const cookie = response.headers.getSetCookie().find((c) => c.startsWith('lb_refresh='))
  if (!response.ok || !cookie) throw new Error(`signing in as ${login}: ${response.status} ${await response.text()}`)
  const value = cookie.slice('lb_refresh='.length).split(';')[0]!
  return visit(browser, origin, size, {
    cookies: [{ name: 'lb_refresh', value, domain: new URL(origin).hostname, path: '/api/v1/auth', expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }],
    origins: [{ origin, localStorage: [{ name: 'lianbang.signed-in', value: '1' }] }],
  })
}

/** Waits until nothing is being fetched and no skeleton stands in for content. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.skeleton').first().waitFor({ state: 'detached', timeout: 10_000 }).catch(() => undefined)
  await page.waitForFunction(() => document.querySelectorAll('.skeleton').length === 0, undefined, { timeout: 10_000 })
  await page.evaluate(() => document.fonts.ready)
}

/** No serious or critical finding, WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n')[1] ?? ''}`).join('\n    ')}`)
  expect(grave, `accessibility of ${page.url()}`).toEqual([])
}

/** Nothing sticks out at the side. */
export async function expectNoSideScroll(page: Page): Promise<void> {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  expect(inner, `width of ${page.url()}`).toBeLessThanOrEqual(outer!)
}
