import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { desktop, enter, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, visit } from './browser'
import { Caller, eventually } from './caller'
import { startServer, type Server } from './server'

/** Searching as people do: typing, narrowing, being helped, being told of what is new, and seeing why something fits. */
let server: Server
let browser: Browser

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const total = async (page: Page): Promise<number> => Number(/找到 ([\d,]+) 条/.exec((await page.getByRole('status').first().textContent()) ?? '')?.[1]?.replaceAll(',', '') ?? Number.NaN)
const account = (role: string): string => {
  const found = server.accounts.find((a) => a.role.includes(role))
  if (!found) throw new Error(`the demo has no account for ${role}`)
  return found.phone
}

describe('somebody who looks for something', () => {
  it('narrows by facets whose counts come true, and finds the whole state in the address', async () => {
    const { page, context } = await visit(browser, server.origin)
    await open(page, '/search?q=机床')
    await settled(page)
    await expect.poll(() => total(page)).toBeGreaterThan(3)
    const facet = page.locator('.column fieldset', { hasText: '产业链' }).locator('label').first()
    const promised = Number(await facet.locator('.count').textContent())
    await facet.locator('input').check()
    await expect.poll(() => total(page)).toBe(promised)
    expect(new URL(page.url()).searchParams.get('chain')).toBeTruthy()
    // Another filter: the counts of the first still say what its other values would bring.
    const closes = page.locator('.column fieldset', { hasText: '区县' }).locator('label').first()
    const then = Number(await closes.locator('.count').textContent())
    await closes.locator('input').check()
    await expect.poll(() => total(page)).toBe(then)
    const address = page.url()
    await page.reload()
    await settled(page)
    await expect.poll(() => total(page)).toBe(then)
    await page.getByRole('button', { name: '全部清除' }).first().click()
    await expect.poll(() => total(page)).toBeGreaterThan(promised)
    await page.goBack()
    await expect.poll(() => page.url()).toBe(address)
    await context.close()
  })

  it('is offered what was meant, and gets what was typed', async () => {
    const { page, context } = await visit(browser, server.origin)
    const offered = page.locator('.meant')
    for (const [typed, meant] of [['zhoucheng', '轴承'], ['周承', '轴承']] as const) {
      await open(page, `/search?q=${encodeURIComponent(typed)}`)
      await expect.poll(() => offered.textContent(), { message: typed, timeout: 20_000 }).toBe(meant)
      expect(await page.getByRole('combobox').first().inputValue()).toBe(typed)
    }
    await offered.click()
    await page.waitForURL((url) => url.searchParams.get('q') === '轴承')
    await expect.poll(() => total(page)).toBeGreaterThan(0)
    await context.close()
  })

  it('learns which filter to give up when nothing is left', async () => {
    const { page, context } = await visit(browser, server.origin, phone)
    await open(page, '/search?q=轴承&type=demand&closes=7&budget=1000-')
    const way = page.getByRole('button', { name: /^不限预算或价格：\d+ 条$/ })
    await way.waitFor({ timeout: 20_000 })
    await expectNoSideScroll(page)
    await expectAccessible(page)
    const promised = Number(/(\d+) 条/.exec((await way.textContent())!)![1])
    await way.click()
    await expect.poll(() => total(page)).toBe(promised)
    await context.close()
  })

  it('finds the last searches again by keyboard, and can make the device forget them', async () => {
    const { page, context } = await visit(browser, server.origin)
    await open(page, '/search')
    await settled(page)
    const box = page.getByRole('combobox').first()
    await page.keyboard.press('/')
    await page.keyboard.type('减速器')
    await page.getByRole('option').first().waitFor({ timeout: 20_000 })
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.searchParams.get('q') === '减速器')
    await settled(page)
    await box.fill('')
    await page.getByRole('option', { name: '减速器' }).waitFor({ timeout: 20_000 })
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => box.getAttribute('aria-activedescendant')).toBeTruthy()
    await page.keyboard.press('Enter')
    await expect.poll(() => box.inputValue()).toBe('减速器')
    await box.fill('')
    await page.getByRole('button', { name: '清除搜索记录' }).click()
    await expect.poll(() => page.evaluate(() => localStorage.getItem('lianbang.recent'))).toBe('[]')
    await context.close()
  })

  it('lists the nearest first on a phone, from a district of choice', async () => {
    const { page, context } = await visit(browser, server.origin, phone)
    await open(page, '/organisations?sort=nearest&near=heting')
    await settled(page)
    const places = page.locator('article .who')
    await expect.poll(() => places.first().textContent(), { timeout: 20_000 }).toContain('鹤汀区')
    await page.getByRole('button', { name: /^筛选/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: /条结果|完成/ }).waitFor()
    await expectAccessible(page)
    await context.close()
  })
})

