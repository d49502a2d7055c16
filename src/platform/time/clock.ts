/**
 * The only source of "now". Use cases receive a clock, so a virtual one can run a year in a second.
 * Business days are those of Asia/Seoul (UTC+9, no daylight saving).
 */
export interface Clock {
  /** The current instant. */
  now(): Temporal.Instant
  /** The current calendar date in Asia/Seoul. */
  today(): Temporal.PlainDate
}

export const BUSINESS_TIME_ZONE = 'Asia/Seoul'

/** The calendar date of an instant in Asia/Seoul. */
export function businessDate(instant: Temporal.Instant): Temporal.PlainDate {
  return instant.toZonedDateTimeISO(BUSINESS_TIME_ZONE).toPlainDate()
}

function clockFrom(now: () => Temporal.Instant): Clock {
  return { now, today: () => businessDate(now()) }
}

/** To the millisecond: what is answered at once is then the same as what is read back from the database. */
export const systemClock: Clock = clockFrom(() => Temporal.Instant.fromEpochMilliseconds(Date.now()))

export interface VirtualClock extends Clock {
  /** Moves to the given instant, forwards or backwards. */
  set(instant: Temporal.Instant): void
  /** Moves forward by the given duration (hours and smaller units only; a day is 24 hours). */
  advance(duration: Temporal.DurationLike): void
}

/** A clock that stands still until it is moved. */
export function virtualClock(start: Temporal.Instant): VirtualClock {
  let current = start
  return {
    ...clockFrom(() => current),
    set: (instant) => {
      current = instant
    },
    advance: (duration) => {
      current = current.add(duration)
    },
  }
}
