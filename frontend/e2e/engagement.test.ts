import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { enter, expectAccessible, launchBrowser, open, settled, type Tab } from './browser'
import { Caller } from './caller'
import { answer } from './kinds'
import { startServer, type Server } from './server'

/** A number of the demo's people: a firm that asks, and the provider it chooses. */
const asks = '19900000142'
const serves = '19900000117'
const subject = `主轴箱装配线联网诊断 ${Date.now() % 100_000}`
const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
interface Dealing { id: string; state: string; provider: { orgId: string; name: string } }

let server: Server
let browser: Browser
let client: Tab
let buyer: Caller
let seller: Caller
let chosen: Dealing
let enquiry = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  buyer = await new Caller(server.origin).signIn(asks, server.password)
  seller = await new Caller(server.origin).signIn(serves, server.password)
  const me = await seller.get<{ organisation: { orgId: string } }>('/api/v1/me')
  const pool = await buyer.get<{ items: { orgId: string; state: string }[] }>('/api/v1/providers?category=digital&limit=20')
  const five = [me.organisation.orgId, ...pool.items.filter((p) => p.state === 'admitted').map((p) => p.orgId).filter((id) => id !== me.organisation.orgId)].slice(0, 5)
  const made = await buyer.post<{ id: string; engagements: Dealing[] }>('/api/v1/engagements', { providerOrgIds: five, category: 'digital', subject, need: '两条装配线需要联网采集和瓶颈诊断。', district: 'songlan' })
  expect(made.engagements).toHaveLength(5)
  enquiry = made.id
  chosen = made.engagements.find((e) => e.provider.orgId === me.organisation.orgId)!
  await seller.post(`/api/v1/engagements/${chosen.id}/quote`, { scope: '现场诊断两轮并出具方案', priceFen: 8_000_000, days: 30, validUntil: day(20) })
  client = await enter(browser, server.origin, asks, server.password)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('five-way enquiry', () => {
  it('is compared, and one quote is taken', async () => {
    const { page } = client
    await open(page, `/work/enquiries/${enquiry}`)
    await settled(page)
    await expectAccessible(page)
    await page.getByRole('link', { name: chosen.provider.name }).click()
    await page.getByText('轮到你：答复报价').waitFor()
    await page.getByRole('button', { name: '接受这份报价' }).click()
    await answer(page, '接受这份报价')
    await page.getByText('等服务机构提出合同').waitFor()
  })

  it('is delivered, accepted and rated', async () => {
    const { page } = client
    const path = `/api/v1/engagements/${chosen.id}`
    await seller.post(`${path}/contract`, { amountFen: 8_000_000, signedOn: day(0), payDays: 30 })
    await open(page, `/work/engagements/${chosen.id}`)
    await page.getByRole('button', { name: '确认合同' }).click()
    await answer(page, '确认合同')
    await page.getByText('等服务机构开始服务').waitFor()
    await seller.post(`${path}/start`)
    await seller.post(`${path}/deliver`, { note: '诊断报告' })
    await open(page, `/work/engagements/${chosen.id}`)
    await page.getByRole('button', { name: '验收通过' }).click()
    await answer(page, '验收通过')
    for (const mark of ['服务质量', '响应与时效', '收费合理']) await page.getByRole('group', { name: mark }).getByLabel('5').check()
    await page.getByLabel(/^说说具体情况/).fill('诊断细致，方案能落地。')
    await expectAccessible(page)
    await page.getByRole('button', { name: '提交评价' }).click()
    await page.getByRole('heading', { name: '客户的评价' }).waitFor()
    await open(page, `/organisations/${chosen.provider.orgId}`)
    await page.getByText('诊断细致，方案能落地。').waitFor()
    expect(client.complaints).toEqual([])
  })
})
