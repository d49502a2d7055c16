/** Where an event that could not be handled goes next. */
export interface Parking {
  state: 'retrying' | 'waiting' | 'dead'
  attempts: number
  nextAt: Temporal.Instant
  reason: string
}

export type Failure =
  | { kind: 'unreadable'; reason: string }
  | { kind: 'failed'; attempt: number; error: unknown }

/** Seconds between tries; after the last one a person must look. */
const DELAYS_SECONDS = [1, 5, 30, 120, 600] as const

/**
 * An unreadable event is dead at once, because trying again cannot help; any other failure is tried again with
 * growing delays and is dead after the last.
 */
export function parkingFor(failure: Failure, now: Temporal.Instant): Parking {
  if (failure.kind === 'unreadable') {
    return { state: 'dead', attempts: 0, nextAt: now, reason: failure.reason }
  }
  const reason = failure.error instanceof Error ? failure.error.message : String(failure.error)
  const delay = DELAYS_SECONDS[failure.attempt - 1]
  if (delay === undefined) return { state: 'dead', attempts: failure.attempt, nextAt: now, reason }
  return { state: 'retrying', attempts: failure.attempt, nextAt: now.add({ seconds: delay }), reason }
}
