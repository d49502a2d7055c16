/** What the preparing transaction of one subscription came to. */
export type Prepared =
  /** An attempt is written and surely not sent: send it. */
  | { kind: 'send'; attemptId: string; provider: string }
  /** Nothing to send; what was decided is written. */
  | { kind: 'done'; what: Done }
  /** Cannot be charged for a moment. */
  | { kind: 'busy'; retryAfterMs: number }
  /** Due, but this customer's day is over: charged today already, or the clock was set back. */
  | { kind: 'waits' }
  /** Not due, or in the hands of a look-up or a person. */
  | { kind: 'nothing' }

export type Done = 'skipped' | 'past_due' | 'given_up' | 'ended' | 'resumed' | 'put_off'

/** What a preparing transaction works with. */
export interface Turn {
  now: Temporal.Instant
  /** Cycles due up to this business day are charged; null: only what is under way already is carried on. */
  date: Temporal.PlainDate | null
  runId: string | null
  /** An operator asked: do not wait for the time of the next try. */
  forced: boolean
}
