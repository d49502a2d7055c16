/** Where an event that could not be handled goes next. */
export interface Parking {
  /** newer: only a process of another version can handle it. */
  state: 'retrying' | 'waiting' | 'newer' | 'dead'
  attempts: number
  nextAt: Temporal.Instant
  reason: string
}

export type Failure =
  | { kind: 'unreadable'; reason: string }
  | { kind: 'newer'; attempt: number; reason: string; since: Temporal.Instant }
  | { kind: 'failed'; attempt: number; error: unknown }

/** Seconds between tries; after the last one a person must look. */
const DELAYS_SECONDS = [1, 5, 30, 120, 600] as const

/** A newer event is looked at this often, by each process that may be of its version, for as long as a roll-out takes. */
const NEWER_SECONDS = 10
const NEWER_HOURS = 24

/**
 * An unreadable event is dead at once, because trying again cannot help. One of a newer version waits for a process of
 * that version, for a day. Any other failure is tried again with growing delays and is dead after the last.
 */
export function parkingFor(failure: Failure, now: Temporal.Instant): Parking {
  if (failure.kind === 'unreadable') {
    return { state: 'dead', attempts: 0, nextAt: now, reason: failure.reason }
  }
  if (failure.kind === 'newer') {
    const { attempt: attempts, reason, since } = failure
    const over = Temporal.Instant.compare(now, since.add({ hours: NEWER_HOURS })) >= 0
    return over
      ? { state: 'dead', attempts, nextAt: now, reason }
      : { state: 'newer', attempts, nextAt: now.add({ seconds: NEWER_SECONDS }), reason }
  }
  const reason = failure.error instanceof Error ? failure.error.message : String(failure.error)
  const delay = DELAYS_SECONDS[failure.attempt - 1]
  if (delay === undefined) return { state: 'dead', attempts: failure.attempt, nextAt: now, reason }
  return { state: 'retrying', attempts: failure.attempt, nextAt: now.add({ seconds: delay }), reason }
}
