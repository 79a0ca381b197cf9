import { beforeEach, describe, expect, it } from 'vitest'
import { resumeTheme, setTheme, theme } from './theme'

describe('the theme', () => {
  beforeEach(() => setTheme('auto'))

  it('is marked on the page when chosen, and not when it follows the device', () => {
    setTheme('dark')
    expect(document.documentElement.dataset.theme).toBe('dark')
    setTheme('auto')
    expect(document.documentElement.dataset.theme).toBeUndefined()
  })

  it('is taken up again on the next visit', () => {
    localStorage.setItem('lianbang.theme', 'dark')
    resumeTheme()
    expect([theme(), document.documentElement.dataset.theme]).toEqual(['dark', 'dark'])
  })

  it('follows the device when what was kept makes no sense', () => {
    localStorage.setItem('lianbang.theme', 'purple')
    resumeTheme()
    expect([theme(), document.documentElement.dataset.theme]).toEqual(['auto', undefined])
  })
})
