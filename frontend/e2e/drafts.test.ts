import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { desktop, launchBrowser, phone } from './browser'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `电话里说的减速器攻关 ${Date.now() % 100_000}`
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

describe('a firm that calls', () => {
  it('has a demand drafted by staff, who ask it to confirm', async () => {
    const firm = (await (await town.caller('first')).get<{ organisation: { name: string } }>('/api/v1/me')).organisation.name
    const desk = await town.at('operator', '/work/drafts', desktop)
    await desk.getByLabel(/^企业名称或信用代码/).fill(firm)
    await desk.getByRole('button', { name: `选 ${firm}` }).click()
    await desk.getByRole('textbox', { name: /^标题/ }).fill(title)
    await checked(desk)
    await desk.getByRole('button', { name: '开始代拟' }).click()
    await desk.waitForURL(/\/work\/demands\/[^/]+\/edit/)
    id = /demands\/([^/]+)\/edit/.exec(desk.url())![1]!
    const staff = await town.caller('operator')
    const { rev } = await staff.get<{ rev: number }>(`/api/v1/demands/${id}`)
    await staff.put(`/api/v1/demands/${id}`, { title, kind: 'rnd', mode: 'open', chain: 'robotics', district: 'lanjiang', background: '产线节拍提升后现有方案跟不上。', difficulty: '柔轮疲劳寿命不足', targets: ['寿命不低于 1 万小时'], budgetNegotiable: true, timeLimitMonths: 12, cooperationWays: ['joint'], contact: { name: '沈工', phone: '13800000001' } }, rev)
    const editor = await town.at('operator', `/work/demands/${id}/edit`)
    await checked(editor)
    await editor.getByRole('button', { name: '请企业确认' }).click()
    await answer(editor, '请企业确认')
    await editor.waitForURL(/\/work\/drafts/)
    await editor.getByText(title).waitFor()
  })

  it('sees on its phone who drafted it, and submits it itself', async () => {
    const page = await town.at('first', `/work/demands/${id}`, phone)
    await page.getByText(/由.+按你单位的委托代拟/).waitFor()
    await checked(page)
    await page.getByRole('button', { name: '提交审核' }).or(page.getByRole('button', { name: '提交', exact: true })).first().click()
    await page.getByRole('dialog').getByRole('button', { name: /^提交/ }).click()
    await page.getByText(/代拟，.+确认提交/).waitFor()
  })
})
