import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { Caller, eventually } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

interface Achievement { id: string; state: string; profile: { name: string; ways: string[]; problem: string; chain?: string } }
interface Deal { id: string; state: string; firm: string; contract?: { kind: string; priceFen?: number } }

let server: Server
let browser: Browser
let town: Town
/** The university's achievements that nobody deals over with the firm of these journeys. */
let offered: Achievement[] = []

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  const firm = await town.caller('first')
  const taken = new Set((await firm.get<{ items: { achievementId: string }[] }>('/api/v1/achievement-deals?side=firm&limit=100')).items.map((d) => d.achievementId))
  const mine = await (await town.caller('university')).get<{ items: Achievement[] }>('/api/v1/my-achievements?state=published&limit=100')
  offered = mine.items.filter((a) => !taken.has(a.id))
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

/** Takes a step of the deal's panel. */
async function act(page: Page, name: string, fill: () => Promise<void>): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
  await fill()
  await page.locator('form.ask').getByRole('button', { name, exact: true }).click()
  await page.locator('form.ask').waitFor({ state: 'detached' })
}

/** Both sides sign; the university first, with the contract's number. */
async function sign(university: Page, number: string, firm: () => Promise<Page>): Promise<Page> {
  await act(university, '签署合同', () => university.getByLabel('编号').fill(number))
  const other = await firm()
  await act(other, '签署合同', () => Promise.resolve())
  await other.getByText('已签合同').first().waitFor()
  return other
}

