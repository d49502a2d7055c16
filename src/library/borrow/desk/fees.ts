import Type, { type Static } from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type Answer, once } from '../../../platform/http/idempotency.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { refuseOwn } from '../lending/librarian.ts'
import { balanceOf, type FeeEntry, insertFee, listFees } from '../store/fee-store.ts'
import { lockPatron } from '../store/patron-store.ts'

export const FeesSchema = Type.Object({
  balance: Type.Integer({ description: 'Won owed; negative when the library owes the patron' }),
  entries: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.Enum(['late_fee', 'replacement', 'refund', 'payment', 'waiver']),
      amount: Type.Integer({
        minimum: 1,
        description: 'Won; late fees and replacements add to what is owed',
      }),
      loanId: orNull(Type.String()),
      at: Type.String({ format: 'date-time' }),
      reason: orNull(Type.String()),
    }),
    { description: 'The latest, newest first' },
  ),
})
export type FeesView = Static<typeof FeesSchema>

const MOST_ENTRIES = 200

const viewOf = ({ id, kind, amount, loanId, at, reason }: FeeEntry) => ({
  id,
  kind,
  amount,
  loanId,
  at: at.toString(),
  reason,
})

/** What a patron owes, and of what it is made. */
export async function feesOf(db: Db, patronId: string): Promise<FeesView> {
  const [balance, entries] = await Promise.all([
    balanceOf(db, patronId),
    listFees(db, patronId, MOST_ENTRIES),
  ])
  return { balance, entries: entries.map(viewOf) }
}

export interface SettleFees {
  librarianId: string
  patronId: string
  idempotencyKey: string
  kind: 'payment' | 'waiver'
  /** Won. */
  amount: number
  /** Needed for a waiver. */
  reason: string | null
}

/**
 * A patron pays at the desk, or a librarian waives. Never more than is owed. One key settles once.
 * Refusals: not_found (no such patron), own_account, more_than_owed with facts `{ balance }`, idempotency_key_reused,
 * request_in_progress.
 */
export async function settleFees(
  { db, clock }: { db: Db; clock: Clock },
  { librarianId, patronId, idempotencyKey, kind, amount, reason }: SettleFees,
): Promise<
  | Answer<FeesView['entries'][number]>
  | Refused<'not_found' | 'own_account' | 'idempotency_key_reused' | 'request_in_progress' | 'more_than_owed'>
> {
  const own = refuseOwn(librarianId, patronId)
  if (own) return own
  const now = clock.now()
  const body = { patronId, kind, amount, reason }
  const key = { scope: `library-fees:${librarianId}`, key: idempotencyKey, body }
  return once(db, key, now, async (tx) => {
    if (!(await lockPatron(tx, patronId))) return refused('not_found')
    const balance = await balanceOf(tx, patronId)
    if (amount > balance) return refused('more_than_owed', { facts: { balance } })
    const settled = { id: newId(), patronId, kind, amount: won(amount), at: now, byId: librarianId, reason }
    const entry: FeeEntry = { ...settled, loanId: null, returnNo: null }
    await insertFee(tx, entry)
    return { kind: 'answered', status: 201, body: viewOf(entry) }
  })
}
