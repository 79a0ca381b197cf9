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
  const template = process.env.E2E_ORIGIN ? '' : await makeTemplate()
  project.provide('template', template)
  return async () => {
    if (template) await rm(template, { recursive: true, force: true })
  }
}
