import { expect, test } from 'vitest'
import { whenOf } from './when.ts'

test('a return counts from the book drop, or from its scan', () => {
  const scanned = new Date('2026-11-02T03:00:00Z')
  expect(whenOf('', scanned)).toEqual({ scannedAt: '2026-11-02T03:00:00.000Z' })
  expect(whenOf('2026-11-01T09:30', scanned)).toEqual({ effectiveAt: '2026-11-01T00:30:00.000Z' })
  expect(whenOf('2026-', scanned)).toEqual({ scannedAt: '2026-11-02T03:00:00.000Z' })
})
