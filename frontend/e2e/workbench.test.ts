import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { desktop, enter, expectAccessible, expectNoSideScroll, launchBrowser, open, phone, settled } from './browser'
import { everyPage, type Shot } from './routes'
import { startServer, type Server } from './server'

let server: Server
let browser: Browser
let shots: Shot[]

beforeAll(async () => {
  server = await startServer(inject('template'))
  browser = await launchBrowser()
  shots = (await everyPage(server)).filter((shot) => shot.as)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

it.each([
  ['链主', 1440, desktop],
  ['链主', 390, phone],
  ['有落榜反馈', 1440, desktop],
  ['有落榜反馈', 390, phone],
  ['市级', 1440, desktop],
  ['市级', 390, phone],
] as const)('the workbench of %s at %i px is accessible, fits the screen and keeps the console quiet', { timeout: 240_000 }, async (as, _, size) => {
  const account = server.accounts.find((a) => a.role.includes(as))
  if (!account) throw new Error(`the demo has no account for ${as}`)
  const { page, context, complaints } = await enter(browser, server.origin, account.phone, server.password, size)
  const wrong: string[] = []
  for (const shot of shots.filter((s) => s.as === as)) {
    const note = (error: unknown): number => wrong.push(`${shot.name}: ${error instanceof Error ? error.message : String(error)}`)
    await open(page, shot.path)
    await page.locator('h1').first().waitFor().catch(note)
    await settled(page).catch(note)
    await expectAccessible(page).catch(note)
    await expectNoSideScroll(page).catch(note)
    if (complaints.length) note(complaints.splice(0).join('\n'))
  }
  await context.close()
  expect(wrong.join('\n\n')).toBe('')
})
