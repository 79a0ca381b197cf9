import { expect, it } from 'vitest'
import { digitsOf } from './phoneCode'

it('reads a code however it was pasted', () => {
  expect(digitsOf(' 123 456')).toBe('123456')
  expect(digitsOf('１２３-４５６')).toBe('123456')
  expect(digitsOf('验证码 0000019')).toBe('000001')
})
