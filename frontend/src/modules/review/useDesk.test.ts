import { describe, expect, it } from 'vitest'
import { deskKey, neighbour } from './useDesk'

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, target: document.body, ...more }) as KeyboardEvent

describe('keys of the review desk', () => {
  it('reads the keys shown in the help', () => {
    expect(['j', 'k', 'a', 'r', 'x', '?'].map((key) => deskKey(press(key), false))).toEqual(['next', 'previous', 'approve', 'giveBack', 'reject', 'help'])
  })
  it('leaves typing, dialogs and shortcuts of the browser alone', () => {
    expect(deskKey(press('a', { target: document.createElement('textarea') }), false)).toBeUndefined()
    expect(deskKey(press('a'), true)).toBeUndefined()
    expect(deskKey(press('r', { ctrlKey: true }), false)).toBeUndefined()
  })
})

describe('neighbour', () => {
  it('moves and stays at the ends', () => {
    expect(neighbour(['a', 'b'], 'a', 1)).toBe('b')
    expect(neighbour(['a', 'b'], 'b', 1)).toBe('b')
    expect(neighbour(['a', 'b'], 'a', -1)).toBe('a')
  })
  it('begins at the first', () => {
    expect(neighbour(['a', 'b'], undefined, -1)).toBe('a')
    expect(neighbour([], undefined, 1)).toBeUndefined()
  })
})
