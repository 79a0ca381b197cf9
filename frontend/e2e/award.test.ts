import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { eventually } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `柔性关节力矩传感器在线标定 ${Date.now() % 100_000}`
const pdf = { name: '领料单.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n') }
const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
let server: Server
let browser: Browser
let town: Town
let id = ''
let winner = ''
let loser = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  const operator = await town.caller('operator')
  // One who may not judge: it works for a bidder.
  await operator.post('/api/v1/experts', { phone: '19900000777', name: '甄避嫌', password: 'lianbang-demo', employer: (await town.org('first')).name, fields: ['传感'] })
  id = await town.published({ title, kind: 'rnd', mode: 'open', difficulty: '温漂与蠕变难以分离', targets: ['标定误差不大于 0.5%'], budgetNegotiable: true, timeLimitMonths: 10, cooperationWays: ['joint'] }, new Date(Date.now() + 2 * 3_600_000))
  const offer = (plan: string, priceFen: number): object => ({ application: { title: '在线标定方案', capability: '自有力矩标定台与温箱。', team: '项目负责人一名，算法两名。', plan, priceFen, scheduleMonths: 10, schedule: '四个月样机，八个月验证。', cooperationWay: 'joint' } })
  winner = await town.answers('first', id, { ...offer('双桥路差分与温度场反演。', 90_000_000) })
  loser = await town.answers('second', id, { ...offer('视觉标定靶与查表补偿。', 85_000_000) })
  await town.advance('3h')
  const leader = await town.caller('leader')
  await eventually(async () => (await leader.get<{ state: string }>(`/api/v1/demands/${id}`)).state === 'bidding_closed', 'the closing')
  for (const bid of [winner, loser]) await leader.post(`/api/v1/bids/${encodeURIComponent(bid)}/check`, { outcome: 'pass' })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('experts score', () => {
  it('the issuer asks two, blind, and cannot ask one who is tied', async () => {
    const page = await town.at('leader', `/work/demands/${id}/evaluation`)
    await page.getByText(/不能邀请：任职于揭榜单位/).waitFor()
    expect(await page.getByRole('button', { name: '邀请：甄避嫌' }).count()).toBe(0)
    for (const name of ['沈明远', '贺知秋']) {
      await page.getByRole('button', { name: `邀请：${name}` }).click()
      await page.locator('li', { hasText: name }).getByText('待答复').waitFor()
    }
    await checked(page)
  })

  it('an expert declares, reads masked bids and scores them, on a phone', async () => {
    const page = await town.at('expert', '/work/scoring', phone)
    await page.getByRole('link', { name: `打开：${title}` }).click()
    await page.getByRole('heading', { name: '利害关系声明' }).waitFor()
    await checked(page)
    await page.getByRole('button', { name: '我声明以上属实并接受评审' }).click()
    const sheets = page.getByRole('region', { name: /^揭榜书 / })
    await sheets.nth(1).waitFor()
    const text = await page.locator('main').innerText()
    for (const who of ['first', 'second'] as const) expect(text).not.toContain((await town.org(who)).name)
    for (let s = 0; s < 2; s++) {
      const sheet = sheets.nth(s)
      const good = (await sheet.innerText()).includes('温度场反演')
      const scores = sheet.locator('.criterion input')
      for (let c = 0; c < (await scores.count()); c++) {
        await scores.nth(c).fill(String(good ? 90 : 70))
        await sheet.locator('.criterion textarea').nth(c).fill(good ? '机理清楚，可验证。' : '缺少温漂数据。')
      }
      await sheet.getByRole('button', { name: '保存评分' }).click()
    }
    await page.getByText(/份未打分/).waitFor({ state: 'hidden' })
    await checked(page)
    await page.getByRole('button', { name: '提交全部评分' }).click()
    await answer(page, '提交全部评分')
    await page.getByText('已提交').first().waitFor()
    expect(await page.getByText('各专家评分').count(), 'nobody reads sheets before all are in').toBe(0)
  })

  it('the issuer reads sheets and ranking once all are in', async () => {
    const other = await town.caller('expert2')
    const base = `/api/v1/demands/${id}/panel`
    await other.post(`${base}/answer`, { answer: 'accepted', note: '与各方无利害关系。' })
    const { criteria } = await other.get<{ criteria: { key: string }[] }>(base)
    const { items } = await other.get<{ items: { label: string; plan: string }[] }>(`${base}/bids`)
    for (const bid of items) await other.send('PUT', `${base}/bids/${bid.label}`, { scores: criteria.map(({ key }) => ({ key, score: bid.plan.includes('反演') ? 84 : 72, reason: '依据方案判断。' })) })
    await other.post(`${base}/submit`)
    const page = await town.at('leader', `/work/demands/${id}/evaluation`)
    await page.getByRole('heading', { name: '各专家评分' }).waitFor()
    await page.locator('nav[aria-label="揭榜单位"] button').first().getByText('第 1 名 · 87.00').waitFor()
    await checked(page)
  })
})

