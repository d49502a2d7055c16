import { sql } from 'kysely'
import type { Cipher } from '../../../src/platform/cipher.ts'
import type { Db } from '../../../src/platform/database/database.ts'
import type { BankToken, MethodRow } from './snapshot.ts'

/** A payment that was to leave a method behind, for what is to come again. */
export interface RecurringAttempt {
  id: string
  provider: string
  state: string
  /** What the bank knows the customer by: the same in every purchase. */
  buyerRef: string
  /** How often its outcome was in doubt. */
  doubts: number
  /** Whether the bank was ever asked to complete it. */
  wasSent: boolean
}

/** Methods that purchases left behind, and their tokens at the bank. */
export interface PurchaseTokens {
  attempts: RecurringAttempt[]
  /** With how many living subscriptions are charged with them. */
  methods: (Omit<MethodRow, 'registrationId'> & { attemptId: string; uses: number })[]
  tokens: BankToken[]
}

/** @param tokens every token the bank ever issued */
export async function readPurchaseTokens(
  db: Db,
  cipher: Cipher,
  tokens: readonly BankToken[],
): Promise<PurchaseTokens> {
  const { rows: attempts } = await sql<RecurringAttempt>`
    select id, provider, state, buyer_ref as "buyerRef",
      (select count(*) from payments.history h
        where h.attempt_id = t.id and h.refund_id is null and h.note ? 'doubt')::int as doubts,
      exists (select from payments.history h where h.attempt_id = t.id and h.step = 'sent') as "wasSent"
    from payments.attempt t where origin = 'checkout' and mode = 'pay_and_issue_token' order by id`.execute(
    db,
  )
  const methods = await sql<PurchaseTokens['methods'][number]>`
    select id, issued_by as "attemptId", state, token,
      (select count(*) from subscriptions.subscription s
        where s.method_id = m.id and s.state <> 'cancelled')::int as uses
    from payments.method m where issued_by is not null`.execute(db)
  const buyers = new Set(attempts.map(({ buyerRef }) => buyerRef))
  return {
    attempts,
    methods: methods.rows.map((row) => ({ ...row, token: cipher.decrypt(row.token, row.id) })),
    tokens: tokens.filter(({ buyerRef }) => buyers.has(buyerRef)),
  }
}
