import { expect, it } from 'vitest'
import { wordsIn } from './words'

it('reads a list however it is written', () => {
  expect(wordsIn(' 数控机床、CNC 机床，cnc 机床\n加工中心；; ')).toEqual(['数控机床', 'CNC 机床', '加工中心'])
  expect(wordsIn(' 、,\n')).toEqual([])
})
