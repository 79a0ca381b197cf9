import { describe, expect, it } from 'vitest'
import { aggregateOf, subjectPage } from './audit'

describe('what an entry of the audit log is about', () => {
  it('leads to the page of a demand, also from one of its bids, and of an organisation', () => {
    expect(subjectPage({ collection: 'demands', subject: 'd1' })).toBe('/demands/d1')
    expect(subjectPage({ collection: 'bids', subject: 'd1:1:o9' })).toBe('/demands/d1')
    expect(subjectPage({ collection: 'organisations', subject: 'o9' })).toBe('/organisations/o9')
    expect(subjectPage({ collection: 'people', subject: 'u1' })).toBeUndefined()
  })
  it('knows which of them have states', () => {
    expect(aggregateOf({ collection: 'bids' })).toBe('bid')
    expect(aggregateOf({ collection: 'settings' })).toBeUndefined()
  })
})
