import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { desktop, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, type Tab, visit } from './browser'
import { Caller } from './caller'
import { startServer, type Server } from './server'

let server: Server
let browser: Browser
let demandId = ''
let awardedId = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  const anyone = new Caller(server.origin)
  const first = async (state: string): Promise<string> => (await anyone.get<{ items: { id: string }[] }>(`/api/v1/demands?state=${state}&limit=1`)).items[0]?.id ?? ''
  demandId = await first('published')
  awardedId = (await first('awarded')) || (await first('award_notice'))
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const pages: Record<string, () => string> = {
  home: () => '/',
  results: () => '/search?q=电机',
  board: () => '/demands',
  services: () => '/services',
  achievements: () => '/achievements',
  organisations: () => '/organisations',
  demand: () => `/demands/${demandId}`,
  result: () => `/demands/${awardedId}/result`,
  'sign-in': () => '/sign-in',
  'sign-up': () => '/sign-up',
  about: () => '/about',
  developers: () => '/developers',
  'not found': () => '/no/such/page',
}

describe.each([['1440 px', desktop], ['390 px', phone]] as const)('at %s', (_, size) => {
  let tab: Tab
  beforeAll(async () => {
    tab = await visit(browser, server.origin, size)
  })
  afterAll(() => tab.context.close())

  it.each(Object.keys(pages))('%s is accessible, fits the screen and breaks no rule of the content security policy', async (name) => {
    const { page, complaints } = tab
    await open(page, pages[name]!())
    await page.locator('h1').first().waitFor()
    await settled(page)
    await expectAccessible(page)
    await expectNoSideScroll(page)
    expect(complaints.splice(0), 'console').toEqual([])
  })
})

describe('a visitor', () => {
  it('finds a demand by an inner phrase of its title, with the hit marked, by keyboard alone', async () => {
    const anyone = new Caller(server.origin)
    const { title } = await anyone.get<{ title: string }>(`/api/v1/demands/${demandId}`)
    const phrase = title.replaceAll(/[^\p{Script=Han}]/gu, '').slice(2, 6)
    const { page, context } = await visit(browser, server.origin)
    await open(page, '/')
    await page.keyboard.press('/')
    await page.keyboard.type(phrase)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/search\?q=/)
    await settled(page)
    await expect.poll(() => page.locator('[data-result] mark').count()).toBeGreaterThan(0)
    await page.locator('h1').click()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/(demands|organisations)\//)
    await page.goBack()
    await page.waitForURL(/\/search\?q=/)
    await context.close()
  })

  it('gets suggestions while typing', async () => {
    const { page, context } = await visit(browser, server.origin, phone)
    await open(page, '/')
    const box = page.getByRole('combobox').first()
    await box.click()
    await box.pressSequentially('电机')
    await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(0)
    await context.close()
  })

  it('sees readable content before any script runs', async () => {
    const context = await browser.newContext({ baseURL: server.origin, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`/demands/${demandId}`)
    expect((await page.locator('h1').textContent())?.trim().length).toBeGreaterThan(3)
    expect(await page.title()).toContain('链榜')
    expect(await page.locator('script[type="application/ld+json"]').count()).toBe(1)
    await context.close()
  })

  it('gets a real 404 for a page that does not exist', async () => {
    expect((await fetch(`${server.origin}/no/such/page`)).status).toBe(404)
    expect((await fetch(`${server.origin}/assets/gone.js`)).status).toBe(404)
  })

  it('reads the site in English after one click', async () => {
    const { page, context } = await visit(browser, server.origin)
    await open(page, '/demands')
    await page.getByRole('button', { name: 'English' }).click()
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en')
    await page.getByRole('heading', { level: 1, name: 'Challenges' }).waitFor()
    await context.close()
  })
})
