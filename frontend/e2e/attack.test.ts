import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { launchBrowser, open, settled, signIn, visit } from './browser'
import { Caller, eventually } from './caller'
import { startServer, type Server } from './server'

/** What runs, if anything at all of it is taken for more than text: as an element, out of an attribute, a script or a template. */
const evil = `"'><img src=x onerror="window.__ran=1"><svg onload=window.__ran=2></script><script>window.__ran=3</script>{{7*7}}`
const link = 'javascript:window.__ran=4'
const operator = '19900000001'
const people = { leader: '19900000102', winner: '19900000142', loser: '19900000136' }

interface Thing {
  id: string
  rev: number
  orgId: string
  [field: string]: unknown
}

let server: Server
let browser: Browser
let demandId = ''
let orgId = ''
const bids: Record<string, string> = {}

const caller = (login: string): Promise<Caller> => new Caller(server.origin).signIn(login, server.password || 'lianbang-demo')

/** A firm's dossier with the text wherever text may stand. */
async function spoilDossier(person: Caller): Promise<string> {
  const me = await person.get<{ organisation: { orgId: string } }>('/api/v1/me')
  const org = await person.get<Thing>(`/api/v1/organisations/${me.organisation.orgId}`)
  const keep = ['name', 'creditCode', 'capacities', 'districtCode', 'chainCodes', 'industryCode', 'sizeClass', 'employees'].filter((field) => org[field] !== undefined)
  await person.put(`/api/v1/organisations/${org.id}`, {
    ...Object.fromEntries(keep.map((field) => [field, org[field]])),
    summary: evil,
    address: evil,
    website: 'https://a.example/"onmouseover=window.__ran=4',
    products: [evil.slice(0, 60), link],
    contact: { name: '<b onclick=window.__ran=5>', phone: '13800000001', email: 'a@b.example' },
    facts: [{ key: 'processes', value: evil }, { key: 'equipment', value: link }],
  }, org.rev)
  return org.id
}

async function bid(login: string): Promise<string> {
  const person = await caller(login)
  const { docking } = await person.get<{ docking: Record<string, unknown> }>(`/api/v1/demands/${demandId}/bid-prefill`)
  const made = await person.post<Thing>(`/api/v1/demands/${demandId}/bids`, {
    docking: { ...docking, contactName: '<u onclick=window.__ran=6>', brief: evil },
    application: { title: evil.slice(0, 64), capability: evil, team: evil, plan: evil, priceFen: 96_000_000, scheduleMonths: 10, schedule: evil, cooperationWay: 'joint' },
  })
  const at = `/api/v1/bids/${encodeURIComponent(made.id)}`
  await person.upload(`${at}/attachments`, new Blob(['%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n']), '<img src=x onerror=window.__ran=7>.pdf')
  await person.post(`${at}/submit`)
  return made.id
}

/** Everything a demand goes through, from the draft to the award, with the text wherever somebody may write. */
beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  let leader = await caller(people.leader)
  let city = await caller(operator)
  orgId = await spoilDossier(leader)
  const made = await leader.post<Thing>('/api/v1/demands', {
    title: evil.slice(0, 128), kind: 'rnd', chain: '机器人', itemNumber: evil.slice(0, 64), listName: evil.slice(0, 64), brief: evil, background: evil, difficulty: evil, content: evil,
    targets: [evil, link], budgetFen: 120_000_000, timeLimitMonths: 10, cooperationWays: ['joint'], ipTerms: evil, bidConditions: evil,
    criteria: [{ key: 'team', name: evil.slice(0, 40), weight: 100, guide: evil }], contact: { name: evil.slice(0, 40), phone: '<i onclick=window.__ran=8>', email: link },
  })
  demandId = made.id
  const at = `/api/v1/demands/${demandId}`
  await leader.post(`${at}/submit`)
  await city.post(`${at}/return`, { reason: evil })
  await leader.post(`${at}/submit`)
  await city.post(`${at}/approve`, { note: evil })
  const { now } = (await (await fetch(`${server.origin}/sandbox/clock`)).json()) as { now: string }
  await leader.post(`${at}/publish`, { deadline: new Date(Date.parse(now) + 31 * 24 * 3600_000).toISOString() })
  bids.winner = await bid(people.winner)
  bids.loser = await bid(people.loser)
  await server.advance('745h')
  await eventually(async () => (await new Caller(server.origin).get<{ state: string }>(at)).state !== 'published', 'the closing')
  leader = await caller(people.leader)
  city = await caller(operator)
  for (const [who, id] of Object.entries(bids)) {
    const path = `/api/v1/bids/${encodeURIComponent(id)}`
    await leader.post(`${path}/check`, { outcome: 'pass' })
    const current = await leader.get<Thing>(path)
    await leader.put(`${path}/scores`, { scores: [{ key: 'team', score: who === 'winner' ? 90 : 50, reason: evil }] }, current.rev)
    await leader.post(`${path}/shortlist`, { shortlisted: true })
  }
  const current = await leader.get<Thing>(at)
  await leader.put(`${at}/award`, { winners: [bids.winner], reason: evil, feedback: [{ bidId: bids.loser, reason: evil }] }, current.rev)
  await leader.post(`${at}/award/publish`)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

it.each([
  ['', () => [`/demands/${demandId}`, `/demands/${demandId}/result`, '/demands', `/search?q=${encodeURIComponent(evil)}`, `/search?type=demand&q=onerror`, `/organisations/${orgId}`]],
  [people.leader, () => ['/work', '/work/demands', `/work/demands/${demandId}`, `/work/demands/${demandId}/evaluation`, '/work/inbox', '/work/organisation', `/demands/${demandId}`]],
  [people.loser, () => ['/work', '/work/bids', `/work/bids/${encodeURIComponent(bids.loser!)}`, '/work/inbox', `/demands/${demandId}`]],
  [operator, () => ['/work', `/work/review/demands?open=${demandId}`, `/work/review/organisations?open=${orgId}`, '/work/inbox', `/demands/${demandId}`]],
] as const)('what somebody wrote stays text for %s', { timeout: 240_000 }, async (login, pages) => {
  const { page, context, complaints } = await visit(browser, server.origin)
  const wrong: string[] = []
  page.on('dialog', (dialog) => {
    wrong.push(`${page.url()}: a dialog says ${dialog.message()}`)
    void dialog.dismiss()
  })
  if (login) await signIn(page, login, server.password || 'lianbang-demo')
  let shown = 0
  for (const path of pages()) {
    await open(page, path)
    await page.locator('h1').first().waitFor()
    await settled(page)
    const { ran, links, literal } = await page.evaluate(() => ({
      ran: (window as { __ran?: number }).__ran,
      links: [...document.querySelectorAll('a[href],form[action],iframe[src]')].map((a) => a.getAttribute('href') ?? '').filter((href) => /^\s*javascript:/i.test(href)),
      literal: document.body.innerText.includes('onerror='),
    }))
    if (ran !== undefined) wrong.push(`${path}: script ${ran} ran`)
    if (links.length) wrong.push(`${path}: links to ${links.join(' ')}`)
    if (complaints.length) wrong.push(`${path}: ${complaints.splice(0).join('\n')}`)
    if (literal) shown++
  }
  await context.close()
  expect(wrong.join('\n')).toBe('')
  expect(shown, 'pages that showed the text').toBeGreaterThan(1)
})