describe('a demand answered by an achievement', () => {
  let achievement: Achievement
  let demand = ''
  let bid = ''

  it('the university bids with it, from the achievement’s own page', async () => {
    achievement = offered.find((a) => a.profile.ways.includes('commissioned'))!
    demand = await town.published({ title: `${achievement.profile.name}（本厂工况）${Date.now() % 100_000}`, kind: 'rnd', mode: 'open', chain: achievement.profile.chain ?? 'robotics', background: achievement.profile.problem,
      difficulty: achievement.profile.problem, targets: ['连续运行 30 天达标'], budgetNegotiable: true, timeLimitMonths: 12, cooperationWays: ['commissioned', 'joint'] }, new Date(Date.now() + 2 * 3_600_000))
    const anyone = new Caller(server.origin)
    await eventually(async () => (await anyone.get<{ items: { id: string }[] }>(`/api/v1/matches/achievement/${achievement.id}?limit=5`)).items.some((m) => m.id === demand), 'the match')
    const page = await town.at('university', `/achievements/${achievement.id}`)
    await page.locator('li', { has: page.locator(`a[href="/demands/${demand}"]`) }).getByRole('link', { name: '带此成果揭榜' }).click()
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    await page.getByLabel('技术创新能力情况').fill('课题组十年积累，中试线一条。')
    await page.getByLabel('技术攻关方案').fill('以附上的成果为基础，按本厂工况二次开发。')
    await page.getByLabel(/团队与分工/).fill('负责人一名，工艺两名。')
    await page.getByLabel(/进度安排/).fill('四个月样机，八个月验证。')
    await page.getByLabel(/^报价/).fill('88')
    await page.getByLabel(/^所需时间/).fill('12')
    await page.getByLabel(/^合作方式/).selectOption('commissioned')
    await page.getByLabel(/申请书标题/).fill('带成果揭榜')
    await page.getByText('内容齐全，可以提交').waitFor()
    await page.getByRole('button', { name: '提交揭榜书' }).click()
    await answer(page, '提交揭榜书')
    await page.getByText(/揭榜书已提交/).waitFor()
    bid = decodeURIComponent(page.url().split('/').at(-1)!)
  })

  it('wins, and the deal over it is there, with what the bid said', async () => {
    await town.advance('3h')
    const leader = await town.caller('leader')
    await eventually(async () => (await leader.get<{ state: string }>(`/api/v1/demands/${demand}`)).state === 'bidding_closed', 'the closing')
    const path = `/api/v1/bids/${encodeURIComponent(bid)}`
    await leader.post(`${path}/check`, { outcome: 'pass' })
    const { criteria } = await leader.get<{ criteria: { key: string }[] }>(`/api/v1/demands/${demand}`)
    await leader.send('PUT', `${path}/scores`, { scores: criteria.map(({ key }) => ({ key, score: 88, reason: '成果成熟，可验证。' })) })
    await leader.post(`${path}/shortlist`, { shortlisted: true })
    await leader.send('PUT', `/api/v1/demands/${demand}/award`, { winners: [bid], reason: '成果与工况最接近。', feedback: [] })
    await leader.post(`/api/v1/demands/${demand}/award/publish`)
    await town.advance('400h')
    const university = await town.caller('university')
    await eventually(async () => (await university.get<{ items: { id: string }[] }>('/api/v1/tasks?side=winner&limit=100')).items.some((k) => k.id === bid), 'the task')
    const page = await town.at('university', `/work/tasks/${encodeURIComponent(bid)}`)
    await page.getByRole('link', { name: '办理成果合同' }).click()
    await page.waitForURL(/\/work\/achievement-deals\//)
    await act(page, '提出条款', async () => {
      expect(await page.getByLabel('意向价格（万元）').inputValue()).toBe('88')
      expect(await page.getByLabel(/^方式/).inputValue()).toBe('commissioned')
      await page.getByLabel('本单位声明：完成人与该企业无关联关系').check()
    })
    await page.getByText('条款待企业确认').first().waitFor()
    await checked(page)
  })

  it('is signed by both sides, the issuer with its declaration', async () => {
    const university = await town.at('university', '/work/achievement-deals')
    await university.getByRole('link', { name: achievement.profile.name }).first().click()
    await university.waitForURL(/\/work\/achievement-deals\/[^/]+$/)
    const path = new URL(university.url()).pathname
    const leader = await town.at('leader', path)
    await act(leader, '同意条款', () => leader.getByLabel('本单位声明：与成果完成人无关联关系').check())
    await leader.getByText('待签合同').first().waitFor() // straight to the contract: no pricing, approval or notice
    await sign(await town.at('university', path), `WT-${Date.now() % 100_000}`, () => town.at('leader', path))
    const deal = await (await town.caller('leader')).get<Deal>(`/api/v1${path.replace('/work', '')}`)
    expect(deal).toMatchObject({ state: 'signed', contract: { kind: 'development', priceFen: 88_000_000 } })
  })
})

describe('a trial before the transfer', () => {
  let achievement: Achievement
  let path = ''

  it('a firm asks for it on a phone; the university puts the terms first', async () => {
    achievement = offered.find((a) => a.profile.ways.includes('trial_first'))!
    const firm = await town.at('first', `/achievements/${achievement.id}`, phone)
    await firm.getByRole('button', { name: '提出合作意向' }).click()
    await firm.getByLabel('想解决什么问题').fill('先在一条线上试三个月，达标就转。')
    await firm.getByLabel('希望的合作方式').selectOption('trial_first')
    await firm.getByLabel('联系人').fill('李工')
    await firm.getByLabel('联系电话').fill('13800000000')
    await firm.getByRole('button', { name: '提交意向' }).click()
    await firm.waitForURL(/\/work\/achievement-deals\//)
    path = new URL(firm.url()).pathname
    const page = await town.at('university', path)
    await page.getByRole('button', { name: '开始洽谈' }).click()
    await act(page, '提出条款', async () => {
      await page.getByLabel('意向价格（万元）').fill('60')
      await page.getByLabel(/^免费试用/).fill('90')
      await page.getByLabel('本单位声明：完成人与该企业无关联关系').check()
    })
    await page.getByText('条款待企业确认').first().waitFor()
  })

  it('the firm agrees and tries it free; the achievement is reserved for it', async () => {
    const firm = await town.at('first', path, phone)
    await act(firm, '同意条款', () => firm.getByLabel('本单位声明：与成果完成人无关联关系').check())
    await firm.getByText('试用中').first().waitFor()
    await checked(firm)
    const anyone = new Caller(server.origin)
    expect((await anyone.get<Achievement>(`/api/v1/achievements/${achievement.id}`)).state).toBe('reserved')
  })

  it('is satisfied when the days are over, and the transfer is signed', async () => {
    await town.advance('2184h') // 91 days
    const told = await town.caller('first')
    await eventually(async () => (await told.get<{ items: { kind: string }[] }>('/api/v1/inbox?limit=50')).items.some((m) => m.kind === 'deal.trial_over'), 'the reminder')
    const firm = await town.at('first', path, phone)
    await act(firm, '提交试用报告', async () => {
      await firm.getByLabel('试用报告').fill('连续运行 90 天，无故障，指标达到约定。')
      await firm.getByLabel('试用满意，按约定转让').check()
    })
    await firm.getByText('待签合同').first().waitFor()
    await sign(await town.at('university', path), `ZR-${Date.now() % 100_000}`, () => town.at('first', path, phone))
    const anyone = new Caller(server.origin)
    await eventually(async () => (await anyone.get<Achievement>(`/api/v1/achievements/${achievement.id}`)).state === 'transferred', 'the transfer')
  })
})
