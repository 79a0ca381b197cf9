import { describe, expect, it } from 'vitest'
import { exactMoney, formatDay, formatEnd, formatMoney, formatTime, workingDaysLeft } from './format'

const now = new Date('2026-11-22T03:00:00Z')

describe('money', () => {
  it.each([
    [120_000_000, '120 万元', '1,200,000.00 元'],
    [35_600_000, '35.6 万元', '356,000.00 元'],
    [800_000, '8,000 元', '8,000.00 元'],
    [1_234_567, '1.23 万元', '12,345.67 元'],
    [0, '0 元', '0.00 元'],
  ])('%i fen reads %s and is exactly %s', (fen, short, exact) => {
    expect(formatMoney(fen)).toBe(short)
    expect(exactMoney(fen)).toBe(exact)
  })
})

describe('dates are read on the city clock', () => {
  it('shows the day of Shanghai, not of UTC', () => {
    expect(formatTime('2026-11-21T16:30:00Z', now)).toBe('11月22日 周日 00:30')
  })
  it('adds the year only when it is another', () => {
    expect(formatDay('2027-01-04T02:00:00Z', now)).toBe('2027年1月4日 周一')
  })
})

it('says the end of a notice by the day it fills', () => {
  expect(formatEnd('2026-11-27T16:00:00Z', now)).toBe('11月27日 周五 24:00')
  expect(formatEnd('2026-11-27T09:00:00Z', now)).toBe('11月27日 周五 17:00')
})

describe('working days left', () => {
  it('counts whole days from Monday to Friday after today; the day of a 17:00 deadline is not whole', () => {
    expect(workingDaysLeft(new Date('2026-11-27T09:00:00Z'), now)).toBe(4)
    expect(workingDaysLeft(new Date('2026-11-27T15:59:59Z'), now)).toBe(5)
    expect(workingDaysLeft(new Date('2026-11-27T16:00:00Z'), now)).toBe(5)
  })
  it('is 0 on the last day and after it', () => {
    expect(workingDaysLeft(new Date('2026-11-22T09:00:00Z'), now)).toBe(0)
    expect(workingDaysLeft(new Date('2026-11-20T09:00:00Z'), now)).toBe(0)
  })
  it('follows the announced holidays and worked weekends', () => {
    const calendar = { off: new Set(['2026-11-25']), on: new Set(['2026-11-28']) }
    expect(workingDaysLeft(new Date('2026-11-30T09:00:00Z'), now, calendar)).toBe(5)
  })
})
