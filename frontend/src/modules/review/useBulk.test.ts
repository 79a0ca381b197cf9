import { describe, expect, it } from 'vitest'
import { useBulk } from './useBulk'

describe('useBulk', () => {
  it('decides each by itself, says what became of it, and keeps the refused chosen', async () => {
    const { chosen, outcomes, left, decide, clear } = useBulk()
    chosen.value = ['a', 'b', 'c']
    const asked: string[] = []
    await decide(['a', 'b', 'c'].map((id) => ({ id, name: id.toUpperCase() })), (id) => {
      asked.push(id)
      return id === 'b' ? Promise.reject(new Error('no')) : Promise.resolve()
    })
    expect(asked).toEqual(['a', 'b', 'c'])
    expect(outcomes.value.map((o) => [o.name, Boolean(o.why)])).toEqual([['A', false], ['B', true], ['C', false]])
    expect(chosen.value).toEqual(['b'])
    expect(left.value).toBe(0)
    clear()
    expect([chosen.value, outcomes.value]).toEqual([[], []])
  })
})
