import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { Caller, eventually } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const mark = Date.now() % 100_000
const titles = { scene: '总装线巡检机器人试用', project: '谐波减速器中试线共建', service: '装配车间数字化诊断' } as const
const title = (of: keyof typeof titles): string => `${titles[of]} ${mark}`
const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
let server: Server
let browser: Browser
let town: Town
let scene = ''
let project = ''
let service = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  scene = await town.published({ title: title('scene'), kind: 'scenario', content: '总装二线夜班无人巡检。', targets: ['漏检率不高于 1%', '连续运行 30 天'], trialDays: 60 })
  project = await town.published({ title: title('project'), kind: 'project', content: '共建一条年产五千台的中试线。', cooperationWays: ['joint'] })
  service = await town.published({ title: title('service'), kind: 'service', chain: '', serviceCategory: 'digital', budgetNegotiable: true, targets: ['出具改造路线图'] }, undefined, 'first')
  await town.answers('second', scene, { trial: { product: '履带巡检车', plan: '一台试用', days: 30 } })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a scene for trials', () => {
  let bidPath = ''

  it('is applied for', async () => {
    const page = await town.at('first', `/demands/${scene}`)
    await page.getByRole('link', { name: '申请试用' }).click()
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    bidPath = new URL(page.url()).pathname
    await page.getByLabel(/^试用产品/).fill('轨道式巡检机器人')
    await page.getByLabel(/^试用天数/).fill('60')
    await page.getByLabel(/^试用方案/).fill('夜班两台并行，逐日比对人工记录。')
    await page.getByText('内容齐全，可以提交').waitFor()
    await checked(page)
    await page.getByRole('button', { name: '提交申请' }).click()
    await answer(page, '提交申请')
    await page.getByText('等需求方答复。').waitFor()
  })

  it('the issuer offers one a trial, and tells the other why not', async () => {
    const page = await town.at('leader', `/work/demands/${scene}/evaluation`)
    await page.locator('nav[aria-label="揭榜单位"] button').filter({ hasText: (await town.org('second')).name }).click()
    await page.getByRole('button', { name: '不予采纳' }).click()
    await answer(page, '不予采纳', '履带会压伤地坪涂层。')
    await page.locator('nav[aria-label="揭榜单位"] button').filter({ hasText: (await town.org('first')).name }).click()
    await page.getByLabel(/^试用开始/).fill(day(1))
    await page.getByLabel(/^试用结束/).fill(day(61))
    await page.getByLabel(/^试用安排与条件/).fill('提供充电位与夜班通行证，免费试用两个月。')
    await checked(page)
    await page.getByRole('button', { name: '提出试用安排' }).click()
    await page.getByText('等对方确认试用安排').waitFor()
  })

  it('the applicant accepts, tries and reports, on a phone', async () => {
    const other = await town.at('second', '/work/bids', phone)
    await other.getByRole('link', { name: title('scene') }).click()
    await other.getByText('履带会压伤地坪涂层。').waitFor()
    await checked(other)
    const page = await town.at('first', bidPath)
    await page.getByRole('button', { name: '接受安排，开始试用' }).click()
    await page.getByLabel(/^试用报告/).fill('连续运行 60 天，漏检率 0.4%。')
    await page.getByRole('checkbox', { name: '漏检率不高于 1%' }).check()
    await page.getByRole('checkbox', { name: '连续运行 30 天' }).check()
    await checked(page)
    await page.getByRole('button', { name: '提交试用报告' }).click()
    await page.getByText('等需求方决定是否采购').waitFor()
  })

  it('the issuer buys, which begins a task, and ends the matter', async () => {
    const page = await town.at('leader', `/work/demands/${scene}/evaluation`)
    await page.locator('nav[aria-label="揭榜单位"] button').filter({ hasText: (await town.org('first')).name }).click()
    await page.getByLabel(/^金额/).fill('36')
    await page.getByLabel(/^理由或结论/).fill('指标达到，先采购两台。')
    await checked(page)
    await page.getByRole('button', { name: '记录结论' }).click()
    await page.getByText('指标达到，先采购两台。').waitFor()
    const winner = await town.at('first', bidPath)
    await winner.getByRole('link', { name: '查看项目' }).click()
    await winner.waitForURL(/\/work\/tasks\//)
    await winner.getByRole('heading', { name: title('scene') }).waitFor()
  })
})

