import { expect, it } from 'vitest'
import { samePeriod } from './period.ts'

const days = (count: number) => ({ unit: 'days', count }) as const

it('is the same only with the same unit and count', () => {
  expect(samePeriod(days(30), days(30))).toBe(true)
  expect(samePeriod(days(30), days(60))).toBe(false)
  expect(samePeriod(days(1), { unit: 'months', count: 1 })).toBe(false)
})

it('is none on both sides, or on neither', () => {
  expect(samePeriod(null, null)).toBe(true)
  expect(samePeriod(null, days(30))).toBe(false)
  expect(samePeriod(days(30), null)).toBe(false)
})
