import { expect, it } from 'vitest'
import { criteriaOf, stateOf } from './criteria'
import { readState, writeState } from './state'

it('goes through the address unchanged', () => {
  const query = { q: '伺服电机', type: 'demand', district: ['lanjiang', 'hebin'], closes: ['30'], budget: ['0-50'], budgetMin: '100', sort: 'nearest', near: 'heting', page: '3' }
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

it('has the same criteria however a search was reached, and none of its place in the list', () => {
  const there = criteriaOf(readState({ district: ['b', 'a'], q: '轴承', page: '4', sort: 'newest', closes: '30', trl: '6' }))
  expect(there).toEqual(criteriaOf(readState({ trl: ['6'], q: '轴承', district: ['a', 'b'], closes: ['30'] })))
  expect(there).toEqual({ q: '轴承', district: ['a', 'b'], closes: 30, trl: ['6'] })
  expect(stateOf(there).filters).toMatchObject({ district: ['a', 'b'], closes: ['30'], trl: ['6'] })
})
