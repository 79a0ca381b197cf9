import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { desktop, launchBrowser, open, phone, settled, signIn, visit } from './browser'
import { Caller } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const person = { phone: '13911112222', password: 'correct horse battery' }
let server: Server
let browser: Browser
let town: Town
let mine: Page
let firm = { id: '', name: '' }

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  const anyone = new Caller(server.origin)
  await anyone.post('/api/v1/auth/sign-up', { ...person, name: '林厂长' })
  const found = await anyone.get<{ items: { id: string; name: string }[] }>(`/api/v1/unclaimed-organisations?q=${encodeURIComponent('澜州启明')}`)
  firm = found.items[0]!
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a firm of an official list', () => {
  it('has a public page that says nobody claimed it, and leads to claiming', async () => {
    const guest = await visit(browser, server.origin, phone)
    await open(guest.page, `/organisations/${firm.id}`)
    await guest.page.getByRole('heading', { name: '这家企业尚未认领' }).waitFor()
    await checked(guest.page)
    await guest.page.getByRole('link', { name: '认领这家企业' }).click()
    await guest.page.waitForURL(/\/sign-in/)
    await guest.context.close()
  })

  it('is claimed with proof, on a phone', async () => {
    mine = (await visit(browser, server.origin, phone)).page
    await signIn(mine, person.phone, person.password)
    await open(mine, `/work/claim/${firm.id}`)
    await mine.getByLabel('您在企业的职务').fill('厂长')
    await checked(mine)
    await mine.getByRole('button', { name: '下一步：上传证明' }).click()
    await mine.locator('input[type=file]').first().setInputFiles({ name: '营业执照.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n') })
    await mine.getByRole('button', { name: /营业执照.pdf/ }).waitFor()
    await mine.getByRole('button', { name: '提交认领' }).click()
    await mine.getByText('前给出结果').waitFor()
    await checked(mine)
  })

  it('is given to its person by the operator', async () => {
    const desk = await town.at('operator', '/work/review/claims', desktop)
    await checked(desk)
    await desk.locator('li', { hasText: firm.name }).getByRole('button', { name: '通过', exact: true }).click()
    await answer(desk, '通过')
    await desk.locator('li', { hasText: firm.name }).waitFor({ state: 'detached' })
  })

  it('opens its workbench to the new owner', async () => {
    await open(mine, `/work/claim/${firm.id}`)
    await mine.getByRole('button', { name: '进入企业工作台' }).click()
    await mine.waitForURL(/\/work\/organisation/)
    await settled(mine)
    expect(await mine.getByText(firm.name).count()).toBeGreaterThan(0)
  })
})

describe('a title list', () => {
  it('is previewed, mended and entered', async () => {
    const desk = await town.at('operator', '/work/review/title-lists', desktop)
    await checked(desk)
    await desk.getByLabel(/^称号/).selectOption({ index: 1 })
    await desk.getByLabel(/^有效期起/).fill('2026-01-01')
    const rows = ['企业名称,统一社会信用代码,所属区县', '澜州新榜一有限公司,91000000DEMA19001X,澜江区', '澜州缺区有限公司,91000000DEMA190020,']
    await desk.locator('input[type=file]').first().setInputFiles({ name: '名单.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) })
    await desk.waitForURL(/title-lists\//)
    await desk.getByText('还有 1 行需要处理或跳过').waitFor()
    await checked(desk)
    const wrong = desk.locator('li', { hasText: '澜州缺区有限公司' })
    await wrong.getByRole('button', { name: '修改' }).click()
    await wrong.getByLabel(/^区县/).fill('汐湾区')
    await desk.getByRole('button', { name: '保存' }).click()
    await desk.getByRole('button', { name: '写入 2 行' }).click()
    await answer(desk, '写入 2 行')
    await desk.getByText('已写入 2 行').waitFor()
  })
})
