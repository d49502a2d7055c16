import { expect, it } from 'vitest'
import { isReturnOver, RETURN_LIFE } from './return-address.ts'

const created_at = Temporal.Instant.from('2026-11-21T00:00:00Z')
const end = created_at.add(RETURN_LIFE)

it.each([
  ['succeeded', end, false],
  ['succeeded', end.add({ seconds: 1 }), true],
  ['declined', end.add({ hours: 1 }), true],
  ['cancelled', end.add({ hours: 1 }), true],
  ['unknown', end.add({ hours: 1_000 }), false],
  ['awaiting_customer', end.add({ hours: 1_000 }), false],
  ['sent', end.add({ hours: 1_000 }), false],
])('the address of what is %s, at %s: over is %s', (state, now, isOver) => {
  expect(isReturnOver({ state, created_at }, now)).toBe(isOver)
})
