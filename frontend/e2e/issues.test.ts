import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, open, phone, settled, visit } from './browser'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `铸件毛坯无损检测服务配套 ${Date.now() % 100_000}`
let server: Server
let browser: Browser
let town: Town
let period = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  await town.approved({ title, kind: 'supply', targets: ['缺陷检出率 ≥99%'], unit: '件', quantity: 800, payment: { days: 30 }, catalogue: true })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a periodic catalogue', () => {
  it('is opened, collected and published by the operator', async () => {
    const page = await town.at('operator', '/work/review/issues')
    period = await page.getByLabel(/^期次/).inputValue()
    await page.getByRole('button', { name: '开始征集' }).click()
    await page.getByRole('button', { name: new RegExp(`^${period}`), pressed: true }).waitFor()
    await page.getByRole('button', { name: '汇总本期需求' }).click()
    await page.getByRole('link', { name: title }).waitFor()
    await checked(page)
    await page.getByRole('button', { name: '编号并发布' }).click()
    await answer(page, '编号并发布')
    await page.getByRole('link', { name: '查看公开页' }).waitFor()
    await checked(page)
  })

  it('is read by anyone on a phone, with its number, and taken along to print', async () => {
    const { page, context } = await visit(browser, server.origin, phone)
    await open(page, '/issues')
    await checked(page)
    await page.locator(`a[href="/issues/${period}"]`).click()
    await page.getByRole('link', { name: title }).waitFor()
    await page.getByText(`${period}-0001`).waitFor()
    await checked(page)
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载打印版' }).click()])
    expect(file.suggestedFilename()).toContain(period)
    await page.getByRole('link', { name: title }).click()
    await page.waitForURL(/\/demands\//)
    await settled(page)
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    await page.getByText('随目录发榜').waitFor()
    await context.close()
  })
})
