/**
 * What a customer who kept a diary would expect: which days are due, and what they cost. Written from the promises of
 * the shop, not from its code, and on plain numbers, so that a mistake in its calendar cannot repeat itself here.
 * Days are counted from 1970-01-01 in Seoul, instants are milliseconds since 1970 in UTC.
 */

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Seoul is nine hours ahead, the whole year. */
const AHEAD = 9 * HOUR

/** The day in Seoul that an instant belongs to. */
export const dayOf = (instant: number): number => Math.floor((instant + AHEAD) / DAY)
export const dayOfDate = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY
export const dateOfDay = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10)

/** Until 18:00 of the day before, a delivery can still be changed. */
const cutOffOf = (day: number): number => day * DAY - AHEAD - 6 * HOUR

/** Something the customer asked for and was granted. */
export type Wish = { at: number } & (
  | { kind: 'skip' | 'resume' | 'cancel' }
  /** Until that day, exclusive; null: until resumed. */
  | { kind: 'pause'; until: number | null }
  | { kind: 'quantity'; quantity: number }
  | { kind: 'period'; days: number }
)

/** What one customer agreed to, and what they did since, oldest first. */
export interface Diary {
  customerId: string
  quantity: number
  /** Days between two deliveries. */
  period: number
  wishes: Wish[]
  /** When they paid an overdue delivery themselves, on the bank's page. */
  paidByHand: number[]
}

export interface ExpectedCycle {
  /** The purchase is number 1. */
  no: number
  due: number
  plan: 'charge' | 'skipped' | 'paused'
  quantity: number
}

/** A new rhythm never brings a delivery sooner than this after one that stays. */
const LEAST_DAYS_BETWEEN = 7

/** The deliveries after the purchase on day `anchor`, up to the day `last`. Each is a whole number of periods after it. */
export function expectedCycles(diary: Diary, anchor: number, last: number): ExpectedCycle[] {
  let { quantity, period } = diary
  let pausedUntil = Number.NEGATIVE_INFINITY
  const skipped = new Set<number>()
  const wishes = [...diary.wishes]
  const end = Math.min(last, cancelledOn(diary) ?? last)
  const cycles: ExpectedCycle[] = []
  let previous = anchor

  const isDue = (day: number) => (day - anchor) % period === 0 && day - previous >= LEAST_DAYS_BETWEEN
  const grant = (wish: Wish, from: number) => {
    if (wish.kind === 'quantity') quantity = wish.quantity
    else if (wish.kind === 'period') period = wish.days
    else if (wish.kind === 'pause') pausedUntil = wish.until ?? Number.POSITIVE_INFINITY
    else if (wish.kind === 'resume') pausedUntil = Number.NEGATIVE_INFINITY
    else if (wish.kind === 'skip' && pausedUntil !== Number.POSITIVE_INFINITY) {
      let day = Math.max(from, pausedUntil)
      while (!isDue(day)) day += 1
      skipped.add(day)
    }
  }
  for (let day = anchor + 1; day <= end; day += 1) {
    for (let wish = wishes[0]; wish !== undefined && wish.at < cutOffOf(day); wish = wishes[0]) {
      grant(wish, day)
      wishes.shift()
    }
    if (!isDue(day)) continue
    previous = day
    const plan = day < pausedUntil ? 'paused' : skipped.has(day) ? 'skipped' : 'charge'
    cycles.push({ no: cycles.length + 2, due: day, plan, quantity })
  }
  return cycles
}

/** Cancelling knows no cut-off: what is due later is not charged. */
export function cancelledOn({ wishes }: Diary): number | undefined {
  const wish = wishes.find(({ kind }) => kind === 'cancel')
  return wish && dayOf(wish.at)
}
