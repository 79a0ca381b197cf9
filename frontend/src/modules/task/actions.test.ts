import { describe, expect, it } from 'vitest'
import { bodyOf, milestonesOf, specOf, yuanToFen } from './actions'

describe('what a step on a task sends', () => {
  it('counts money in whole fen', () => {
    expect([yuanToFen('1,234.5'), yuanToFen('0.07'), yuanToFen('12.345'), yuanToFen('x')]).toEqual([123450, 7, undefined, undefined])
    expect(bodyOf(specOf('recordTaskPayment'), { amountFen: '12.5', paidOn: '2026-11-22' }).body).toEqual({ amountFen: 12_500_000, paidOn: '2026-11-22' })
  })
  it('names what is missing', () => {
    expect(bodyOf(specOf('acceptTask'), { score: '9x', grade: '', comment: ' ' }).missing).toEqual(['score', 'grade', 'comment'])
  })
  it('reads milestones line by line', () => {
    expect(milestonesOf('2027-03-01 样机试制\n说明\n 2027-06-30  小批量 ')).toEqual([{ dueOn: '2027-03-01', name: '样机试制' }, { dueOn: '2027-06-30', name: '小批量' }])
  })
  it('turns yes and no into an answer, and no figure into none', () => {
    expect(bodyOf(specOf('judgeTaskProof'), { accepted: 'no', reason: '看不清' }).body).toEqual({ accepted: false, reason: '看不清' })
    expect(bodyOf(specOf('recordTaskOutcome'), { cooperation: 'order' }).body).toEqual({ cooperation: 'order', orderFen: 0, patentsFiled: 0, patentsGranted: 0, supplierListed: false })
  })
})
