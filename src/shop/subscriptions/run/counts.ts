import type { ChargeResult } from '../charging/ports.ts'
import type { Done } from '../charging/prepared.ts'
import type { Worked } from '../charging/work-on-subscription.ts'

/** What a worker has done so far, for people who watch. The report counts the cycles themselves instead. */
export type Counted = Exclude<ChargeResult, 'stale'> | Done | 'busy' | 'waits' | 'nothing' | 'error'
export type Counts = Record<Counted, number>

/** Counts of a run that has done nothing. */
export function noCounts(): Counts {
  return {
    paid: 0,
    declined: 0,
    unknown: 0,
    not_sent: 0,
    failed: 0,
    skipped: 0,
    past_due: 0,
    given_up: 0,
    ended: 0,
    resumed: 0,
    put_off: 0,
    busy: 0,
    waits: 0,
    nothing: 0,
    error: 0,
  }
}

/** Under which name a piece of work is counted. */
export function nameOf(worked: Worked): Counted {
  switch (worked.kind) {
    case 'charged':
      return worked.result
    case 'done':
      return worked.what
    case 'stale':
      return 'nothing'
    default:
      return worked.kind
  }
}
