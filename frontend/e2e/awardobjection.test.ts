import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, open, phone, settled, visit } from './browser'
import { eventually } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `超声辅助磨削工艺攻关 ${Date.now() % 100_000}`
const doubt = `中榜单位业绩与公开信息不符，请核查 ${Date.now() % 100_000}`
const upheld = '经核查，中榜单位填报的两项业绩不属实。'
let server: Server
let browser: Browser
let town: Town
let id = ''
let notice = ''
let winner = ''
let loser = ''

interface Seen { state: string; notice?: { id?: string; paused?: boolean }; allowedActions: { operation: string; allowed: boolean }[] }
const demand = async (): Promise<Seen> => (await town.caller('leader')).get(`/api/v1/demands/${id}`)

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  id = await town.published({ title, kind: 'rnd', mode: 'open', difficulty: '表面微裂纹难以控制', targets: ['表面粗糙度不大于 Ra0.2'], budgetFen: 90_000_000, timeLimitMonths: 10, cooperationWays: ['joint'] }, new Date(Date.now() + 2 * 3_600_000))
  const offer = (plan: string): object => ({ application: { title: '磨削方案', capability: '自有超声磨削中心。', team: '工艺两名。', plan, priceFen: 80_000_000, scheduleMonths: 10, schedule: '半年样件。', cooperationWay: 'joint' } })
  winner = await town.answers('first', id, { ...offer('纵扭复合振动。') })
  loser = await town.answers('second', id, { ...offer('单一纵振。') })
  await town.advance('3h')
  await eventually(async () => (await demand()).state === 'bidding_closed', 'the closing')
  const leader = await town.caller('leader')
  const { criteria } = await leader.get<{ criteria: { key: string }[] }>(`/api/v1/demands/${id}`)
  for (const [bid, score] of [[winner, 90], [loser, 75]] as const) {
    const path = `/api/v1/bids/${encodeURIComponent(bid)}`
    await leader.post(`${path}/check`, { outcome: 'pass' })
    await leader.send('PUT', `${path}/scores`, { scores: criteria.map(({ key }) => ({ key, score, reason: '依据方案判断。' })) })
    await leader.post(`${path}/shortlist`, { shortlisted: true })
  }
  await leader.send('PUT', `/api/v1/demands/${id}/award`, { winners: [winner], reason: '综合得分第一。', feedback: [{ bidId: loser, reason: '振动方式单一。' }] })
  await leader.post(`/api/v1/demands/${id}/award/publish`)
  notice = await eventually(async () => (await demand()).notice?.id, 'the notice')
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('an objection to an award', () => {
  it('is filed by anyone on the public notice, and accepted, which pauses the award', async () => {
    const { page, context } = await visit(browser, server.origin, phone)
    await open(page, `/demands/${id}/result`)
    await page.getByRole('link', { name: '查看公示' }).or(page.locator(`a[href="/notices/${encodeURIComponent(notice)}"], a[href="/notices/${notice}"]`)).first().click()
    await page.getByRole('link', { name: '提出异议' }).first().click()
    await page.getByLabel(/^异议事项/).fill(doubt)
    await page.getByLabel(/^真实姓名/).fill('郑远山')
    await page.getByLabel(/^手机或固定电话/).fill('13522223333')
    await page.getByRole('button', { name: '提交异议' }).click()
    await page.getByRole('heading', { name: '异议已提交' }).waitFor()

    const staff = await town.caller('operator')
    const waiting = (await staff.get<{ items: { id: string; noticeId: string }[] }>('/api/v1/objections?stage=filed&limit=50')).items
    const mine = waiting.find((o) => o.noticeId === notice)!
    const desk = await town.at('operator', `/work/review/objections?open=${mine.id}`)
    await desk.getByText(doubt).waitFor()
    await desk.getByRole('button', { name: '受理', exact: true }).click()
    await answer(desk, '受理')
    await desk.getByText('已受理，公示暂停').waitFor()
    await eventually(async () => (await demand()).notice?.paused, 'the pause')
    await open(page, `/demands/${id}`)
    await page.getByText('受理异议，公示暂停').first().waitFor()
    await checked(page)

    await open(desk, `/work/review/objections?tab=accepted&open=${mine.id}`)
    await desk.getByRole('button', { name: '答复：成立' }).click()
    await answer(desk, '答复：成立', upheld)
    await context.close()
  })

  it('upheld, sends the award back to evaluation with the reason, for everybody to read', async () => {
    await eventually(async () => (await demand()).state === 'evaluating', 'the return to evaluation')
    const { page, context } = await visit(browser, server.origin)
    await open(page, `/demands/${id}`)
    await page.getByText('异议成立，退回评审').waitFor()
    await page.getByText(upheld).first().waitFor()
    await checked(page)
    await context.close()
    const leader = await town.at('leader', `/work/demands/${id}/evaluation`)
    await leader.getByText('综合得分第一。').waitFor({ state: 'detached' })
    await leader.getByRole('heading', { name: '定榜', exact: true }).waitFor()
  })
})

describe('a demand nobody won', () => {
  it('ends without a winner and is opened anew as another round; the first round stays to read', async () => {
    const leader = await town.caller('leader')
    if ((await demand()).state === 'evaluating') await leader.post(`/api/v1/demands/${id}/no-award`, { reason: '两份方案均不满足要求。', feedback: [{ bidId: winner, reason: '业绩不实。' }, { bidId: loser, reason: '振动方式单一。' }] })
    await eventually(async () => (await demand()).allowedActions.some((a) => a.operation === 'reopenDemand' && a.allowed), 'the end')
    const page = await town.at('leader', `/work/demands/${id}`)
    await page.getByRole('button', { name: '重新发榜' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/^重新发榜的原因/).fill('放宽设备要求，再次征集。')
    await checked(page)
    await dialog.getByRole('button', { name: '重新发榜' }).click()
    await page.getByRole('heading', { name: '第 2 轮' }).waitFor()
    await checked(page)
    expect((await demand()).state).toBe('published')

    await open(page, `/work/demands/${id}/evaluation`)
    await settled(page)
    await page.getByRole('combobox', { name: /^查看轮次/ }).selectOption('1')
    await page.getByText('第 1 轮已结束').waitFor()
    const first = (await town.org('first')).name
    await page.getByRole('button', { name: first }).click()
    await page.getByText('纵扭复合振动。').waitFor()
    await checked(page)
    await page.getByRole('link', { name: '这一轮的公开结果' }).click()
    await page.getByText('本榜流标').waitFor()
  })
})
