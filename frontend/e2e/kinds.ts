import type { Browser, Page } from 'playwright-core'
import { desktop, enter, expectAccessible, expectNoSideScroll, open, settled, type Tab } from './browser'
import { Caller, eventually } from './caller'
import type { Server } from './server'

/** Demo accounts by what they do here, as the seed makes them. */
export const people = { operator: '19900000001', district: '19900000002', leader: '19900000102', first: '19900000142', second: '19900000136', university: '19900000111', provider: '19900000117', expert: '19900000011', expert2: '19900000013' } as const
export type Person = keyof typeof people

/** One server, its people in tabs of their own, and callers for what a journey arranges without the browser. */
export class Town {
  private readonly tabs = new Map<Person, Tab>()
  private ahead = 0
  private readonly callers = new Map<Person, Promise<Caller>>()

  constructor(readonly server: Server, private readonly browser: Browser) {}

  caller(who: Person): Promise<Caller> {
    const known = this.callers.get(who) ?? new Caller(this.server.origin).signIn(people[who], this.password)
    this.callers.set(who, known)
    return known
  }

  /** Moves the server's clock, by hours such as `72h`. Sessions may end by it, so everybody comes anew. */
  async advance(by: string): Promise<void> {
    await this.server.advance(by)
    this.ahead += Number(/^(\d+)h$/.exec(by)![1]) * 3_600_000
    this.callers.clear()
    for (const tab of this.tabs.values()) await tab.context.close()
    this.tabs.clear()
  }

  private get password(): string {
    return this.server.password || 'lianbang-demo'
  }

  /** The tab of somebody, signed in, at an address whose page has mounted. */
  async at(who: Person, path: string, size = desktop): Promise<Page> {
    let tab = this.tabs.get(who)
    if (!tab) {
      tab = await enter(this.browser, this.server.origin, people[who], this.password, size)
      this.tabs.set(who, tab)
      if (this.ahead) await tab.context.clock.setFixedTime(Date.now() + this.ahead) // pages read the day from the browser
    }
    await open(tab.page, path)
    await settled(tab.page)
    return tab.page
  }

  /** A demand, the leader's unless said otherwise, reviewed and ready to be published. */
  async approved(input: Record<string, unknown>, by: Person = 'leader'): Promise<string> {
    const issuer = await this.caller(by)
    const operator = await this.caller('operator')
    const { id } = await issuer.post<{ id: string }>('/api/v1/demands', { chain: 'robotics', district: 'lanjiang', background: '产线节拍提升后现有方案跟不上。', contact: { name: '沈工', phone: '13800000001' }, ...input })
    await issuer.post(`/api/v1/demands/${id}/submit`)
    await operator.post(`/api/v1/demands/${id}/approve`, {})
    return id
  }

  /** The same, open for answers; without a deadline it stays open until the issuer ends it. */
  async published(input: Record<string, unknown>, deadline?: Date, by: Person = 'leader'): Promise<string> {
    const id = await this.approved(input, by)
    await (await this.caller(by)).post(`/api/v1/demands/${id}/publish`, deadline ? { deadline: deadline.toISOString() } : {})
    return id
  }

  /** An answer to a demand, put in without the browser, over what is known of the organisation. */
  async answers(who: Person, demandId: string, offer: Record<string, unknown>): Promise<string> {
    const caller = await this.caller(who)
    const { docking } = await caller.get<{ docking: Record<string, unknown> }>(`/api/v1/demands/${demandId}/bid-prefill`)
    const { id } = await caller.post<{ id: string }>(`/api/v1/demands/${demandId}/bids`, { docking, ...offer })
    await caller.post(`/api/v1/bids/${encodeURIComponent(id)}/submit`)
    return id
  }

  /** The id of somebody's own organisation. */
  async org(who: Person): Promise<{ orgId: string; name: string }> {
    const me = await (await this.caller(who)).get<{ organisation: { orgId: string; name: string } }>('/api/v1/me')
    return me.organisation
  }

  /** Waits until search finds an organisation by its name, since the pickers ask search. */
  async findable(name: string): Promise<void> {
    const anyone = new Caller(this.server.origin)
    await eventually(async () => (await anyone.get<{ hits: { title: { text: string } }[] }>(`/api/v1/search?type=organisation&q=${encodeURIComponent(name)}`)).hits.some((hit) => hit.title.text === name), name)
  }
}

/** Answers the dialog that asks before something is done. */
export async function answer(page: Page, action: string, reason = ''): Promise<void> {
  const dialog = page.getByRole('dialog')
  if (reason) await dialog.getByRole('textbox').fill(reason)
  await dialog.getByRole('button', { name: action, exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

let shots = 0

/** The page has come to rest, is accessible, and fits its width. E2E_SHOTS names a folder for a picture of each, to look at. */
export async function checked(page: Page): Promise<void> {
  await settled(page)
  if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/${String(++shots).padStart(2, '0')}-${page.viewportSize()!.width}.png`, fullPage: true })
  await expectAccessible(page)
  await expectNoSideScroll(page)
}
