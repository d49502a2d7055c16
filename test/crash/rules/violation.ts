import type { Acknowledged } from '../acknowledged.ts'
import type { Snapshot } from '../snapshot.ts'

/** A broken promise, with the rows that prove it. */
export interface Violation {
  rule: string
  /** Ids of what it is about. */
  about: string
  evidence: string
}

/** Everything a rule may look at. */
export interface Situation {
  snapshot: Snapshot
  acknowledged: Acknowledged
  /** Pieces of each item before the first customer came. */
  initialStock: ReadonlyMap<string, number>
}

/** One rule: finds every breach of it. */
export type Rule = (situation: Situation) => Violation[]

export const evidenceOf = (...rows: readonly unknown[]): string =>
  rows.map((row) => JSON.stringify(row)).join(' ')

export function sumOf<T>(rows: readonly T[], amount: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + amount(row), 0)
}

/** States of an order that somebody has paid and not got back. */
export const PAID_STATES: readonly string[] = [
  'paid',
  'preparing',
  'shipped',
  'delivered',
  'partially_refunded',
]
/** States of an order that was paid at some time. */
export const ONCE_PAID: readonly string[] = [...PAID_STATES, 'refunded']
export const SUCCEEDED: readonly string[] = ['succeeded', 'succeeded_late']
