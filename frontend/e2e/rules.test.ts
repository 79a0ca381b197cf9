import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { expectAccessible, expectNoSideScroll, launchBrowser, open, settled, signIn, visit } from './browser'
import { answer } from './kinds'
import { startServer, type Server } from './server'

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

describe('the city’s rules', () => {
  it('show whom a change touches before it is saved, and are put back', async () => {
    const { page, complaints } = await visit(browser, server.origin)
    await signIn(page, '19900000001', server.password)
    await open(page, '/work/review/rules')
    const staff = page.getByRole('spinbutton', { name: /^从业人员/ })
    await staff.waitFor()
    const was = await staff.inputValue()
    await staff.fill('500')
    await staff.blur()
    await page.getByRole('button', { name: '看影响到谁' }).click()
    const touched = page.getByRole('region', { name: '影响' })
    await touched.getByText(/项会变/).waitFor()
    expect(await touched.getByRole('listitem').count()).toBeGreaterThan(3)
    await touched.getByText('不符合').first().waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: '保存为新版本' }).click()
    await answer(page, '保存为新版本', '市办公会议纪要第 8 号')
    await page.getByText('市办公会议纪要第 8 号').waitFor()

    await page.setViewportSize({ width: 390, height: 844 })
    await settled(page)
    await expectNoSideScroll(page)
    await page.getByRole('button', { name: '恢复这一版' }).click()
    await page.getByText('先看影响，再保存为新版本').waitFor()
    expect(await staff.inputValue()).toBe(was)
    await page.getByRole('button', { name: '看影响到谁' }).click()
    await page.getByRole('button', { name: '保存为新版本' }).click()
    await answer(page, '保存为新版本', '恢复原条件')
    await page.getByText('恢复原条件').waitFor()
    expect(complaints).toEqual([])
  })
})
