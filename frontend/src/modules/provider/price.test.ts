import { expect, it } from 'vitest'
import { lowest } from './price'

it('finds the lowest price that somebody names', () => {
  expect(lowest([{ price: { model: 'negotiable' } }])).toBeUndefined()
  expect(lowest([{ price: { model: 'fixed', fromFen: 500 } }, { price: { model: 'range', fromFen: 300, toFen: 900 } }])).toBe(300)
  expect(lowest([{ price: { model: 'free' } }, { price: { model: 'fixed', fromFen: 500 } }])).toBe(0)
})
