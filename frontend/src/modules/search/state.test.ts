import { expect, it } from 'vitest'
import { readState, writeState } from './state'

it('goes through the address unchanged', () => {
  const query = { q: '伺服电机', type: 'demand', district: ['lanjiang', 'hebin'], sort: 'deadline', page: '3' }
  expect(writeState(readState(query))).toEqual(query)
})

it('reads a broken address as the default list', () => {
  const state = readState({ type: 'nonsense', sort: 'random', page: '-4' })
  expect(state).toMatchObject({ q: '', type: 'all', sort: 'newest', page: 1 })
  expect(writeState(state)).toEqual({})
})

it('keeps the type of a page that shows only one', () => {
  expect(readState({ type: 'provider' }, 'demand').type).toBe('demand')
  expect(writeState(readState({}, 'demand'), 'demand')).toEqual({})
})