describe('the winner’s task', () => {
  const taskPath = (): string => `/work/tasks/${encodeURIComponent(winner)}`

  it('begins when the award stands; the issuer records the contract', async () => {
    const leader = await town.caller('leader')
    for (const bid of [winner, loser]) await leader.post(`/api/v1/bids/${encodeURIComponent(bid)}/shortlist`, { shortlisted: true })
    await leader.send('PUT', `/api/v1/demands/${id}/award`, { winners: [winner], reason: '专家总分最高，方案可验证。', feedback: [{ bidId: loser, reason: '请补充温漂数据后再来。' }] })
    await leader.post(`/api/v1/demands/${id}/award/publish`)
    await town.advance('400h')
    const again = await town.caller('leader')
    await eventually(async () => (await again.get<{ items: { id: string }[] }>('/api/v1/tasks?side=issuer&limit=100')).items.some((k) => k.id === winner), 'the task')
    const page = await town.at('leader', `/work/demands/${id}/evaluation`)
    await page.getByRole('link', { name: '查看项目' }).click()
    await page.getByRole('button', { name: '登记合同' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/^完成期限/).fill(day(500))
    await dialog.getByLabel(/^节点/).fill(`${day(200)} 样机试制\n${day(400)} 现场验证`)
    await checked(page)
    await dialog.getByRole('button', { name: '登记合同' }).click()
    await page.getByText(/^等 .* 确认$/).waitFor()
    await checked(page)
  })

  it('the winner confirms, reaches a milestone and records a cost with evidence, on a phone', async () => {
    const page = await town.at('first', taskPath(), phone)
    await page.getByRole('button', { name: '确认合同' }).click()
    await answer(page, '确认合同')
    await page.getByText('还不能交付成果：还有节点没有完成或取消。').waitFor()
    for (const name of ['样机试制', '现场验证']) {
      const done = page.locator('li', { hasText: name }).getByRole('button', { name: '完成' })
      await done.click()
      await done.waitFor({ state: 'hidden' })
    }
    await page.getByRole('button', { name: '登记研发投入' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: /^类别/ }).selectOption('materials')
    await dialog.getByLabel(/^金额/).fill('400000')
    await dialog.getByLabel(/^用途/).fill('应变片与信号调理板')
    await dialog.locator('input[type=file]').first().setInputFiles(pdf)
    await dialog.getByRole('combobox', { name: /^附件/ }).locator('option:checked', { hasText: '领料单.pdf' }).waitFor({ state: 'attached' })
    await checked(page)
    await answer(page, '登记研发投入')
    await page.getByText('应变片与信号调理板').waitFor()
    await page.getByRole('button', { name: '交付成果' }).click()
    await page.getByRole('dialog').getByLabel(/^说明/).fill('样机、标定软件与试验报告。')
    await answer(page, '交付成果')
    await page.getByText('待验收').first().waitFor()
    await checked(page)
  })

  it('the issuer accepts with a score and rates; the reward is computed, criterion by criterion', async () => {
    const operator = await town.caller('operator')
    const task = `/api/v1/tasks/${encodeURIComponent(winner)}`
    const { items } = await operator.get<{ items: { id: string }[] }>(`${task}/costs`)
    await operator.post(`${task}/costs/${encodeURIComponent(items[0]!.id)}/judge`, { accepted: true })
    const page = await town.at('leader', taskPath())
    await page.getByRole('button', { name: '验收', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/^得分/).fill('93')
    await dialog.getByRole('combobox', { name: /^等级/ }).selectOption('excellent')
    await dialog.getByLabel(/^验收意见/).fill('三项指标全部达到。')
    await answer(page, '验收')
    await page.getByText('93 · 优秀').waitFor()
    await page.getByRole('button', { name: '评价对方' }).click()
    await dialog.getByRole('combobox', { name: /^评分/ }).selectOption('5')
    await dialog.getByLabel(/^评价/).fill('技术扎实，进度可靠。')
    await answer(page, '评价对方')
    await page.getByText('技术扎实，进度可靠。').first().waitFor()
    const reward = page.getByRole('region', { name: '揭榜奖励测算' })
    // The shipped rule ends with its policy; after that day the page says that none is in force.
    const none = reward.getByText('这一天没有生效的奖励规则。')
    await reward.getByText('120,000.00 元').or(none).first().waitFor()
    if (!(await none.isVisible())) {
      await reward.getByText('待核', { exact: true }).waitFor()
      expect(await reward.locator('li[data-verdict="met"]').count()).toBeGreaterThan(1)
    }
    await checked(page)
  })
})
