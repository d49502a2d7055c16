/**
 * Price, discount and stock for items that come from the public register, which has none. Made up, but always the
 * same for one item: everything follows from the text it is made of, so an import repeated on any machine agrees.
 */
import { type Won, won } from '../../../platform/money.ts'
import { type DiscountRate, discountRate } from './price.ts'

/** What the shop needs to sell an item and the register does not say. */
export interface DemoOffer {
  /** 5,000–150,000 won in steps of 100, cheap ones more often. */
  readonly originPrice: Won
  /** Nothing for about 40 % of the items, else 1–50 % in whole percents. */
  readonly discountRate: DiscountRate
  /** Pieces; about 3 % of the items are sold out. */
  readonly stock: number
}

/** A source of numbers 0 ≤ n < 1. */
export type Dice = () => number

/** Dice that always fall the same for the same text (FNV-1a seeding, mulberry32 steps). Not for secrets. */
export function diceOf(seed: string): Dice {
  let state = 0x811c9dc5
  for (const byte of new TextEncoder().encode(seed)) state = Math.imul(state ^ byte, 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A whole number from..to, both included. */
export function between(dice: Dice, from: number, to: number): number {
  return from + Math.floor(dice() * (to - from + 1))
}

/** One of a list. Throws RangeError for an empty list. */
export function pick<T>(dice: Dice, list: readonly T[]): T {
  const [chosen] = list.slice(between(dice, 0, list.length - 1))
  if (chosen === undefined) throw new RangeError('nothing to pick from')
  return chosen
}

/** Throws one offer. */
export function offerBy(dice: Dice): DemoOffer {
  // The square leans to the cheap end, as real shelves do.
  const step = Math.floor(dice() ** 2 * 1451)
  return {
    originPrice: won(5_000 + step * 100),
    discountRate: discountRate(dice() < 0.4 ? 0 : between(dice, 1, 50) * 10),
    stock: dice() < 0.03 ? 0 : between(dice, 5, 500),
  }
}

/** The demo offer of an item of the register, by its statement number. */
export function demoOfferOf(statementNumber: string): DemoOffer {
  return offerBy(diceOf(`shop ${statementNumber}`))
}
