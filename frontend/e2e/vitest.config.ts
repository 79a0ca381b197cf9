import { defineConfig } from 'vitest/config'

// `npm run e2e` runs the browser tests; `npm run screens` and `npm run lighthouse` run one file each, by E2E_RUN.
const run = process.env.E2E_RUN

export default defineConfig({
  cacheDir: '../node_modules/.vite-e2e',
  test: {
    root: import.meta.dirname,
    environment: 'node',
    include: run ? [`${run}.run.ts`] : ['**/*.test.ts'],
    globalSetup: ['setup.ts'],
    // Each file starts a server and a browser of its own; two such pairs keep two cores busy. Measurements run alone.
    fileParallelism: !run,
    maxWorkers: 2,
    // A loaded machine may lose a race that no reader would notice; what passes only at the second go is reported as such.
    retry: run ? 0 : 1,
    testTimeout: run ? 900_000 : 60_000,
    hookTimeout: 360_000,
    reporters: ['default'],
    disableConsoleIntercept: true,
  },
})
