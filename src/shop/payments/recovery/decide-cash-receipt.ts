import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { checkReceiptWish, type ReceiptWish } from '../rules/cash-receipt.ts'
import { sealedNumber } from '../settling/cash-receipt.ts'
import { readAttempt } from '../store/attempt-store.ts'
import { lockReceipt, moveReceipt, type ReceiptChanges, type ReceiptRow } from '../store/receipt-store.ts'

export interface ReceiptDecision {
  paymentId: string
  /** What the operator saw, for the books. */
  reason: string
  operatorId: string
}

type NotWaiting = Refused<'not_found' | 'cash_receipt_not_refused'>

/**
 * Lets a cash receipt that waits for a person go on. What was surely not done is sent anew, on wish to another number; what
 * may have been done is looked up first, from the beginning, and stays the same deed.
 * Refusals: not_found, cash_receipt_not_refused, cash_receipt_number_fixed, invalid_request (the number).
 */
export async function sendReceiptAgain(
  deps: PaymentsDeps,
  decision: ReceiptDecision & { cashReceipt?: ReceiptWish | undefined },
): Promise<
  ReceiptRow | NotWaiting | RefusedBy<typeof checkReceiptWish> | Refused<'cash_receipt_number_fixed'>
> {
  const checked = decision.cashReceipt && checkReceiptWish(decision.cashReceipt)
  if (checked?.kind === 'refused') return checked
  return transact(deps.db, async (tx) => {
    const row = await lockWaiting(tx, decision.paymentId)
    if ('kind' in row) return row
    const isOpen = row.deed !== null
    if (checked && (isOpen || row.receipt_key !== null)) return refused('cash_receipt_number_fixed')
    const number = checked
      ? { use: checked.wish.use, self_issued: false, ...sealedNumber(deps, row.attempt_id, checked.wish) }
      : {}
    const changes = { ...number, next_look_at: deps.clock.now(), looks: 0, not_seen: 0, refusals: 0 }
    return decide(deps, tx, row, isOpen ? 'unknown' : 'due', changes, decision)
  })
}

/**
 * Ends a cash receipt that waits for a person: the shop sends no more of it, and forgets the number.
 * Refusals: not_found, cash_receipt_not_refused.
 */
export function giveUpReceipt(
  deps: PaymentsDeps,
  decision: ReceiptDecision,
): Promise<ReceiptRow | NotWaiting> {
  return transact(deps.db, async (tx) => {
    const row = await lockWaiting(tx, decision.paymentId)
    // A deed in doubt stays: should money go back later, it is what a person has to know.
    return 'kind' in row ? row : decide(deps, tx, row, 'given_up', { number: null }, decision)
  })
}

/** The receipt, locked, when it waits for a person. */
async function lockWaiting(tx: Tx, paymentId: string): Promise<ReceiptRow | NotWaiting> {
  const row = await lockReceipt(tx, paymentId)
  if (row) return row.state === 'refused' ? row : refused('cash_receipt_not_refused')
  return refused((await readAttempt(tx, paymentId)) ? 'cash_receipt_not_refused' : 'not_found')
}

async function decide(
  deps: PaymentsDeps,
  tx: Tx,
  row: ReceiptRow,
  to: 'due' | 'unknown' | 'given_up',
  changes: ReceiptChanges,
  { reason, operatorId }: ReceiptDecision,
): Promise<ReceiptRow | NotWaiting> {
  const now = deps.clock.now()
  const moved = await moveReceipt(tx, row, to, now, changes, { operator: operatorId, evidence: reason })
  if (!moved) return refused('cash_receipt_not_refused')
  await writeAudit(tx, now, {
    actorId: operatorId,
    action: to === 'given_up' ? 'cash_receipt.given_up' : 'cash_receipt.sent_again',
    subject: { type: 'payment', id: row.attempt_id },
    reason,
    before: { state: row.state, use: row.use, number: row.shown, problem: row.problem_code },
    after: { state: to, use: moved.use, number: moved.shown },
  })
  return moved
}
