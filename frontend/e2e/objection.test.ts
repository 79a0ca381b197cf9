import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { desktop, launchBrowser, open, phone, visit, type Tab } from './browser'
import { Caller } from './caller'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const citizen = { name: '郑远山', phone: '13522223333' }
const said = `公示的评分与发榜时的标准不一致，请复核 ${Date.now() % 100_000}`
const answered = '经复核，评分标准与发榜公告一致，公示内容无误。'
let server: Server
let browser: Browser
let town: Town
let guest: Tab
let notice = { id: '', title: '' }
let code = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  const found = await new Caller(server.origin).get<{ items: { id: string; title: string }[] }>('/api/v1/notices?type=notice&state=open')
  notice = found.items[0]!
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a citizen without an account', () => {
  it('comes from the header, objects with a name and evidence on a phone, and keeps the code', async () => {
    guest = await visit(browser, server.origin, phone)
    await open(guest.page, '/')
    await guest.page.getByRole('button', { name: '菜单' }).click()
    await guest.page.getByRole('banner').getByRole('link', { name: '公示公告' }).click()
    await guest.page.getByRole('link', { name: notice.title }).first().click()
    await guest.page.getByRole('link', { name: '提出异议' }).first().click()
    await guest.page.getByLabel(/^异议事项/).fill(said)
    await guest.page.getByLabel(/^真实姓名/).fill(citizen.name)
    await guest.page.getByLabel(/^手机或固定电话/).fill(citizen.phone)
    await checked(guest.page)
    await guest.page.getByRole('button', { name: '提交异议' }).click()
    await guest.page.getByRole('heading', { name: '异议已提交' }).waitFor()
    code = (await guest.page.locator('.code').innerText()).trim()
    await guest.page.locator('input[type=file]').first().setInputFiles({ name: '证据.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n') })
    await guest.page.getByText('已上传：证据.pdf').waitFor()
    await checked(guest.page)
  })

  it('has it accepted, which pauses the notice, and answered', async () => {
    const desk = await town.at('operator', '/work/review/objections', desktop)
    await checked(desk)
    const staff = await town.caller('operator')
    const waiting = (await staff.get<{ items: { id: string }[] }>('/api/v1/objections?stage=filed&limit=50')).items
    const texts = await Promise.all(waiting.map((o) => staff.get<{ id: string; text: string }>(`/api/v1/objections/${o.id}`)))
    const mine = texts.find((o) => o.text === said)!
    await open(desk, `/work/review/objections?open=${mine.id}`)
    await desk.getByText(said).waitFor()
    expect(await desk.getByText(citizen.name).count()).toBe(0)
    await desk.getByRole('button', { name: '受理', exact: true }).click()
    await answer(desk, '受理')
    await desk.getByText('已受理，公示暂停').waitFor()
    await open(guest.page, `/notices/${notice.id}`)
    await guest.page.getByText('异议处理中').first().waitFor()
    await open(desk, `/work/review/objections?tab=accepted&open=${mine.id}`)
    await desk.getByRole('button', { name: '答复：不成立' }).click()
    await answer(desk, '答复：不成立', answered)
    await desk.getByText('已答复，公示继续').waitFor()
  })

  it('reads the answer by the code; the public record does not say who asked', async () => {
    await open(guest.page, '/objections')
    await guest.page.getByLabel(/^查询码/).fill(code)
    await guest.page.getByLabel(/^电话后四位|^联系方式/).fill(citizen.phone.slice(-4))
    await guest.page.getByRole('button', { name: '查询', exact: true }).click()
    await guest.page.getByText(answered).waitFor()
    await checked(guest.page)
    await open(guest.page, `/notices/${notice.id}`)
    await guest.page.getByText(answered).waitFor()
    expect(await guest.page.getByText(citizen.name).count()).toBe(0)
    await checked(guest.page)
  })
})
