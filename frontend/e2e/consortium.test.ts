import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `谐波减速器整机可靠性联合攻关 ${Date.now() % 100_000}`
let server: Server
let browser: Browser
let town: Town
let id = ''
let bidPath = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  id = await town.approved({
    title, kind: 'rnd', mode: 'consortium', difficulty: '材料、热处理与装配须同时改进', targets: ['额定寿命不低于 10000 h'], budgetFen: 300_000_000, timeLimitMonths: 18, cooperationWays: ['joint'],
  })
  const leader = await town.caller('leader')
  await leader.post(`/api/v1/demands/${id}/publish`, { deadline: new Date(Date.now() + 30 * 86_400_000).toISOString() })
  await town.findable((await town.org('university')).name)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a consortium', () => {
  it('the lead begins a bid and asks a university in', async () => {
    const { name } = await town.org('university')
    const page = await town.at('first', `/work/demands/${id}/bid`)
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    bidPath = new URL(page.url()).pathname
    await page.getByLabel(/^承担的工作/).fill('寿命仿真与台架试验')
    await page.getByLabel('查找单位（输入名称）').fill(name)
    await page.getByRole('button', { name: `邀请 ${name}` }).click()
    await page.locator('.members').getByText('待回复').waitFor()
    await checked(page)
  })

  it('the university reads who asks, and joins, on a phone', async () => {
    const page = await town.at('university', '/work/invites', phone)
    await page.locator('li', { hasText: title }).getByText(/寿命仿真与台架试验/).waitFor()
    await checked(page)
    await page.locator('li', { hasText: title }).getByRole('button', { name: '接受邀请' }).click()
    await page.locator('li', { hasText: title }).getByText('已接受').waitFor()
  })

  it('the lead writes shares that make a whole, and submits', async () => {
    const lead = (await town.org('first')).name
    const other = (await town.org('university')).name
    const page = await town.at('first', bidPath)
    await page.getByLabel('技术创新能力情况').fill('整机装配与试验线。')
    await page.getByLabel('技术攻关方案').fill('材料、热处理、装配三条线并行。')
    await page.getByLabel(/^报价/).fill('280')
    await page.getByLabel(/^所需时间/).fill('18')
    await page.getByLabel(`${lead} 工作 %`).fill('60')
    await page.getByLabel(`${lead} 经费 %`).fill('70')
    await page.getByLabel(`${other} 工作 %`).fill('40')
    await page.getByLabel(`${other} 经费 %`).fill('20')
    await page.getByText('经费份额合计 90%').waitFor()
    await page.getByLabel(`${other} 经费 %`).fill('30')
    await page.getByText('内容齐全，可以提交').waitFor()
    await page.getByRole('button', { name: '提交揭榜书' }).click()
    await answer(page, '提交揭榜书')
    await page.getByText(/已提交，截止前仍可修改/).waitFor()
    await checked(page)
  })

  it('the member reads the bid, and cannot sit twice', async () => {
    const page = await town.at('university', bidPath, phone)
    await page.getByText(/本单位是 .* 联合体的成员/).waitFor()
    expect(await page.getByLabel('技术攻关方案').inputValue()).toContain('三条线并行')
    expect(await page.getByLabel('技术攻关方案').isDisabled()).toBe(true)
    const member = await town.caller('university')
    await expect(member.post(`/api/v1/demands/${id}/bids`, {})).rejects.toThrow('consortium.elsewhere')
  })
})
