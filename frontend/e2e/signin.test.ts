import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { desktop, enter, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, visit, type Tab } from './browser'
import { Caller } from './caller'
import { startServer, type Server } from './server'

let server: Server
let browser: Browser
let tab: Tab
const person = '19900000142'
const host = '19900000136'

let own = ''
let other = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  const inviter = await new Caller(server.origin).signIn(host, server.password)
  const { organisation } = await inviter.get<{ organisation: { orgId: string; name: string } }>('/api/v1/me')
  await inviter.post(`/api/v1/organisations/${organisation.orgId}/invitations`, { phone: person, role: 'member' })
  const invited = await new Caller(server.origin).signIn(person, server.password)
  const me = await invited.get<{ invitations: { id: string }[]; organisation: { name: string } }>('/api/v1/me')
  await invited.post('/api/v1/me/invitations/accept', { invitationId: me.invitations[0]!.id })
  own = me.organisation.name
  other = organisation.name
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a person with a phone', () => {
  it('signs in by a code; a wrong one is said at its field', async () => {
    tab = await visit(browser, server.origin, phone)
    const { page } = tab
    await open(page, '/sign-in')
    await page.getByLabel('手机号').fill(person)
    await page.getByRole('button', { name: '获取验证码' }).click()
    await page.getByText('验证码已发出').waitFor()
    const code = await server.codeSentTo(person)
    const field = page.getByLabel('短信验证码')
    await field.fill(code === '000000' ? '000001' : '000000')
    await page.locator('form').getByRole('button', { name: '登录', exact: true }).click()
    await page.locator('input[name=one-time-code][aria-invalid=true]').waitFor()
    await expectAccessible(page)
    await expectNoSideScroll(page)
    await field.fill(code)
    await page.locator('form').getByRole('button', { name: '登录', exact: true }).click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
  })

  it('acts for another organisation it was invited to, and back', async () => {
    const { page } = await enter(browser, server.origin, person, server.password, desktop)
    await open(page, '/work')
    const choice = page.getByRole('navigation', { name: '工作台' }).getByLabel('当前单位')
    await choice.selectOption({ label: other })
    await expect.poll(() => choice.locator('option:checked').innerText()).toBe(other)
    await settled(page)
    await open(page, '/work/organisation')
    await page.locator('main').getByText(other).first().waitFor()
    await choice.selectOption({ label: own })
    await expect.poll(() => choice.locator('option:checked').innerText()).toBe(own)
  })

  it('sees its devices and ends them all', async () => {
    const { page } = tab
    await open(page, '/work/account')
    await page.getByText('登录的设备').waitFor()
    await settled(page)
    await expectNoSideScroll(page)
    const elsewhere = await enter(browser, server.origin, person, server.password, desktop)
    await open(elsewhere.page, '/work/account')
    await elsewhere.page.getByRole('button', { name: '退出所有设备' }).click()
    await elsewhere.page.getByRole('dialog').getByRole('button', { name: '退出所有设备' }).click()
    await elsewhere.page.waitForURL(/\/sign-in/)
    await page.goto('/work/account')
    await page.waitForURL(/\/sign-in/)
  })
})
