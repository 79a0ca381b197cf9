import { Caller } from './caller'
import type { Server } from './server'

export interface Shot {
  name: string
  path: string
  /** Signed in as the demo account whose role holds this text. */
  as?: string
}

/** Every page worth a picture, with real ids from the demo content. */
export async function everyPage(server: Server): Promise<Shot[]> {
  const anyone = new Caller(server.origin)
  const first = async (state: string): Promise<string | undefined> => (await anyone.get<{ items: { id: string }[] }>(`/api/v1/demands?state=${state}&limit=1`)).items[0]?.id
  const open = await first('published')
  const notice = await first('award_notice')
  const awarded = await first('awarded')
  const org = (await anyone.get<{ hits: { id: string }[] }>('/api/v1/search?type=organisation&pageSize=1')).hits[0]?.id
  const shots: Shot[] = [
    { name: 'home', path: '/' },
    { name: 'search', path: '/search?q=电机' },
    { name: 'search-nothing', path: '/search?q=不存在的词组甲乙丙' },
    { name: 'board', path: '/demands' },
    { name: 'issues', path: '/issues' },
    { name: 'services', path: '/services' },
    { name: 'achievements', path: '/achievements' },
    { name: 'organisations', path: '/organisations' },
    { name: 'sign-in', path: '/sign-in' },
    { name: 'sign-up', path: '/sign-up' },
    { name: 'about', path: '/about' },
    { name: 'developers', path: '/developers' },
    { name: 'not-found', path: '/no/such/page' },
  ]
  if (open) shots.push({ name: 'demand', path: `/demands/${open}` })
  if (notice) shots.push({ name: 'demand-notice', path: `/demands/${notice}` }, { name: 'result-notice', path: `/demands/${notice}/result` })
  if (awarded) shots.push({ name: 'result', path: `/demands/${awarded}/result` })
  if (org) shots.push({ name: 'organisation', path: `/organisations/${org}` })
  return [...shots, ...(await leaderPages(server)), ...(await bidderPages(server)), ...operatorPages]
}

interface Row {
  id: string
  state: string
}

async function rowsOf(server: Server, role: string, path: string): Promise<Row[]> {
  const account = server.accounts.find((a) => a.role.includes(role))
  if (!account) return []
  const person = await new Caller(server.origin).signIn(account.phone, server.password)
  return (await person.get<{ items: Row[] }>(`${path}?limit=100`)).items
}

/** A chain leader: one own demand in each state that looks different. */
async function leaderPages(server: Server): Promise<Shot[]> {
  const as = '链主'
  const mine = await rowsOf(server, as, '/api/v1/my-demands')
  const shots: Shot[] = [
    { name: 'work-leader', path: '/work', as },
    { name: 'my-demands', path: '/work/demands', as },
    { name: 'new-demand', path: '/work/demands/new', as },
    { name: 'import', path: '/work/demands/import', as },
    { name: 'inbox-leader', path: '/work/inbox', as },
    { name: 'own-organisation', path: '/work/organisation', as },
    { name: 'account', path: '/work/account', as },
  ]
  for (const state of ['draft', 'approved', 'published']) {
    const demand = mine.find((row) => row.state === state)
    if (demand) shots.push({ name: `manage-${state}`, path: `/work/demands/${demand.id}`, as })
  }
  for (const state of ['bidding_closed', 'evaluating', 'award_notice']) {
    const demand = mine.find((row) => row.state === state)
    if (demand) shots.push({ name: `evaluation-${state}`, path: `/work/demands/${demand.id}/evaluation`, as })
  }
  return shots
}

/** A firm that bids: its bids by state, and a bid still to be begun. */
async function bidderPages(server: Server): Promise<Shot[]> {
  const as = '有落榜反馈'
  const bids = await rowsOf(server, as, '/api/v1/my-bids')
  const shots: Shot[] = [
    { name: 'work-bidder', path: '/work', as },
    { name: 'my-bids', path: '/work/bids', as },
    { name: 'matches', path: '/work/matches', as },
    { name: 'matches-now', path: '/work/matches?show=more', as },
    { name: 'saved-searches', path: '/work/searches', as },
  ]
  for (const state of ['submitted', 'won', 'lost']) {
    const bid = bids.find((row) => row.state === state)
    if (bid) shots.push({ name: `bid-${state}`, path: `/work/bids/${encodeURIComponent(bid.id)}`, as })
  }
  const taken = new Set(bids.map((row) => row.id.split(':')[0]))
  const open = (await new Caller(server.origin).get<{ items: Row[] }>('/api/v1/demands?state=published&limit=50')).items.find((row) => !taken.has(row.id))
  if (open) shots.push({ name: 'bid-new', path: `/work/demands/${open.id}/bid`, as }, { name: 'demand-bidder', path: `/demands/${open.id}`, as })
  return shots
}

const operatorPages: Shot[] = [
  { name: 'work-operator', path: '/work', as: '市级' },
  { name: 'review-demands', path: '/work/review/demands', as: '市级' },
  { name: 'review-organisations', path: '/work/review/organisations', as: '市级' },
  { name: 'review-settings', path: '/work/review/settings', as: '市级' },
  { name: 'synonyms', path: '/work/review/words', as: '市级' },
  { name: 'review-system', path: '/work/review/system', as: '市级' },
  { name: 'review-audit', path: '/work/review/audit', as: '市级' },
  { name: 'work-district', path: '/work', as: '区县' },
]
