import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { eventually } from './caller'
import { checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `伺服驱动器散热攻关 ${Date.now() % 100_000}`
let server: Server
let browser: Browser
let town: Town
let id = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  id = await town.approved({ title, kind: 'rnd', difficulty: '密闭机箱内热流密度高', targets: ['温升不超过 20 K'], budgetFen: 300_000_000, timeLimitMonths: 12, cooperationWays: ['joint'] })
  const leader = await town.caller('leader')
  await leader.post(`/api/v1/demands/${id}/publish`, { deadline: new Date(Date.now() + 40 * 86_400_000).toISOString() })
  const bidder = await town.caller('second')
  const bid = await bidder.post<{ id: string }>(`/api/v1/demands/${id}/bids`, { docking: { organisationName: '演示单位', creditCode: '91350100M000100Y43', contactName: '李工', contactPhone: '13800000002' }, application: { capability: '有同类经验', plan: '均热板方案', priceFen: 200_000_000, scheduleMonths: 10 } })
  await bidder.post(`/api/v1/bids/${bid.id}/submit`)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('following a published demand', () => {
  it('a firm asks without its name and watches', async () => {
    const page = await town.at('first', `/demands/${id}`)
    await page.getByRole('button', { name: '关注', exact: true }).click()
    await page.getByRole('button', { name: '取消关注' }).waitFor()
    await page.getByLabel('提问').fill('能否提供现有机箱样机？')
    await page.getByRole('button', { name: '提交提问' }).click()
    await page.getByText('能否提供现有机箱样机？').waitFor()
    await checked(page)
  })

  it('the issuer answers for all', async () => {
    const page = await town.at('leader', `/work/demands/${id}`)
    await page.getByRole('button', { name: '答复', exact: true }).click()
    await page.getByLabel('答复内容').fill('可以，提供两台样机。')
    await page.getByRole('button', { name: '公开答复' }).click()
    await page.getByText('可以，提供两台样机。').waitFor()
  })

  it('the issuer changes it, seeing first what everybody will see', async () => {
    const page = await town.at('leader', `/work/demands/${id}/change`)
    await page.getByLabel(/^主要技术指标/).fill('温升不超过 18 K\n噪声不超过 45 dB')
    await page.getByLabel(/^变更原因/).fill('补充噪声要求')
    await page.getByRole('button', { name: '查看变更对照' }).click()
    await page.getByText('含实质性变更：').waitFor()
    await checked(page)
    await page.getByRole('button', { name: '公布变更' }).click()
    await page.waitForURL((url) => url.pathname === `/work/demands/${id}`)
  })

  it('the bidder is told, sees the difference on a phone and lets its bid stand', async () => {
    const bidder = await town.caller('second')
    await eventually(async () => (await bidder.get<{ items: { title: string }[] }>('/api/v1/inbox?limit=20')).items.some((m) => m.title.includes(`需求有变更：${title}`)), 'the message')
    const page = await town.at('second', `/demands/${id}`, phone)
    await page.getByText('噪声不超过 45 dB').first().waitFor()
    await checked(page)
    await page.goto(`${server.origin}/work/demands/${id}/bid`)
    await page.getByRole('button', { name: '确认揭榜书仍然有效' }).click()
    await page.getByRole('button', { name: '确认揭榜书仍然有效' }).waitFor({ state: 'detached' })
  })
})

describe('a list by spreadsheet', () => {
  const rows = (quantity: number): string => `企业项目编号,需求名称,所属产业链,需求类型,采购数量,计量单位\nK-1,谐波减速器柔轮,robotics,采购,${quantity},件\nK-2,中空电机定子,robotics,采购,80,套\n`

  it('goes in, and again with one item changed', async () => {
    let page = await town.at('leader', '/work/lists')
    await page.getByRole('button', { name: '新建清单' }).click()
    await page.getByLabel(/^清单名称/).fill('机器人关节配套清单')
    await page.getByRole('button', { name: '建立清单' }).click()
    await page.getByRole('link', { name: '机器人关节配套清单' }).click()
    for (const [quantity, outcome] of [[1200, '新增 2 条'], [1500, '更新 1 条']] as const) {
      await page.getByRole('link', { name: '表格导入' }).last().click()
      await page.getByLabel('导入到清单').waitFor()
      await page.locator('input[type=file]').first().setInputFiles({ name: '清单.csv', mimeType: 'text/csv', buffer: Buffer.from(rows(quantity)) })
      await page.getByText(outcome).waitFor()
      await checked(page)
      await page.getByRole('button', { name: /^生成/ }).click()
      await page.getByRole('dialog').getByRole('button', { name: /^生成/ }).click()
      await page.getByRole('link', { name: '去看我的需求' }).waitFor()
      page = await town.at('leader', '/work/lists')
      await page.getByRole('link', { name: '机器人关节配套清单' }).click()
      await page.getByText('K-1').first().waitFor()
    }
    await checked(page)
  })
})