describe('a firm', () => {
  it('saves a search and is told, once, of the demand published afterwards', { timeout: 120_000 }, async () => {
    const issuer = await new Caller(server.origin).signIn(account('链主'), server.password)
    const { items } = await issuer.get<{ items: { id: string; rev: number; title: string; state: string }[] }>('/api/v1/my-demands?limit=100')
    const demand = items.find((row) => row.state === 'approved')!
    const words = demand.title.slice(2, 8)

    const firm = account('中榜过')
    const { page, context } = await enter(browser, server.origin, firm, server.password)
    await open(page, `/search?q=${encodeURIComponent(words)}`)
    await settled(page)
    await page.getByRole('button', { name: '保存并提醒' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('名称').fill('我们的老本行')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: '保存' }).click()
    await page.getByRole('link', { name: '已保存' }).click()
    await page.getByRole('link', { name: '我们的老本行' }).waitFor()
    await expectAccessible(page)

    const { rev } = await issuer.get<{ rev: number }>(`/api/v1/demands/${demand.id}`)
    await issuer.post(`/api/v1/demands/${demand.id}/publish`, { deadline: new Date(Date.now() + 60 * 86_400_000).toISOString() }, { 'If-Match': `"${rev}"` })
    const reader = await new Caller(server.origin).signIn(firm, server.password)
    const told = () => reader.get<{ items: { title: string; link?: string }[] }>('/api/v1/inbox?limit=50').then((box) => box.items.filter((message) => message.title.includes('我们的老本行')))
    await eventually(async () => (await told()).length > 0, 'the message of the saved search')
    await open(page, '/work/inbox')
    await page.getByText('“我们的老本行”有 1 条新内容').first().waitFor({ timeout: 20_000 })
    expect((await told()).map((message) => message.link)).toEqual([`/demands/${demand.id}`])

    await open(page, '/work/searches')
    await page.getByText('已通知 1 条').waitFor({ timeout: 20_000 })
    await page.getByRole('button', { name: '暂停：我们的老本行' }).click()
    await page.getByText('已暂停', { exact: true }).waitFor()
    await page.getByRole('button', { name: '删除：我们的老本行' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有保存的搜索').waitFor({ timeout: 20_000 })
    await context.close()
  })

  it.each([['wide', desktop], ['on a phone', phone]] as const)('sees why something fits, in bars that add up, and what would change it (%s)', async (_, size) => {
    const { page, context } = await enter(browser, server.origin, account('中榜过'), server.password, size)
    await open(page, '/work/matches?show=more')
    await settled(page)
    const first = page.locator('[data-match]').first()
    await first.locator('summary').click()
    await first.locator('.version').waitFor({ timeout: 20_000 })
    const tenth = (text: string): number => Math.round(Number(text.replace('−', '-').replace('+', '')) * 10)
    const parts = (await first.locator('.points').allTextContents()).map(tenth)
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.reduce((a, b) => a + b, 0)).toBe(tenth((await first.locator('.total strong').textContent())!))
    expect(tenth((await first.locator('.score').textContent())!)).toBe(tenth((await first.locator('.total strong').textContent())!))
    expect(await first.locator('.version').textContent()).toMatch(/权重版本 \S+/)
    await page.getByRole('switch', { name: '结合我的关注' }).check()
    await page.waitForURL(/personal=on/)
    await page.getByText('您还没有关注产业链、类别或区县').waitFor({ timeout: 20_000 })
    await expectAccessible(page)
    await expectNoSideScroll(page)
    await context.close()
  })
})

it('the city operator adds a synonym, sees what it would find, and it takes effect and is undone without a restart', { timeout: 120_000 }, async () => {
  const anyone = new Caller(server.origin)
  const finds = async (q: string): Promise<number> => (await anyone.get<{ total: number; relaxed: string }>(`/api/v1/search?q=${encodeURIComponent(q)}`).then((p) => (p.relaxed === 'none' ? p.total : 0)))
  const bearings = await finds('轴承')
  const { page, context } = await enter(browser, server.origin, account('市级'), server.password)
  await open(page, '/work/review/words')
  await settled(page)
  await page.getByLabel('意思相同的词').fill('轴承、滚动支承件')
  await page.getByRole('button', { name: '看看效果' }).click()
  const row = page.locator('tbody tr', { hasText: '滚动支承件' })
  await row.waitFor({ timeout: 20_000 })
  expect(await row.locator('td').allTextContents()).toEqual(['0', String(await finds('轴承'))])
  await expectAccessible(page)
  await page.getByRole('button', { name: '保存并生效' }).click()
  await eventually(async () => (await finds('滚动支承件')) >= bearings, 'the synonym to take effect')
  const group = page.locator('section li', { hasText: '滚动支承件' }).first()
  await group.getByText('生效中').waitFor({ timeout: 20_000 })
  await group.getByRole('button', { name: /^停用/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: '停用' }).click()
  await eventually(async () => (await finds('滚动支承件')) === 0, 'the synonym to go out of use')
  await context.close()
})
