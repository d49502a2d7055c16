import { expect, test } from 'vitest'
import { createTries } from './tries.ts'

const START = Temporal.Instant.from('2026-11-30T03:00:00Z')

test('tries are counted by what they are for, run out, come back with time, and fill no memory', () => {
  const tries = createTries({ most: 2, minutes: 5 })
  const later = (minutes: number) => START.add({ minutes })
  tries.note('a', START)
  expect(tries.areUsedUp('a', START)).toBe(false)
  tries.note('a', later(4))
  expect([tries.areUsedUp('a', later(4)), tries.areUsedUp('b', later(4))]).toEqual([true, false])
  expect(tries.areUsedUp('a', later(5))).toBe(false)
  tries.note('a', later(5))
  expect(tries.areUsedUp('a', later(6))).toBe(false)
  tries.note('a', later(6))
  for (let made = 0; made < 10_000; made++) tries.note(`made up ${made}`, later(6))
  expect(tries.areUsedUp('a', later(6))).toBe(false)
})
