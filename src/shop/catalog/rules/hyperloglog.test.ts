import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyRegisters,
  estimateOf,
  packSketch,
  type Registers,
  registersOf,
  SKETCH_BYTES,
  union,
  unpackSketch,
} from './hyperloglog.ts'

const MASK = 0xffff_ffff_ffff_ffffn

/** Different visitors of a crowd, as numbers that look like chance (SplitMix64). */
function* crowd(seed: number, size: number): Generator<bigint> {
  let state = BigInt(seed) << 40n
  for (let n = 0; n < size; n += 1) {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & MASK
    let mixed = ((state ^ (state >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK
    yield mixed ^ (mixed >> 31n)
  }
}

/** What is estimated of crowds of a size, as shares of the truth: +0.01 is one percent too many. */
const errorsAt = (size: number, crowds: number) =>
  Array.from({ length: crowds }, (_, seed) => estimateOf(registersOf(crowd(seed + 1, size))) / size - 1)

const typical = (errors: readonly number[]) =>
  Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)
const average = (errors: readonly number[]) => errors.reduce((sum, error) => sum + error, 0) / errors.length

const visitorsLists = fc.array(fc.bigInt({ min: 0n, max: MASK }), { maxLength: 300 })

describe('the number of different visitors', () => {
  it.each([0, 1, 2, 10])('is exact for %d', (size) => {
    expect(estimateOf(registersOf(crowd(1, size)))).toBe(size)
  })

  it.each([
    { size: 1_000, crowds: 60, typicalAtMost: 0.0081 },
    { size: 10_000, crowds: 20, typicalAtMost: 0.0081 },
    // 1.04 / √16384, and what chance adds when so few crowds are looked at.
    { size: 40_000, crowds: 12, typicalAtMost: 0.0081 * 1.4 },
    { size: 100_000, crowds: 12, typicalAtMost: 0.0081 * 1.4 },
  ])('is off by no more than the method promises at $size', ({ size, crowds, typicalAtMost }) => {
    const errors = errorsAt(size, crowds)
    expect(typical(errors)).toBeLessThan(typicalAtMost)
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(3 * 0.0081)
    // On no side more than on the other.
    expect(Math.abs(average(errors))).toBeLessThan((3 * 0.0081) / Math.sqrt(crowds))
  })

  it('takes everybody once, in whichever order and however often they come', () => {
    const all = [...crowd(7, 5_000)]
    const [some, others] = [all.slice(0, 3_500), all.slice(2_500)]
    const once = registersOf(all)
    expect(union(registersOf(some), registersOf(others))).toEqual(once)
    expect(union(registersOf(others), registersOf(some.toReversed()))).toEqual(once)
    expect(union(once, once)).toEqual(once)
  })

  it('never falls when somebody comes', () => {
    let before = 0
    let registers = emptyRegisters()
    const people = [...crowd(3, 3_000)]
    for (let at = 0; at < people.length; at += 50) {
      registers = union(registers, registersOf(people.slice(at, at + 50)))
      expect(estimateOf(registers)).toBeGreaterThanOrEqual(before)
      before = estimateOf(registers)
    }
  })

  it('is endless, and no failure, when all registers are full', () => {
    expect(estimateOf(emptyRegisters().fill(51))).toBe(Infinity)
    expect(estimateOf(emptyRegisters().fill(50))).toBeGreaterThan(1e18)
  })
})

describe('a kept sketch', () => {
  const back = (registers: Registers) => unpackSketch(packSketch(registers))

  it('is what it was, and takes three bytes a visitor at first and never more than 12 KB', () => {
    for (const size of [0, 1, 100, 4_000, 6_000, 100_000]) {
      const registers = registersOf(crowd(9, size))
      const { length } = packSketch(registers)
      expect(back(registers)).toEqual(registers)
      expect(length).toBeLessThanOrEqual(Math.min(3 * size, SKETCH_BYTES))
    }
    expect(SKETCH_BYTES).toBe(12 * 1024)
  })

  it('is what it was, whatever its registers are', () => {
    const any = fc.uint8Array({ minLength: 16_384, maxLength: 16_384, max: 63 })
    fc.assert(
      fc.property(any, visitorsLists, (dense, visitors) => {
        expect(back(dense)).toEqual(dense)
        expect(back(registersOf(visitors))).toEqual(registersOf(visitors))
      }),
      { numRuns: 20 },
    )
  })

  it('changes from pairs to all registers where that is no longer shorter', () => {
    const marked = (count: number) => emptyRegisters().fill(1, 0, count)
    expect(packSketch(marked(4_095))).toHaveLength(4_095 * 3)
    expect(packSketch(marked(4_096))).toHaveLength(SKETCH_BYTES)
    expect(back(marked(4_096))).toEqual(marked(4_096))
  })
})
