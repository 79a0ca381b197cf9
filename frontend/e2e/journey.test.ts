import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { desktop, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, signIn, type Tab, visit } from './browser'
import { Caller, eventually } from './caller'
import { startServer, type Server } from './server'

/** Demo accounts; each journey leaves the demo content as it found it, but for what it makes. */
const operator = '19900000001'
const leader = '19900000102'
const bidders = { winner: '19900000142', loser: '19900000136' }
const title = `谐波减速器柔轮疲劳裂纹在线声发射预警 ${Date.now() % 100_000}`
const phrase = '柔轮疲劳裂纹'

let server: Server
let browser: Browser
const tabs: Record<string, Tab> = {}
let demandId = ''

/** The tab of somebody, signed in with the session the server's clock still accepts. */
async function as(who: string, login: string, size = desktop): Promise<Page> {
  const open = tabs[who]
  if (open) return open.page
  const tab = await visit(browser, server.origin, size)
  tabs[who] = tab
  await signIn(tab.page, login, server.password || 'lianbang-demo')
  return tab.page
}

/** Answers the dialog that asks before something is done. */
async function answer(page: Page, action: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: action }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}

async function checked(page: Page): Promise<void> {
  await settled(page)
  await expectAccessible(page)
  await expectNoSideScroll(page)
}

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('the main job, in the browser', () => {
  it('a chain leader imports a spreadsheet, mends a row and gets drafts', async () => {
    const page = await as('leader', leader)
    await open(page, '/work/demands/import')
    await checked(page)
    const header = '需求名称,所属产业链,需求背景,主要技术难点,主要技术指标,预期投入（万元）,完成时限（月）,合作方式,联系人,联系电话'
    const row = (name: string, amount: string): string => `${name},机器人,减速器出厂前抽检发现柔轮早期裂纹只能停机拆解,信号弱且受啮合噪声干扰,预警提前量不少于 200 小时,${amount},10,联合研发,沈工,13800000001`
    const file = [header, row(title, '一百多'), row(`${title}（二）`, '80')].join('\n')
    await page.locator('input[type=file]').first().setInputFiles({ name: '需求.csv', mimeType: 'text/csv', buffer: Buffer.from(file) })
    await page.waitForURL(/\/work\/demands\/import\/./)
    await page.getByText('还有 1 行要改').waitFor()
    await checked(page)
    await page.getByRole('textbox', { name: /预期投入/ }).fill('120')
    await page.getByRole('button', { name: '保存这一行' }).click()
    await page.getByRole('button', { name: '生成 2 条草稿' }).click()
    await answer(page, '生成 2 条草稿')
    await page.getByText('已生成 2 条草稿').waitFor()
  })

  it('submits one, and the operator approves it by keyboard', async () => {
    const page = await as('leader', leader)
    await page.getByRole('link', { name: '去看我的需求' }).click()
    await page.getByRole('link', { name: title, exact: true }).click()
    await page.waitForURL(/\/work\/demands\/(?!import|new)[^/]+$/)
    demandId = page.url().split('/').at(-1)!
    await page.getByRole('button', { name: '提交审核' }).click()
    await answer(page, '提交审核')
    await page.getByText('等主管部门审核').waitFor()
    await checked(page)

    const desk = await as('operator', operator)
    await desk.goto(`/work/review/demands?open=${demandId}`)
    await desk.getByRole('heading', { name: title }).waitFor()
    await checked(desk)
    await desk.locator('body').press('a')
    await answer(desk, '审核通过')
    await desk.getByText('已通过').first().waitFor()
  })

  it('publishes it, and anyone finds it by a phrase from the middle of its title', async () => {
    const page = await as('leader', leader)
    await page.reload()
    await page.getByRole('button', { name: '发榜' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '发榜' }).click()
    await page.getByRole('link', { name: '揭榜与评审' }).waitFor()

    const anyone = new Caller(server.origin)
    await eventually(async () => (await anyone.get<{ hits: { id: string }[] }>(`/api/v1/search?type=demand&q=${encodeURIComponent(phrase)}`)).hits.some((hit) => hit.id === demandId), 'the demand in the index')
    tabs.guest = await visit(browser, server.origin, phone)
    const guest = tabs.guest.page
    await guest.goto(`/search?q=${encodeURIComponent(phrase)}`)
    await guest.locator('mark', { hasText: phrase }).first().waitFor()
    await checked(guest)
    await guest.getByRole('link', { name: title }).first().click()
    await guest.getByRole('heading', { name: title }).waitFor()
    await checked(guest)
  })

  it.each(Object.entries(bidders))('%s bids from the demand’s page', async (who, login) => {
    const page = await as(who, login, who === 'loser' ? phone : desktop)
    await open(page, `/demands/${demandId}`)
    await page.getByRole('link', { name: '我要揭榜' }).click()
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    await checked(page)
    await page.getByLabel('技术创新能力情况').fill('自有声发射试验台与减速器寿命试验数据。')
    await page.getByLabel('技术攻关方案').fill(`${who} 的方案：阵列传感与啮合阶次剔除。`)
    await page.getByLabel(/团队与分工/).fill('项目负责人一名，信号处理两名，试验两名。')
    await page.getByLabel(/进度安排/).fill('三个月样机，六个月试用，十个月验收。')
    await page.getByLabel(/^报价/).fill('96.5')
    await page.getByLabel(/^所需时间/).fill('10')
    await page.getByLabel(/^合作方式/).selectOption('joint')
    await page.getByLabel(/申请书标题/).fill('柔轮裂纹预警方案')
    await page.getByText('内容齐全，可以提交').waitFor()
    await page.getByRole('button', { name: '提交揭榜书' }).click()
    await answer(page, '提交揭榜书')
    await page.getByText(/揭榜书已提交/).waitFor()
  })

  it('keeps the application sealed from the issuer until the deadline', async () => {
    const page = await as('leader', leader)
    await open(page, `/work/demands/${demandId}/evaluation`)
    await page.getByText(/申请书封存至/).waitFor()
    await page.locator('nav[aria-label="揭榜单位"] button').first().click()
    await page.getByRole('heading', { name: '对接表' }).waitFor()
    expect(await page.getByText('阵列传感与啮合阶次剔除').count()).toBe(0)
    await checked(page)
  })

  it('after the deadline the issuer scores, shortlists and awards one, with a word to the other', async () => {
    await server.advance('745h')
    const anyone = new Caller(server.origin)
    await eventually(async () => (await anyone.get<{ state: string }>(`/api/v1/demands/${demandId}`)).state !== 'published', 'the closing')
    for (const tab of Object.values(tabs)) await tab.context.close()
    for (const who of Object.keys(tabs)) delete tabs[who]
    const page = await as('leader', leader)
    await open(page, `/work/demands/${demandId}/evaluation`)
    const list = page.locator('nav[aria-label="揭榜单位"] button')
    await list.first().waitFor()
    const names = (await list.locator('> span:first-child').allTextContents()).sort((a, b) => Number(a.includes('捷瞳')) - Number(b.includes('捷瞳')))
    expect(names).toHaveLength(2)
    for (const [i, name] of names.entries()) {
      await list.filter({ hasText: name }).click()
      await page.getByRole('heading', { name }).waitFor()
      await page.getByRole('button', { name: '通过', exact: true }).click()
      const scores = page.locator('.criterion input')
      await scores.first().waitFor()
      for (let c = 0; c < (await scores.count()); c++) {
        await scores.nth(c).fill(String(88 - 20 * i))
        await page.locator('.criterion textarea').nth(c).fill(i === 0 ? '有台架数据支撑。' : '缺少现场数据。')
      }
      await page.getByRole('button', { name: '保存评分' }).click()
      await page.getByRole('button', { name: '列入入围名单' }).click()
      await page.getByRole('button', { name: '移出入围名单' }).waitFor()
    }
    await page.getByRole('checkbox', { name: names[0]! }).check()
    await page.getByLabel(/定榜理由/).fill('方案可验证，总分最高。')
    await page.getByLabel(new RegExp(names[1]!)).last().fill('缺少现场噪声下的验证数据。')
    await checked(page)
    await page.getByRole('button', { name: '保存定榜决定' }).click()
    await page.getByRole('button', { name: '公示定榜结果' }).click()
    await answer(page, '公示定榜结果')
    await page.getByRole('link', { name: '查看公开结果' }).waitFor()
  })

  it('the loser reads why, criterion by criterion', async () => {
    const page = await as('loser', bidders.loser, phone)
    await open(page, '/work/bids')
    await page.getByRole('link', { name: title }).click()
    await page.getByText('缺少现场噪声下的验证数据。').waitFor()
    expect(await page.getByText('缺少现场数据。').count()).toBeGreaterThan(0)
    await checked(page)
  })

  it('anyone reads the result, and nothing of the loser in it', async () => {
    tabs.reader = await visit(browser, server.origin)
    const { page } = tabs.reader
    await open(page, `/demands/${demandId}/result`)
    await page.getByText(/鹏煜/).first().waitFor()
    await checked(page)
    const text = await page.locator('main').innerText()
    expect(text).not.toContain('捷瞳')
    expect(text).not.toContain('缺少现场')
  })
})
