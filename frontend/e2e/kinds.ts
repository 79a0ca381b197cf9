import type { Browser, Page } from 'playwright-core'
import { desktop, expectAccessible, expectNoSideScroll, open, settled, signIn, visit, type Tab } from './browser'
import { Caller, eventually } from './caller'
import type { Server } from './server'

/** Demo accounts by what they do here, as the seed makes them. */
export const people = { operator: '19900000001', leader: '19900000102', first: '19900000142', second: '19900000136', university: '19900000111' } as const
export type Person = keyof typeof people

/** One server, its people in tabs of their own, and callers for what a journey arranges without the browser. */
export class Town {
  private readonly tabs = new Map<Person, Tab>()

  constructor(readonly server: Server, private readonly browser: Browser) {}

  caller(who: Person): Promise<Caller> {
    return new Caller(this.server.origin).signIn(people[who], this.server.password || 'lianbang-demo')
  }

  /** The tab of somebody, signed in, at an address whose page has mounted. */
  async at(who: Person, path: string, size = desktop): Promise<Page> {
    let tab = this.tabs.get(who)
    if (!tab) {
      tab = await visit(this.browser, this.server.origin, size)
      this.tabs.set(who, tab)
      await signIn(tab.page, people[who], this.server.password || 'lianbang-demo')
    }
    await open(tab.page, path)
    await settled(tab.page)
    return tab.page
  }

  /** A demand of the leader's, reviewed and ready to be published. */
  async approved(input: Record<string, unknown>): Promise<string> {
    const leader = await this.caller('leader')
    const operator = await this.caller('operator')
    const { id } = await leader.post<{ id: string }>('/api/v1/demands', { chain: 'robotics', district: 'lanjiang', background: '产线节拍提升后现有方案跟不上。', contact: { name: '沈工', phone: '13800000001' }, ...input })
    await leader.post(`/api/v1/demands/${id}/submit`)
    await operator.post(`/api/v1/demands/${id}/approve`, {})
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

/** The page has come to rest, is accessible, and fits its width. */
export async function checked(page: Page): Promise<void> {
  await settled(page)
  await expectAccessible(page)
  await expectNoSideScroll(page)
}
