import { describe, expect, test } from 'vitest'
import { begun, receiver } from '../agreements.fixture.ts'
import { readSchedule, readTerms } from '../store/stored-schedule.ts'
import type { Active, Agreement } from './subscription.ts'

describe('as types', () => {
  test('an agreement is not yet a subscription', () => {
    const agreement: Agreement = begun
    // @ts-expect-error the state is missing
    const active: Active = agreement
    expect(active).toBe(begun)
  })

  test('a damaged row is a bug', () => {
    expect(() => readSchedule({ anchor: '2027-01-01', segments: [], skipped: [], pauses: [] })).toThrow(
      'without a period',
    )
    expect(() => readTerms([])).toThrow('without terms')
    expect(() => readTerms([{ from: '2027-01-01', quantity: 1, unitPrice: -1, receiver }])).toThrow(
      'not an amount',
    )
  })
})
