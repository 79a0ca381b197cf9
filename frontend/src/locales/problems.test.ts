import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import en from './en'
import zh from './zh-CN'

const root = join(import.meta.dirname, '../../..')
const sources = ['services', 'search', 'gateway'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.go') && !/_test\.go$|\.gen\.go$/.test(file))
    .map((file) => readFileSync(join(root, room, file), 'utf8')),
)

/** The refusals that the services give a name of their own, such as `demand.wrong_state`. */
const codes = [...new Set(sources.flatMap((text) => [...text.matchAll(/(?:fault\.Newf?\(fault\.\w+,\s*|conflict\()"([a-z_]+\.[a-z_.]+)"/g)].map((m) => m[1]!)))]

const text = (messages: object, code: string): unknown => code.split('.').reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], messages)

it('every refusal the services name is put in words in both languages', () => {
  expect(codes.length).toBeGreaterThan(50)
  expect(codes.filter((code) => typeof text(zh.problems, code) !== 'string')).toEqual([])
  expect(codes.filter((code) => typeof text(en.problems, code) !== 'string')).toEqual([])
})
