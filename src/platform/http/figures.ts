import Type, { type TProperties } from 'typebox'
import { BUSINESS_TIME_ZONE, type Clock } from '../time/clock.ts'
import { Strict } from './app.ts'
import { Day } from './schemas.ts'

/** How many days back figures go, today among them. */
export const DaysQuery = Strict({
  days: Type.Integer({ minimum: 1, maximum: 92, default: 30, description: 'Today and the days before it' }),
})

/** A day of Seoul with its figures; a day of nothing is there as well. */
export function DailyFigures<P extends TProperties>(figures: P) {
  return Type.Array(Type.Object({ day: Day(), ...figures }))
}

export interface Days {
  /** Where the first of them begins. */
  readonly from: Temporal.Instant
  readonly list: readonly string[]
}

/** Today in Seoul and the days before it, the first first. */
export function lastDays(clock: Clock, count: number): Days {
  const first = clock.today().subtract({ days: count - 1 })
  const list = Array.from({ length: count }, (_, n) => first.add({ days: n }).toString())
  return { from: first.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant(), list }
}

/** A row for each day: what was counted of it, or nothing. */
export function everyDay<F extends Record<string, number>>(
  { list }: Days,
  nothing: F,
  counted: readonly (Partial<F> & { day: Temporal.PlainDate })[],
): (F & { day: string })[] {
  const byDay = new Map(counted.map(({ day, ...figures }) => [day.toString(), figures]))
  return list.map((day) => ({ ...nothing, ...byDay.get(day), day }))
}
