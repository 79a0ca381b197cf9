import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `主轴箱渗油治理（定向）${Date.now() % 100_000}`
let server: Server
let browser: Browser
let town: Town
let id = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  const invited = await Promise.all([town.org('first'), town.org('second')])
  id = await town.approved({
    title, kind: 'rnd', mode: 'directed', demandPublic: false, audienceOrgIds: invited.map((o) => o.orgId), difficulty: '高转速下密封唇口温升大', targets: ['连续 72 h 无渗漏'],
    budgetNegotiable: true, timeLimitMonths: 8, cooperationWays: ['joint'],
  })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a directed demand', () => {
  it('is published to the invited alone', async () => {
    const page = await town.at('leader', `/work/demands/${id}`)
    await page.getByRole('button', { name: '发榜' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '发榜' }).click()
    await page.getByRole('heading', { name: '受邀单位' }).waitFor()
    expect(await page.getByText('待回复').count()).toBe(2)
    await checked(page)
    const stranger = await town.caller('university')
    await expect(stranger.get(`/api/v1/demands/${id}`)).rejects.toThrow('404')
  })

  it('one declines with a reason, on a phone', async () => {
    const page = await town.at('second', '/work/invites', phone)
    await page.getByRole('link', { name: title }).waitFor()
    await checked(page)
    await page.locator('li', { hasText: title }).getByRole('button', { name: '婉拒' }).click()
    await answer(page, '婉拒', '产能已排满到明年三月')
    await page.locator('li', { hasText: title }).getByText('已婉拒').waitFor()
  })

  it('the other accepts and answers', async () => {
    const page = await town.at('first', '/work/invites')
    await page.locator('li', { hasText: title }).getByRole('button', { name: '接受邀请' }).click()
    await page.locator('li', { hasText: title }).getByRole('link', { name: '去填写' }).click()
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    await page.getByLabel('技术创新能力情况').fill('自有密封试验台。')
    await page.getByLabel('技术攻关方案').fill('双唇密封与回油槽组合。')
    await page.getByLabel(/^报价/).fill('45')
    await page.getByLabel(/^所需时间/).fill('6')
    await page.getByText('内容齐全，可以提交').waitFor()
    await page.getByRole('button', { name: '提交揭榜书' }).click()
    await answer(page, '提交揭榜书')
    await page.getByText(/已提交，截止前仍可修改/).waitFor()
  })

  it('the issuer reads the answers, which are not sealed, and the reason of the one who declined', async () => {
    const page = await town.at('leader', `/work/demands/${id}`)
    await page.getByText('产能已排满到明年三月').waitFor()
    await page.getByRole('link', { name: '揭榜与评审' }).click()
    await page.getByText('双唇密封与回油槽组合。').waitFor()
    await checked(page)
  })
})
