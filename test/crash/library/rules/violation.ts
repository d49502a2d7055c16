import type { Violation } from '../../rules/violation.ts'
import type { Acknowledged } from '../acknowledged.ts'
import type { Snapshot } from '../snapshot.ts'

export { evidenceOf, type Violation } from '../../rules/violation.ts'

/** What a reader's dashboard says when it is asked over HTTP. */
export interface DashboardSeen {
  patronId: string
  borrowed: number
  pending: number
  lateFees: number
}

/** Everything a rule may look at. */
export interface Situation {
  snapshot: Snapshot
  acknowledged: Acknowledged
  /** Copies owned of each title: before the first reader came, and ever since. */
  owned: ReadonlyMap<string, number>
  /** Loans of weeks ago, which nobody asked whether they may be. */
  lentEarlier: ReadonlySet<string>
  dashboards: readonly DashboardSeen[]
  /** Requests that were answered before, sent once more when all was over: what either answer was about. */
  repeats: readonly { key: string; before: string; after: string }[]
}

/** One rule: finds every breach of it. */
export type Rule = (situation: Situation) => Violation[]

/** States of a loan in which its reader has copies. */
export const RUNNING: readonly string[] = ['active', 'overdue']

/** Copies that are out by a loan. */
export const outOf = ({ state, quantity, returned }: Snapshot['loans'][number]): number =>
  RUNNING.includes(state) ? quantity - returned : 0

/** The rows of a list by a key of theirs, each key once. */
export function keyed<T>(rows: readonly T[], keyOf: (row: T) => string): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [keyOf(row), row]))
}
