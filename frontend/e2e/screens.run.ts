import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, it } from 'vitest'
import { desktop, launchBrowser, open, phone, settled, signIn, visit } from './browser'
import { everyPage } from './routes'
import { startServer } from './server'

/** Pictures of every page at both widths, to be looked at. Not committed. SCREENS_ONLY limits them by a pattern. */
it('takes a picture of every page', async () => {
  const folder = process.env.SCREENS_DIR ?? (await mkdtemp(join(tmpdir(), 'lianbang-screens-')))
  const only = new RegExp(process.env.SCREENS_ONLY ?? '.')
  const server = await startServer(inject('template'))
  const browser = await launchBrowser()
  try {
    const shots = (await everyPage(server)).filter((shot) => only.test(shot.name))
    for (const size of [desktop, phone]) {
      for (const as of new Set(shots.map((shot) => shot.as))) {
        const { page, context } = await visit(browser, server.origin, size)
        const account = as && server.accounts.find((a) => a.role.includes(as))
        if (as && !account) {
          console.log(`no demo account for ${as}: its pages are left out`)
          continue
        }
        if (account) await signIn(page, account.phone, server.password)
        for (const shot of shots.filter((s) => s.as === as)) {
          await open(page, shot.path)
          await settled(page).catch(() => console.log(`${shot.name}: still loading`))
          await page.screenshot({ path: join(folder, `${shot.name}-${size.width}.png`), fullPage: true })
        }
        await context.close()
      }
    }
    console.log(`pictures: ${folder}`)
  } finally {
    await browser.close()
    await server.stop()
  }
})
