// Measures what a first visit to a public page must download and fails above the promise of 180 kB gzip of JavaScript. Writes
// preload.json, from which the gateway tells the browser at once which files a page will ask for, by the page's component.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const limit = 180 * 1000
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length

/** The files that `key` needs before it can run: itself and its static imports, without what it loads later. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of manifest[key]?.imports ?? []) closure(next, seen)
  return seen
}

const pages = ['src/modules/home/HomePage.vue', 'src/modules/search/SearchPage.vue', 'src/modules/demand/DemandPage.vue']
let failed = false
for (const page of pages.filter((p) => manifest[p])) {
  const keys = closure(page, closure('index.html'))
  const js = [...keys].reduce((sum, key) => sum + (manifest[key].file.endsWith('.js') ? size(manifest[key].file) : 0), 0)
  const styles = new Set([...keys].flatMap((key) => manifest[key].css ?? []))
  const css = [...styles].reduce((sum, file) => sum + size(file), 0)
  console.log(`${page}: ${(js / 1000).toFixed(1)} kB JS, ${(css / 1000).toFixed(1)} kB CSS (gzip)`)
  failed ||= js > limit
}
const first = closure('index.html')
const preload = {}
for (const key of Object.keys(manifest).filter((k) => /^src\/modules\/.*Page\.vue$/.test(k))) {
  const files = [...closure(key)].filter((k) => !first.has(k)).flatMap((k) => [manifest[k].file, ...(manifest[k].css ?? [])])
  preload[key.replace(/^.*\/(\w+)\.vue$/, '$1')] = [...new Set(files)].map((file) => `/${file}`)
}
writeFileSync(new URL('preload.json', dist), JSON.stringify(preload))
// Nobody outside needs the manifest.
rmSync(new URL('.vite', dist), { recursive: true })
if (failed) {
  console.error(`A public page needs more than ${limit / 1000} kB of JavaScript before it is useful.`)
  process.exit(1)
}
