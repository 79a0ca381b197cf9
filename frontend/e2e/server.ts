import { spawn, type ChildProcess } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = process.env.LIANBANG_BIN ?? join(import.meta.dirname, '../../bin/lianbang')

/** One of the demo accounts the program prints when it starts. */
export interface DemoAccount {
  phone: string
  role: string
  name: string
}

export interface Server {
  origin: string
  accounts: DemoAccount[]
  password: string
  /** Moves the server's clock forward, such as `72h`: deadlines and notices pass without waiting. */
  advance(by: string): Promise<void>
  /** The code in the last text message to a number. */
  codeSentTo(phone: string): Promise<string>
  stop(): Promise<void>
}

/** Fills a directory with the demo content, once, for copying. */
export async function makeTemplate(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'lianbang-template-'))
  const { child } = await launch(join(data, 'data'))
  await end(child)
  return data
}

/**
 * Starts the program on a free port with a copy of the demo content and a clock that can be moved. With E2E_ORIGIN set,
 * uses the server at that address instead and leaves it alone.
 */
export async function startServer(template: string): Promise<Server> {
  const given = process.env.E2E_ORIGIN
  if (given) {
    return { origin: given, accounts: [], password: process.env.E2E_PASSWORD ?? '', advance: (by) => advance(given, by), codeSentTo: () => Promise.reject(new Error('text messages of another server cannot be read')), stop: () => Promise.resolve() }
  }
  const home = await mkdtemp(join(tmpdir(), 'lianbang-e2e-'))
  await cp(join(template, 'data'), join(home, 'data'), { recursive: true })
  const { child, said } = await launch(join(home, 'data'))
  const origin = /ready at (http:\/\/\S+)/.exec(said)![1]!
  return {
    origin,
    password: /password (\S+?)\)?:/.exec(said)?.[1] ?? '',
    accounts: [...said.matchAll(/^ {2}(\d{11}) +(\S+) +(.*)$/gm)].map(([, phone, role, name]) => ({ phone: phone!, role: role!, name: name!.trim() })),
    advance: (by) => advance(origin, by),
    codeSentTo: (phone) => codeSentTo(join(home, 'data', 'outgoing', 'sms'), phone),
    async stop() {
      await end(child)
      await rm(home, { recursive: true, force: true })
    },
  }
}

function launch(data: string): Promise<{ child: ChildProcess; said: string }> {
  const env = { ...process.env, LIANBANG_DATA: data, LIANBANG_ADDR: '127.0.0.1:0', LIANBANG_DEMO: 'true', LIANBANG_SANDBOX: 'true', LIANBANG_LOG_LEVEL: 'warn' }
  for (const name of ['LIANBANG_BIN', 'LIANBANG_PROVE']) delete (env as Record<string, string | undefined>)[name]
  const child = spawn(binary, [], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let said = ''
    let errors = ''
    const give = setTimeout(() => done(new Error(`${binary} was not ready within 300 s.\n${said}\n${errors}`)), 300_000)
    let settle: NodeJS.Timeout | undefined
    const done = (error?: Error): void => {
      clearTimeout(give)
      if (error) {
        child.kill('SIGKILL')
        reject(error)
      } else resolve({ child, said })
    }
    child.on('error', (error) => done(new Error(`${binary} cannot be started; build it with make build. ${error.message}`)))
    child.on('exit', (code) => done(new Error(`${binary} ended with ${code}.\n${said}\n${errors}`)))
    child.stderr!.on('data', (part: Buffer) => (errors = (errors + part.toString()).slice(-8000)))
    child.stdout!.on('data', (part: Buffer) => {
      said += part.toString()
      // The accounts are printed right after the address; a short silence says that they are all there.
      if (said.includes('ready at http')) {
        clearTimeout(settle)
        settle = setTimeout(done, 150)
      }
    })
  })
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit')
    const kill = setTimeout(() => child.kill('SIGKILL'), 15_000)
    child.on('exit', () => {
      clearTimeout(kill)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

async function advance(origin: string, by: string): Promise<void> {
  const response = await fetch(`${origin}/sandbox/clock`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ advance: by }) })
  if (!response.ok) throw new Error(`the clock did not move: ${response.status} ${await response.text()}`)
}

async function codeSentTo(folder: string, phone: string): Promise<string> {
  let last = 0
  let code = ''
  for (const name of (await readdir(folder)).filter((n) => n.startsWith('code-'))) {
    const text = await readFile(join(folder, name), 'utf8')
    const { mtimeMs } = await stat(join(folder, name))
    const found = /验证码 (\d{6})/.exec(text)
    if (text.includes(phone) && found && mtimeMs >= last) [last, code] = [mtimeMs, found[1]!]
  }
  if (!code) throw new Error(`no code was sent to ${phone}`)
  return code
}
