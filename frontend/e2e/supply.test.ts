import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { launchBrowser, phone } from './browser'
import { eventually } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `减速器壳体毛坯长期配套 ${Date.now() % 100_000}`
let server: Server
let browser: Browser
let town: Town
let id = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  id = await town.approved({ title, kind: 'supply', targets: ['材质 QT500-7', '尺寸公差 CT8'], unit: '件', quantity: 12_000, payment: { days: 60 } })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('supply without a deadline', () => {
  it('is published to stay open', async () => {
    const page = await town.at('leader', `/work/demands/${id}`)
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await page.getByLabel(/长期征集/).check()
    await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click()
    await page.getByRole('button', { name: '停止征集' }).waitFor()
    await checked(page)
  })

  it.each([['first', '12.5'], ['second', '13.2']] as const)('%s quotes from the demand’s page', async (who, price) => {
    const page = await town.at(who, `/demands/${id}`, who === 'second' ? phone : undefined)
    if (who === 'first') await checked(page)
    await page.getByRole('link', { name: '我要报价' }).click()
    await page.getByRole('button', { name: '开始填写' }).click()
    await page.waitForURL(/\/work\/bids\//)
    await page.getByLabel(/^单价/).fill(price)
    await page.getByLabel(/^交货期/).fill('30')
    await page.getByLabel(/^可供数量/).fill('12000')
    await page.getByLabel(/^计量单位/).fill('件')
    await page.getByLabel(/^月产能/).fill('3000')
    await page.getByLabel(/^报价有效期至/).fill(new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10))
    await page.getByLabel(/^证书与资质/).fill('IATF 16949')
    await page.getByText('内容齐全，可以提交').waitFor()
    if (who === 'second') await checked(page)
    await page.getByRole('button', { name: '提交报价' }).click()
    await answer(page, '提交报价')
    await page.getByText('已报价').first().waitFor()
  })

  it('the issuer compares, ends it, and takes one with a word to the other', async () => {
    const page = await town.at('leader', `/work/demands/${id}/evaluation`)
    await page.getByText('12.50 元/件').waitFor()
    await page.getByText('13.20 元/件').waitFor()
    const leader = await town.caller('leader')
    await leader.post(`/api/v1/demands/${id}/end-bidding`)
    await eventually(async () => (await leader.get<{ state: string }>(`/api/v1/demands/${id}`)).state === 'bidding_closed', 'the closing')
    await town.at('leader', `/work/demands/${id}/evaluation`)
    const [winner, loser] = await Promise.all([town.org('first'), town.org('second')])
    await page.getByRole('checkbox', { name: winner.name }).check()
    await page.getByText('份额合计 100%').last().waitFor()
    await page.getByLabel(/^选定理由/).fill('单价和产能最合适。')
    await page.getByLabel(`给 ${loser.name} 的意见`).fill('单价高于另一家 0.7 元。')
    await checked(page)
    await page.getByRole('button', { name: '保存选定结果' }).click()
    await page.getByRole('button', { name: '通知结果' }).click()
    await answer(page, '通知结果')
    await page.getByText('已选定供应商').first().waitFor()
  })

  it('the other reads why, on a phone', async () => {
    const page = await town.at('second', '/work/bids', phone)
    await page.getByRole('link', { name: title }).click()
    await page.getByText('单价高于另一家 0.7 元。').waitFor()
    await checked(page)
  })
})
