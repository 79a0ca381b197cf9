import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled, signIn, visit } from './browser'
import { Caller, eventually } from './caller'
import { startServer, type Server } from './server'

interface Membership { orgId: string; state: string; rev: number; notice?: { state: string; endsAt?: string } }

let server: Server
let browser: Browser
let city: Caller
let orgId = ''
const member = { phone: `139${String(Date.now()).slice(-8)}`, name: '覃经理', password: 'pool-test-lianbang' }
const name = `澜州试点节能服务有限公司${Date.now() % 10_000}`

/** A verified organisation with the capacity, made through the API; applying is the browser's part. */
beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  city = await new Caller(server.origin).signIn(server.accounts.find((a) => a.role.includes('市级'))!.phone, server.password)
  const started = await new Caller(server.origin).post<{ me: { organisation: { orgId: string } } }>('/api/v1/auth/sign-up', {
    phone: member.phone, name: member.name, password: member.password,
    organisation: { name, creditCode: '91350100M000100Y43', capacities: ['provider'], districtCode: 'lanjiang', chainCodes: ['energy_saving'], industryCode: 'M7514', sizeClass: 'small', summary: '为中小工厂做节能诊断', contact: { name: member.name, phone: member.phone } },
  })
  orgId = started.me.organisation.orgId
  const own = await new Caller(server.origin).signIn(member.phone, member.password)
  await own.upload(`/api/v1/organisations/${orgId}/evidence`, new Blob(['%PDF-1.4\n%%EOF\n'], { type: 'application/pdf' }), '营业执照.pdf', { kind: 'licence' })
  await own.post(`/api/v1/organisations/${orgId}/submit`)
  await city.post(`/api/v1/organisations/${orgId}/verify`, { note: '一致', proof: '已核对' })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe('admission to the pool', () => {
  it('is applied for with the thresholds beside the form', async () => {
    const { page, context, complaints } = await visit(browser, server.origin)
    await signIn(page, member.phone, member.password)
    await open(page, '/work/admission')
    await page.getByRole('button', { name: '开始申请' }).click()
    await page.getByLabel('节能降碳', { exact: true }).check()
    await page.getByLabel('节能诊断', { exact: true }).check()
    await page.getByLabel(/^开展服务起始日/).fill('2015-03-01')
    for (const [label, value] of [['从业人员（人）', '32'], ['资产总额（万元）', '460'], ['上年服务企业数（家）', '90']] as const) await page.getByLabel(label).fill(value)
    await page.getByLabel('法定代表人').fill('覃某')
    await page.getByLabel(/没有失信违法/).check()
    await page.locator('input[type=file]').first().setInputFiles({ name: '服务合同.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n% contracts\n%%EOF\n') })
    await page.getByRole('button', { name: '下载：服务合同.pdf' }).waitFor()
    await page.getByText('已保存').waitFor()
    await page.getByText('可以提交').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: '提交申请' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '提交申请' }).click()
    await page.getByText('等主管部门受理').waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })

  it('ends, after review, scores and notice, on a public page and in the list', async () => {
    const path = `/api/v1/admissions/${orgId}`
    await city.post(`${path}/accept`)
    await city.post(`${path}/pass`, { note: '材料齐全' })
    const experts = (await city.get<{ items: { personId: string; phone?: string; active: boolean }[] }>('/api/v1/experts')).items.filter((e) => e.active).slice(0, 3)
    await city.post(`${path}/experts`, { personIds: experts.map((e) => e.personId) })
    for (const [i, e] of experts.entries()) {
      const expert = await new Caller(server.origin).signIn(e.phone ?? `1990000001${i + 1}`, server.password)
      await expert.post(`${path}/scores`, { scores: { base: 80, skill: 82, effect: 78 }, comment: '方法清楚', noConflict: true })
    }
    await city.post(`${path}/notice`)
    await eventually(async () => (await city.get<Membership>(path)).notice?.state === 'open', 'the notice is up')
    await server.advance('480h') // longer than five working days with the longest holiday between
    city = await new Caller(server.origin).signIn(server.accounts.find((a) => a.role.includes('市级'))!.phone, server.password)
    await eventually(async () => (await city.get<Membership>(path)).notice?.state === 'ended', 'the notice ends')

    const { page, context } = await visit(browser, server.origin)
    await signIn(page, server.accounts.find((a) => a.role.includes('市级'))!.phone, server.password)
    await open(page, `/work/review/admissions?state=public_notice&open=${orgId}`)
    await page.getByRole('button', { name: '准予入库' }).first().click()
    await page.getByRole('dialog').getByRole('textbox').fill('公示期满，无异议')
    await page.getByRole('dialog').getByRole('button', { name: '准予入库' }).click()
    await page.getByText('已办理').waitFor()
    await context.close()

    const guest = await visit(browser, server.origin, phone)
    await open(guest.page, `/providers/${orgId}`)
    await guest.page.getByRole('heading', { level: 1, name }).waitFor()
    await settled(guest.page)
    await expectNoSideScroll(guest.page)
    await expectAccessible(guest.page)
    await guest.page.getByRole('link', { name: '查看入库证书' }).click()
    await guest.page.getByText('证书有效').waitFor()
    await guest.context.close()
  })
})
