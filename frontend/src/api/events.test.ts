import { expect, it } from 'vitest'
import { eventParser, type ServerEvent } from './events'

it('puts together events that arrive in pieces and passes over comments', () => {
  const events: ServerEvent[] = []
  const parse = eventParser((event) => events.push(event))
  parse('event: unread\ndata: {"unread":1}\n\n: still here\n\nid: m1\nevent: mess')
  parse('age\ndata: {"id":"m1"}\n\n')
  expect(events).toEqual([
    { id: '', type: 'unread', data: '{"unread":1}' },
    { id: 'm1', type: 'message', data: '{"id":"m1"}' },
  ])
})
