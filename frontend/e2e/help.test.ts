import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { expectNoSideScroll, launchBrowser, open, phone, settled, signIn, visit } from './browser'
import { startServer, type Server } from './server'

const staff = '19900000003'
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

describe('the operating unit', () => {
  it('sees its firms’ year and writes in a firm’s ledger, and what it drafted waits', async () => {
    const { page, complaints } = await visit(browser, server.origin, phone)
    await signIn(page, staff, server.password)
    await open(page, '/work/liaison')
    await page.getByRole('heading', { name: /年度核对/ }).first().waitFor()
    await settled(page)
    await expectNoSideScroll(page)
    await page.getByRole('link', { name: /^澜州/ }).first().click()
    await page.getByRole('textbox', { name: /^内容/ }).fill('上门讲解揭榜政策')
    await page.getByRole('button', { name: '记下' }).click()
    await page.getByText('上门讲解揭榜政策').waitFor()
    await open(page, '/work/drafts?tab=waiting')
    await page.getByText('反光金属件表面划伤在线检测的打光方案').waitFor()
    await page.getByText('海洋环境用耐蚀铝合金焊丝').waitFor()
    expect(complaints).toEqual([])
  })
})
