import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, signIn, visit } from './browser'
import { Caller, eventually } from './caller'
import { answer } from './kinds'
import { startServer, type Server } from './server'

const city = '19900000001'
interface Evaluation { state: string; notice?: { state: string }; entries: { orgName: string; awarded: boolean }[] }

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

describe('the yearly evaluation', () => {
  const year = new Date().getFullYear()

  it('is computed from the records, adjusted with a reason, awarded and put up for notice', async () => {
    const { page, context, complaints } = await visit(browser, server.origin)
    await signIn(page, city, server.password)
    await open(page, '/work/review/evaluations')
    await page.getByRole('button', { name: '计算排名' }).click()
    const first = page.getByRole('row').nth(1)
    await first.waitFor()
    await first.locator('button').first().click()
    await page.getByRole('heading', { name: /^依据/ }).waitFor()
    await first.getByRole('button', { name: '调整' }).click()
    await page.getByLabel('加减分').fill('1.5')
    await page.getByRole('textbox', { name: '理由' }).fill('主动为小微企业开展公益诊断')
    await page.getByRole('form').getByRole('button', { name: '调整' }).click()
    await page.getByText('已调整').waitFor()
    await page.getByLabel(/^拟奖励/).first().fill('30')
    await page.getByRole('button', { name: '保存奖励名单' }).click()
    await page.getByRole('button', { name: '公示结果' }).click()
    await answer(page, '公示结果')
    await page.getByText('公示中').first().waitFor()
    await expectAccessible(page)
    expect(complaints).toEqual([])
    await context.close()
  })

  it('is published when nobody objected, for anyone to read and check', async () => {
    await server.advance('480h') // longer than five working days with the longest holiday between
    const operator = await new Caller(server.origin).signIn(city, server.password)
    await eventually(async () => (await operator.get<Evaluation>(`/api/v1/evaluations/${year}`)).notice?.state === 'ended', 'the notice ends')
    await operator.post(`/api/v1/evaluations/${year}/conclude`)

    const { page, context } = await visit(browser, server.origin, phone)
    await open(page, `/evaluations/${year}`)
    await page.getByText(/PX\d{4}-001/).waitFor()
    await page.getByText('主动为小微企业开展公益诊断').waitFor()
    await page.getByRole('button', { name: '明细' }).or(page.getByRole('listitem').getByRole('button')).first().click()
    await page.getByRole('heading', { name: /^依据/ }).waitFor()
    await settled(page)
    await expectNoSideScroll(page)
    await expectAccessible(page)
    await context.close()
  })
})
