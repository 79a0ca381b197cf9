import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { enter, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, type Tab } from './browser'
import { Caller, eventually } from './caller'
import { answer, people } from './kinds'
import { startServer, type Server } from './server'

const subject = `主轴箱装配线联网诊断 ${Date.now() % 100_000}`
const record = `注塑车间能耗诊断 ${Date.now() % 100_000}`
const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
interface Organisation { orgId: string; name: string }

let server: Server
let browser: Browser
let client: Tab
let provider: Tab
let five: Organisation[]
let serving: Organisation
let asking: Organisation
let room = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  const buyer = await new Caller(server.origin).signIn(people.first, server.password)
  const seller = await new Caller(server.origin).signIn(people.provider, server.password)
  serving = (await seller.get<{ organisation: Organisation }>('/api/v1/me')).organisation
  asking = (await buyer.get<{ organisation: Organisation }>('/api/v1/me')).organisation
  const pool = await buyer.get<{ items: Organisation[] }>('/api/v1/providers?category=digital&limit=20')
  serving = pool.items.find((p) => p.orgId === serving.orgId)!
  five = [serving, ...pool.items.filter((p) => p.orgId !== serving.orgId)].slice(0, 5)
  client = await enter(browser, server.origin, people.first, server.password)
  provider = await enter(browser, server.origin, people.provider, server.password, phone)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

/** Opens the dealing as it is now and waits for whose turn it is. */
async function turn(page: Page, text: string): Promise<void> {
  await open(page, room)
  await page.getByText(text, { exact: true }).waitFor()
}

