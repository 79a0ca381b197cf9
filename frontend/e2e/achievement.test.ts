import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { enter, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled } from './browser'
import { Caller } from './caller'
import { startServer, type Server } from './server'

/** A firm takes an open licence on a phone: from the public page to a certificate that anybody can check. */
describe('an open licence', () => {
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

  it('goes from the page to the certificate', async () => {
    const firm = server.accounts.find((a) => a.role.includes('中小企业'))!
    const found = await new Caller(server.origin).get<{ items: { id: string; openOnOffer?: boolean }[] }>('/api/v1/achievements?limit=200')
    const one = found.items.find((a) => a.openOnOffer)
    expect(one, 'an achievement whose open licence is on offer').toBeTruthy()
    const { page, context, complaints } = await enter(browser, server.origin, firm.phone, server.password, phone)
    await open(page, `/achievements/${one!.id}`)
    await settled(page)
    await expectNoSideScroll(page)
    await expectAccessible(page)
    await page.getByRole('button', { name: '签订开放许可' }).click()
    await page.getByLabel('打算用在哪里').fill('本厂自用')
    await page.getByLabel('联系人').fill('李工')
    await page.getByLabel('联系电话').fill('13800000000')
    await page.getByLabel('本单位接受上述公开条件').check()
    await page.getByRole('button', { name: '签订开放许可' }).click()
    await page.waitForURL(/\/work\/achievement-deals\//)
    await page.getByRole('button', { name: '登记付款' }).click()
    await page.getByLabel('金额（万元）').fill('500')
    await page.locator('form').getByRole('button', { name: '登记付款' }).click()
    await page.getByText('待高校确认').waitFor()
    await expectNoSideScroll(page)
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '下载凭证' }).click()])
    expect(file.suggestedFilename()).toBe('开放许可凭证.pdf')
    const code = /KF-[A-Z2-7]+/.exec((await page.locator('main').textContent()) ?? '')?.[0]
    await open(page, `/certificates?code=${code}`)
    await page.getByText('凭证真实').waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })
})
