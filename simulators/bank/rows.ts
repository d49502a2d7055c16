import type { KakaoRow } from './kakaopay/rows.ts'
import type { TossRow } from './toss/rows.ts'

/** An answer kept together with the row it belongs to, so that a replay and its effect are one write. */
export interface StoredAnswer {
  /** Idempotency key, method and path: within one secret key that is the scope of a replay. */
  scope: string
  status: number
  body: unknown
}

export type RowDraft = (KakaoRow | TossRow) & { answer?: StoredAnswer }

/** One line of the journal: `seq` grows by one, `at` is the bank's own clock (RFC 3339, UTC). */
export type JournalRow = RowDraft & { seq: number; at: string }

const PASSING: ReadonlySet<RowDraft['kind']> = new Set([
  'ready',
  'page',
  'session',
  'declined',
  'refused',
  'webhook',
])

/** Rows that speak of money or of a token must survive a power cut before the answer is sent. */
export function mustBeDurable(row: RowDraft): boolean {
  return !PASSING.has(row.kind)
}
