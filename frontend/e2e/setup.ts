import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { makeTemplate } from './server'

declare module 'vitest' {
  interface ProvidedContext {
    /** A data directory with the demo content in it, made once; every server starts from a copy. */
    template: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // E2E_TEMPLATE names a folder whose data/ was filled before, to save the filling while writing tests.
  const given = process.env.E2E_TEMPLATE ?? ''
  const template = given || process.env.E2E_ORIGIN ? given : await makeTemplate()
  project.provide('template', template)
  return async () => {
    if (template && !given) await rm(template, { recursive: true, force: true })
  }
}
