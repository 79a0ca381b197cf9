import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { launchBrowser, visit } from './browser'
import { eventually } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const stamp = Date.now() % 100_000
const item = `行星齿轮轴热处理与磨削 ${stamp}`
const title = `行星齿轮轴年度配套 ${stamp}`
const sheet = `序号,配套能力名称,主要产品,主要工艺,月富余产能,计量单位,交付周期（天）,资质证书,所属产业链\nE2E-${stamp},${item},行星齿轮轴,渗碳淬火、外圆磨削,6000,件,25,IATF 16949｜No.1｜某机构｜2024-01-01｜2090-12-31,机器人\n`
let server: Server
let browser: Browser
let town: Town
let id = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('what a firm can supply', () => {
  it('comes in from a spreadsheet and becomes public', async () => {
    const page = await town.at('first', '/work/capabilities')
    await page.getByRole('button', { name: '导入表格' }).first().click()
    await page.getByLabel('选择表格').setInputFiles({ name: '清单.csv', mimeType: 'text/csv', buffer: Buffer.from(sheet) })
    await page.getByText('新建 1 项').waitFor()
    await page.getByRole('button', { name: '导入 1 项' }).click()
    await page.getByRole('link', { name: item }).click()
    await page.getByRole('heading', { level: 1, name: item }).waitFor()
    await checked(page)
    await page.getByRole('button', { name: '公开', exact: true }).click()
    await answer(page, '公开')
    await page.getByRole('link', { name: '查看公开页' }).waitFor()
  })

  it('has a page anybody can read', async () => {
    const mine = await (await town.caller('first')).get<{ items: { id: string; title: string }[] }>('/api/v1/my-capabilities')
    const { page } = await visit(browser, server.origin)
    await page.goto(`/capabilities/${mine.items.find((c) => c.title === item)!.id}`)
    await page.locator('#app[data-v-app]').waitFor({ state: 'attached' })
    await page.getByText('6,000 件/月').waitFor()
    await page.getByText('有效期至 2090-12-31').waitFor()
    await checked(page)
  })

  it('is held to a demand before quoting, and found by its issuer', async () => {
    id = await town.approved({ title, kind: 'supply', targets: ['渗碳层深 0.8 至 1.2 mm', '外圆磨削 IT6'], unit: '件', quantity: 60_000, payment: { days: 60 } })
    const leader = await town.caller('leader')
    await leader.put(`/api/v1/demand-requirements/${id}`, { items: [{ kind: 'certificate', name: 'IATF 16949', must: true }, { kind: 'lead_time', name: '交货期', quantity: 20, must: true }] }, 0)
    await leader.post(`/api/v1/demands/${id}/publish`, {})
    const page = await town.at('first', `/demands/${id}`)
    await page.getByRole('heading', { name: '准入对照' }).waitFor()
    await page.getByText('与采购方协商交期，或备安全库存').waitFor()
    await checked(page)
    await eventually(async () => (await leader.get<{ items: { capabilityTitle?: string }[] }>(`/api/v1/demands/${id}/matches`)).items.some((m) => m.capabilityTitle === item), 'the capability among the matches')
    await (await town.at('leader', `/work/demands/${id}`)).getByRole('link', { name: `配套能力：${item}` }).waitFor()
  })

  it('stands beside the price when quotes are compared', async () => {
    const first = await town.caller('first')
    const docking = { organisationName: '某企业', creditCode: '91350100M000100Y43', contactName: '李工', contactPhone: '13800000002' }
    const quote = { unitPriceFen: 4650, unit: '件', quantity: 60_000, leadTimeDays: 25, monthlyCapacity: 6000, validUntil: new Date(Date.now() + 60 * 86_400_000).toISOString() }
    const bid = await first.post<{ id: string }>(`/api/v1/demands/${id}/bids`, { docking, application: {}, quote })
    await first.post(`/api/v1/bids/${bid.id}/submit`)
    const page = await town.at('leader', `/work/demands/${id}/evaluation`)
    await page.getByText('46.50 元/件').waitFor()
    await page.getByText('必须项有缺').waitFor()
    await page.getByRole('button', { name: '导出比较表' }).waitFor()
    await checked(page)
  })
})
