import type { AppModule } from './module'

const found = import.meta.glob<{ default: AppModule }>('../modules/*/module.ts', { eager: true })

/** All modules of the program, by name. A new folder under modules/ needs no other registration. */
export const modules: AppModule[] = Object.values(found)
  .map((file) => file.default)
  .sort((a, b) => a.name.localeCompare(b.name))
