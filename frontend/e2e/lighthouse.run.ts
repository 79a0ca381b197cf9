import { createServer } from 'node:net'
import lighthouse from 'lighthouse'
import { inject, it } from 'vitest'
import { launchBrowser } from './browser'
import { Caller } from './caller'
import { startServer } from './server'

const wanted = { performance: 90, accessibility: 95, 'best-practices': 95, seo: 95 }

/** Lighthouse's mobile figures of the three pages people land on, printed as they are. A demo asks not to be indexed, so that audit is left out. */
it('measures home, results and a detail page', async () => {
  const server = await startServer(inject('template'))
  const port = await freePort()
  const browser = await launchBrowser([`--remote-debugging-port=${port}`])
  try {
    const demand = (await new Caller(server.origin).get<{ items: { id: string }[] }>('/api/v1/demands?state=published&limit=1')).items[0]?.id
    for (const path of ['/', '/search?q=电机', ...(demand ? [`/demands/${demand}`] : [])]) {
      const result = await lighthouse(server.origin + path, { port, logLevel: 'error', onlyCategories: Object.keys(wanted), skipAudits: ['is-crawlable'] })
      const { categories, audits } = result!.lhr
      const figures = Object.entries(wanted).map(([name, least]) => {
        const score = Math.round((categories[name]?.score ?? 0) * 100)
        return `${name} ${score}${score < least ? ` (wanted ${least})` : ''}`
      })
      console.log(`${path}: ${figures.join(' · ')} · LCP ${audits['largest-contentful-paint']?.displayValue} · CLS ${audits['cumulative-layout-shift']?.displayValue} · TBT ${audits['total-blocking-time']?.displayValue}`)
      for (const audit of Object.values(audits)) if (audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode === 'binary') console.log(`  ${audit.id}: ${audit.title}`)
    }
  } finally {
    await browser.close()
    await server.stop()
  }
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
