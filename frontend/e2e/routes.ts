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
  return shots
}
