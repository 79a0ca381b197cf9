import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { enter, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, visit } from './browser'
import { Caller } from './caller'
import { startServer, type Server } from './server'

const university = '19900000111'
const operator = '19900000001'

/** A university brings a table in: an error mended, a merge decided, handed in together; anybody reads the list on a phone. */
describe('a list of achievements', () => {
  let server: Server
  let browser: Browser
  beforeAll(async () => {
    server = await startServer(inject('template'))
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  it('goes from the table to the public page', async () => {
    const password = server.password || 'lianbang-demo'
    const had = (await (await new Caller(server.origin).signIn(university, password)).get<{ items: { profile: { name: string } }[] }>('/api/v1/my-achievements?state=published&limit=1')).items[0]!
    const table = [
      '成果名称,所属领域,成熟度,合作方式,简介,解决的问题,价格,联系人,电话',
      '连铸结晶器铜板电镀再造,先进制造,12,转让,电镀再造铜板,铜板磨损后整块更换停机多,60,成果处,0571-0001',
      `《${had.profile.name}》技术研究,先进制造,6,许可,简介,问题,面议,成果处,0571-0001`,
    ].join('\n')
    const { page, context, complaints } = await enter(browser, server.origin, university, password)
    await open(page, '/work/achievement-lists')
    await page.getByRole('button', { name: '新建清单' }).click()
    await page.getByLabel('清单名称').fill('浏览器走通的清单')
    await page.getByLabel('期次').fill('2027年第4期')
    await page.getByRole('button', { name: '建立清单' }).click()
    await page.waitForURL(/\/achievement-lists\/[^/]+$/)
    const list = new URL(page.url()).pathname
    await page.getByRole('link', { name: '表格导入' }).click()
    await page.locator('input[type=file]').setInputFiles({ name: '成果.csv', mimeType: 'text/csv', buffer: Buffer.from(table) })
    await page.waitForURL(/\/work\/achievements\/import\/./)
    await page.getByRole('textbox', { name: '成熟度（TRL 1–9）' }).fill('6')
    await page.getByRole('button', { name: '保存这一行' }).click()
    await page.getByRole('button', { name: '可能重复（1）' }).click()
    await page.getByText('名称相', { exact: false }).first().waitFor()
    await settled(page)
    await expectAccessible(page)
    await page.getByRole('button', { name: '合并', exact: true }).click()
    await page.getByRole('button', { name: '写入 2 行' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '写入 2 行' }).click()
    await page.getByText('已新增 1 项草稿，合并 1 项').waitFor()
    await page.getByRole('link', { name: '去看清单' }).click()
    const row = page.getByRole('row', { name: /连铸结晶器铜板电镀再造/ })
    await row.getByRole('checkbox').check()
    await page.getByRole('button', { name: '提交审核（1）' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '提交审核（1）' }).click()
    await page.getByText('已办理 1 项').waitFor()
    expect(complaints).toEqual([])
    await context.close()

    const city = await new Caller(server.origin).signIn(operator, password)
    const queue = await city.get<{ items: { id: string; profile: { name: string } }[] }>('/api/v1/achievement-reviews?limit=100')
    await city.post('/api/v1/achievement-moves', { action: 'publishAchievement', ids: queue.items.filter((a) => a.profile.name === '连铸结晶器铜板电镀再造').map((a) => a.id) })

    const reader = await visit(browser, server.origin, phone)
    await open(reader.page, list)
    await reader.page.getByRole('link', { name: '连铸结晶器铜板电镀再造' }).waitFor()
    await settled(reader.page)
    await expectNoSideScroll(reader.page)
    await expectAccessible(reader.page)
    expect(await reader.page.getByRole('link', { name: had.profile.name }).count()).toBe(1)
    expect(reader.complaints).toEqual([])
    await reader.context.close()
  })
})