describe('a project looking for partners', () => {
  it('interest leads to talks with files, and to a recorded result', async () => {
    const bid = await town.answers('first', project, { interest: { intent: '提供厂房与两条装配线，希望共担设备投入。' } })
    const page = await town.at('leader', `/work/demands/${project}/evaluation`)
    await page.getByText('提供厂房与两条装配线').waitFor()
    await page.getByRole('button', { name: '开始洽谈' }).click()
    await page.getByLabel(/^写消息/).fill('请先介绍厂房承重与供电条件。')
    await page.getByRole('button', { name: '发送' }).click()
    await page.locator('li.mine', { hasText: '请先介绍厂房承重与供电条件。' }).waitFor()

    const other = await town.at('first', `/work/bids/${encodeURIComponent(bid)}`)
    await other.getByText('请先介绍厂房承重与供电条件。').waitFor()
    await other.locator('input[type=file]').first().setInputFiles({ name: '厂房条件.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n') })
    await other.getByText('厂房条件.pdf').waitFor()
    await other.getByLabel(/^写消息/).fill('承重 3 t/m²，供电 800 kVA，见附件。')
    await other.getByRole('button', { name: '发送' }).click()
    await other.locator('li.mine', { hasText: '厂房条件.pdf' }).waitFor()
    await checked(other)

    await town.at('leader', `/work/demands/${project}/evaluation`)
    await page.locator('li', { hasText: '承重 3 t' }).getByText('厂房条件.pdf').waitFor()
    await page.getByLabel('达成合作', { exact: true }).check()
    await page.getByLabel(/^金额/).fill('800')
    await page.getByLabel(/^理由或结论/).fill('签署共建意向书。')
    await checked(page)
    await page.getByRole('button', { name: '记录结论' }).click()
    await page.getByText('签署共建意向书。').waitFor()
  })
})

describe('a service an enterprise needs', () => {
  it('a provider of the pool quotes, on a phone', async () => {
    const page = await town.at('provider', `/demands/${service}`, phone)
    await page.getByRole('link', { name: '我要报价' }).click()
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    await page.getByLabel(/^总价/).fill('58000')
    await page.getByLabel(/^交货期|^完成天数/).fill('30')
    await page.getByLabel(/^服务方案/).fill('两轮现场诊断，一份路线图。')
    await page.getByLabel(/^报价有效期至/).fill(day(60))
    await page.getByText('内容齐全，可以提交').waitFor()
    await checked(page)
    await page.getByRole('button', { name: '提交报价' }).click()
    await answer(page, '提交报价')
    await page.getByText('已报价').first().waitFor()
  })

  it('the enterprise chooses it, and the engagement is there for both', async () => {
    const { name } = await town.org('provider')
    const page = await town.at('first', `/work/demands/${service}`)
    await page.getByRole('button', { name: '停止征集' }).click()
    await answer(page, '停止征集')
    await page.getByRole('link', { name: '查看报价与申请' }).click()
    await page.getByRole('checkbox', { name }).check()
    await page.getByLabel(/^选定理由/).fill('方案具体，价格合适。')
    await checked(page)
    await page.getByRole('button', { name: '保存选定结果' }).click()
    await page.getByRole('button', { name: '通知结果' }).click()
    await answer(page, '通知结果')
    const buyer = await town.caller('first')
    await eventually(async () => (await buyer.get<{ items: { subject: string }[] }>('/api/v1/engagements?side=client')).items.some((e) => e.subject === title('service')), 'the engagement')
    await page.getByRole('link', { name: '查看服务项目' }).click()
    await page.waitForURL(/\/work\/engagements/)
    await page.getByText(title('service')).first().waitFor()
    await checked(page)
    const anyone = new Caller(server.origin)
    expect((await anyone.get<{ state: string }>(`/api/v1/demands/${service}`)).state).toBe('awarded')
  })
})
