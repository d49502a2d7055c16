import { expect, it } from 'vitest'
import { exitCodeOf } from './proof.ts'

it.each([
  [{ held: 2, broken: 0, skipped: 0 }, 0],
  [{ held: 2, broken: 1, skipped: 1 }, 1],
  [{ held: 0, broken: 0, skipped: 0 }, 1],
  [{ held: 2, broken: 0, skipped: 1 }, 77],
  [{ held: 0, broken: 0, skipped: 3 }, 77],
])('a proof with %o ends with %i', (outcome, code) => {
  expect(exitCodeOf(outcome)).toBe(code)
})
