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

/** Rows that speak of money or of a token must survive a power cut before the answer is sent. */
export function mustBeDurable(row: RowDraft): boolean {
  return row.kind !== 'ready' && row.kind !== 'page' && row.kind !== 'session' && row.kind !== 'declined'
}
