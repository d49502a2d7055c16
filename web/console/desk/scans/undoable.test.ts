import { expect, test } from 'vitest'
import type { Scan, ScanState } from './queue.ts'
import { undoable } from './undoable.ts'

const NOW = Date.parse('2026-11-02T03:00:00Z')
const WAITING: ScanState = { kind: 'waiting' }
const UNDONE: ScanState = { kind: 'undone' }
const REFUSED: ScanState = { kind: 'refused', refusal: { code: 'x', message: '', fields: [] } }

const scan = (state: ScanState, minutesAgo = 0): Scan => ({
  id: `${minutesAgo}`,
  key: 'k',
  at: new Date(NOW - minutesAgo * 60_000).toISOString(),
  wish: { kind: 'return', barcode: 'A001' },
  tries: 0,
  state,
})

test('only the very last scan is undone', () => {
  const [before, last] = [scan(WAITING, 2), scan(WAITING, 1)]
  expect(undoable([before, last], NOW)).toBe(last)
  expect(undoable([before, scan(REFUSED)], NOW)).toBeUndefined()
  expect(undoable([before, scan(UNDONE)], NOW)).toBeUndefined()
  expect(undoable([], NOW)).toBeUndefined()
})

test('a scan of more than an hour ago stays, and so does one of an unknown time', () => {
  expect(undoable([scan(WAITING, 60)], NOW)).toBeDefined()
  expect(undoable([scan(WAITING, 61)], NOW)).toBeUndefined()
  expect(undoable([{ ...scan(WAITING), at: '' }], NOW)).toBeUndefined()
})
