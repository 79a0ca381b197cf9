import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchBrowser } from './browser'
import { answer, checked, Town } from './kinds'
import { startServer, type Server } from './server'

const title = `精密减速机壳体配套（定向）${Date.now() % 100_000}`
let server: Server
let browser: Browser
let town: Town
let id = ''

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  town = new Town(server, browser)
  const leader = await town.caller('leader')
  const made = await leader.post<{ id: string }>('/api/v1/demands', {
    title, kind: 'supply', chain: 'robotics', district: 'lanjiang', background: '年度新增产线需要壳体。', targets: ['平面度不大于 0.02 mm'], unit: '件', quantity: 1200, payment: { days: 30 },
    contact: { name: '沈工', phone: '13800000001' }, demandPublic: false, audienceRule: { tiers: ['innovative', 'specialised', 'little_giant'] },
  })
  id = made.id
  await leader.post(`/api/v1/demands/${id}/submit`)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('a demand is reviewed in two stages', () => {
  it('by its district first', async () => {
    const page = await town.at('district', `/work/review/demands?state=district&open=${id}`)
    await page.getByRole('heading', { level: 2, name: title }).waitFor()
    await page.getByText('区县初审').first().waitFor()
    await checked(page)
    await page.getByRole('button', { name: /^审核通过/ }).click()
    await answer(page, '审核通过')
    await page.getByText('已通过').first().waitFor()
    const { review, state } = await (await town.caller('leader')).get<{ state: string; review: { stage: string } }>(`/api/v1/demands/${id}`)
    expect([state, review.stage]).toEqual(['submitted', 'city'])
  })

  it('then by the city, which sees that the district passed it', async () => {
    const page = await town.at('operator', `/work/review/demands?state=city&open=${id}`)
    await page.getByRole('heading', { level: 2, name: title }).waitFor()
    await page.getByText('区县初审通过').first().waitFor()
    await checked(page)
    await page.getByRole('button', { name: /^审核通过/ }).click()
    await answer(page, '审核通过')
    await page.getByText('已通过').first().waitFor()
  })

  it('and published by its issuer, who sees beforehand whom it will reach', async () => {
    const page = await town.at('leader', `/work/demands/${id}`)
    await page.getByRole('button', { name: '发布', exact: true }).click()
    const dialog = page.getByRole('dialog')
    const preview = await dialog.getByText(/^将覆盖 \d+ 家单位/).innerText()
    expect(Number(/\d+/.exec(preview)![0])).toBeGreaterThan(0)
    await checked(page)
    await dialog.getByRole('button', { name: '发布', exact: true }).click()
    await page.getByText(/^已覆盖 \d+ 家单位/).waitFor()
    await expect((await town.caller('university')).get(`/api/v1/demands/${id}`)).rejects.toThrow('404')
    await checked(page)
  })
})