describe('five-way enquiry', () => {
  it('asks five at once, each for itself', async () => {
    const { page } = client
    await open(page, `/work/engagements/new?category=digital&${five.map((p) => `provider=${p.orgId}`).join('&')}`)
    await page.getByText('已选 5 家').waitFor()
    await page.getByLabel(/^事项/).fill(subject)
    await page.getByLabel(/^具体需求/).fill('两条装配线需要联网采集和瓶颈诊断。')
    await expectAccessible(page)
    await page.getByRole('button', { name: '发出询价' }).click()
    await page.waitForURL(/\/work\/enquiries\//)
    for (const one of five) await page.getByRole('link', { name: one.name }).waitFor()
    await page.getByText('等服务机构报价').first().waitFor()
  })

  it('is quoted, quoted anew with the difference shown, and accepted', async () => {
    const seller = provider.page
    await open(seller, '/work/service-desk')
    await settled(seller)
    room = (await seller.getByRole('link', { name: subject }).first().getAttribute('href'))!
    await turn(seller, '轮到你：报价')
    await settled(seller)
    const quote = async (price: string, button: string): Promise<void> => {
      await seller.getByLabel(/^服务内容与方法/).fill('现场诊断两轮并出具方案。')
      await seller.getByLabel(/^报价（万元）/).fill(price)
      await seller.getByLabel(/^工期（天）/).fill('30')
      await seller.getByLabel(/^有效期至/).fill(day(20))
      await seller.getByRole('button', { name: button }).click()
      await seller.getByText('等客户答复报价').waitFor()
    }
    await quote('9', '提交报价')
    await expectNoSideScroll(seller)
    await expectAccessible(seller)

    await turn(client.page, '轮到你：答复报价')
    await client.page.getByRole('button', { name: '要求调整' }).click()
    await answer(client.page, '要求调整', '预算八万以内')
    await turn(seller, '轮到你：报价')
    await seller.getByText('客户要求：预算八万以内').first().waitFor()
    await quote('8', '提交报价')

    await turn(client.page, '轮到你：答复报价')
    await client.page.locator('del', { hasText: '9 万元' }).waitFor()
    await client.page.locator('ins', { hasText: '8 万元' }).waitFor()
    await expectAccessible(client.page)
    await client.page.getByRole('button', { name: '接受这份报价' }).click()
    await answer(client.page, '接受这份报价')
    await client.page.getByText('等服务机构提出合同').waitFor()
  })

  it('is contracted, delivered, returned, accepted and rated, each side seeing whose turn it is', async () => {
    const [buyer, seller] = [client.page, provider.page]
    await turn(seller, '轮到你：提出合同')
    await seller.getByLabel(/^签订日期/).fill(day(0))
    await seller.getByRole('button', { name: '提出合同' }).click()
    await seller.getByText('等客户确认合同').waitFor()
    await turn(buyer, '轮到你：确认合同')
    await buyer.getByRole('button', { name: '确认合同' }).click()
    await answer(buyer, '确认合同')
    await buyer.getByText('等服务机构开始服务').waitFor()
    await turn(seller, '轮到你：开始服务')
    await seller.getByRole('button', { name: '开始服务' }).click()
    for (const note of ['诊断报告', '诊断报告，补了瓶颈分析']) {
      await turn(seller, '轮到你：交付')
      await seller.getByLabel(/^交付说明/).fill(note)
      await seller.getByRole('button', { name: '提交交付' }).click()
      await seller.getByText('等客户验收').waitFor()
      await turn(buyer, '轮到你：验收')
      if (note !== '诊断报告') break
      await buyer.getByRole('button', { name: '退回修改' }).click()
      await answer(buyer, '退回修改', '缺瓶颈分析')
      await buyer.getByText('等服务机构交付').waitFor()
    }
    await buyer.getByRole('button', { name: '验收通过' }).click()
    await answer(buyer, '验收通过')
    for (const mark of ['服务质量', '响应与时效', '收费合理']) await buyer.getByRole('group', { name: mark }).getByLabel('5').check()
    await buyer.getByLabel(/^说说具体情况/).fill('诊断细致，方案能落地。')
    await expectAccessible(buyer)
    await buyer.getByRole('button', { name: '提交评价' }).click()
    await buyer.getByRole('heading', { name: '客户的评价' }).waitFor()
    await turn(seller, '轮到你：回复评价（可不回）')
    await open(buyer, `/providers/${serving.orgId}`)
    await buyer.getByText('诊断细致，方案能落地。').waitFor()
    expect([...client.complaints, ...provider.complaints]).toEqual([])
  })
})

describe('a service done elsewhere', () => {
  it('is entered with its contract, and counts once the client confirms it', async () => {
    const seller = provider.page
    const city = await new Caller(server.origin).signIn(people.operator, server.password)
    const counted = async (): Promise<number> => (await city.get<{ total: { offline: number } }>('/api/v1/engagement-figures')).total.offline
    const before = await counted()
    await open(seller, '/work/engagements/record')
    await seller.getByLabel(/^客户单位/).fill(asking.name)
    await seller.getByRole('button', { name: asking.name }).click()
    for (const [label, text] of [['服务事项', record], ['服务内容', '三条产线能耗诊断'], ['开始日期', day(-90)], ['完成日期', day(-30)], ['合同金额', '3.5'], ['服务成效', '每月少用一成电']] as const) await seller.getByLabel(new RegExp(`^${label}`)).fill(text)
    await seller.getByRole('combobox', { name: /^服务类别/ }).selectOption('digital')
    await seller.getByRole('combobox', { name: /^服务所在区县/ }).selectOption('songlan')
    await seller.locator('input[type=file]').first().setInputFiles({ name: '服务合同.pdf', mimeType: 'application/pdf', buffer: Buffer.from(`%PDF-1.4\n% ${record}\n%%EOF\n`) })
    await expectAccessible(seller)
    await seller.getByRole('button', { name: '提交，等客户确认' }).click()
    await seller.getByText('等客户确认补录').waitFor()
    expect(await counted()).toBe(before)

    const { page } = client
    room = new URL(seller.url()).pathname
    await turn(page, '轮到你：确认补录')
    await page.getByText('服务合同.pdf').first().waitFor()
    await page.getByRole('button', { name: '属实，确认' }).click()
    await page.getByText('轮到你：评价').waitFor()
    await eventually(async () => (await counted()) === before + 1, 'the record counts')
  })
})

describe("the operator's queue", () => {
  it('urges several late providers at once and says what became of each', async () => {
    const { page, context, complaints } = await enter(browser, server.origin, people.operator, server.password)
    await open(page, '/work/review/engagements')
    await settled(page)
    await page.getByRole('checkbox', { name: '全选' }).check()
    await expectAccessible(page)
    await page.getByRole('button', { name: '催办' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('已过首次答复期限')
    await page.getByRole('dialog').getByRole('button', { name: '催办' }).click()
    await page.getByText(/^已办 [1-9]\d* 项，未办 0 项$/).waitFor()
    await page.getByText('今天已催办').first().waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })
})
