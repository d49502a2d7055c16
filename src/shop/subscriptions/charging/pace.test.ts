import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGate } from './gate.ts'
import { firstPace, observeAnswer, type Pace } from './pace.ts'

const fine = (ms: number) => ({ ms, trouble: false })
const trouble = { ms: 5_000, trouble: true }

/** Whole rounds of equal answers. */
function rounds(pace: Pace, count: number, ms: number): Pace {
  let next = pace
  for (let round = 0; round < count; round += 1) {
    const { limit } = next
    for (let answer = 0; answer < limit; answer += 1) next = observeAnswer(next, fine(ms))
  }
  return next
}

describe('pace', () => {
  test('a healthy provider is at full speed after a few rounds', () => {
    expect(firstPace(1_000).limit).toBe(8)
    expect(rounds(firstPace(1_000), 7, 2_000).limit).toBe(1_000)
  })

  test('a provider that was always slow is healthy', () => {
    expect(rounds(firstPace(50), 10, 20_000).limit).toBe(50)
  })

  test('trouble halves at once, and afterwards it grows step by step', () => {
    const halved = [1, 2, 3, 4, 5].reduce(
      (pace) => observeAnswer(pace, trouble),
      rounds(firstPace(50), 10, 100),
    )
    expect(halved.limit).toBe(25)
    const grown = rounds(halved, 1, 100).limit
    expect(grown).toBeGreaterThan(25)
    expect(grown).toBeLessThan(30)
  })

  test('one failure among hundreds is noise', () => {
    expect(observeAnswer(rounds(firstPace(400), 10, 100), trouble).limit).toBe(400)
  })

  test('a provider that becomes slow gets fewer calls', () => {
    const slowed = rounds(rounds(firstPace(100), 10, 300), 3, 3_000)
    expect(slowed.limit).toBeLessThan(50)
  })

  test('what stays slow becomes the usual, and the pace recovers', () => {
    expect(rounds(rounds(firstPace(100), 10, 600), 200, 3_000).limit).toBe(100)
  })

  test('whatever comes, it stays between 1 and the most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_200 }),
        fc.array(fc.record({ ms: fc.integer({ min: 0, max: 60_000 }), trouble: fc.boolean() }), {
          maxLength: 300,
        }),
        (most, answers) => {
          let pace = firstPace(most)
          for (const answer of answers) {
            pace = observeAnswer(pace, answer)
            expect(pace.limit).toBeGreaterThanOrEqual(1)
            expect(pace.limit).toBeLessThanOrEqual(most)
            expect(Number.isInteger(pace.limit)).toBe(true)
          }
        },
      ),
    )
  })
})

describe('gate', () => {
  test('never lets more in than the pace, and all in the end', async () => {
    let running = 0
    let highest = 0
    const gate = createGate(4, () => 0)
    const call = async () => {
      running += 1
      highest = Math.max(highest, running)
      await new Promise(setImmediate)
      running -= 1
      return 'paid'
    }
    const results = await Promise.all(Array.from({ length: 50 }, () => gate.run(call, () => 'fine')))
    expect(results).toHaveLength(50)
    expect(highest).toBe(4)
  })

  test('a call that throws counts as trouble and frees its place', async () => {
    const gate = createGate(4, () => 0)
    const broken = async (): Promise<string> => {
      throw new Error('connection lost')
    }
    await expect(gate.run(broken, () => 'fine')).rejects.toThrow('connection lost')
    expect(gate.pace().limit).toBe(2)
    expect(
      await gate.run(
        async () => 'paid',
        () => 'fine',
      ),
    ).toBe('paid')
  })
})
