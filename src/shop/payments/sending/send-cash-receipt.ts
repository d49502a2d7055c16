import { type Tx, transact } from '../../../platform/database/database.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import { nextDeed } from '../rules/cash-receipt.ts'
import { deedOf, type ReceiptOutcome, settleReceipt } from '../settling/cash-receipt.ts'
import { readAttempt } from '../store/attempt-store.ts'
import { lockReceipt, moveReceipt, type ReceiptRow, receiptContext } from '../store/receipt-store.ts'

/**
 * Brings one cash receipt nearer to what it has to stand for: prepare, call, finish. Safe to run twice: only what is
 * `due` is sent, and the provider does a deed once, whatever number of times it hears of it.
 */
export async function sendCashReceipt(deps: PaymentsDeps, attemptId: string): Promise<void> {
  const sent = await transact(deps.db, (tx) => prepare(deps, tx, attemptId))
  if (sent) await settleReceipt(deps, sent, await call(deps, sent))
}

async function prepare(deps: PaymentsDeps, tx: Tx, attemptId: string): Promise<ReceiptRow | undefined> {
  const row = await lockReceipt(tx, attemptId)
  const attempt = row && (await readAttempt(tx, attemptId))
  if (row?.state !== 'due' || !attempt) return undefined
  const now = deps.clock.now()
  const deed = row.deed === null ? nextDeed({ ...row, isIssued: row.receipt_key !== null }) : deedOf(row)
  if (!deed) {
    await moveReceipt(tx, row, 'settled', now, { number: null, next_look_at: null })
    return undefined
  }
  const lease_until = leaseUntil(now, providerOf(deps, attempt.provider).capabilities.callTimeoutMs)
  return moveReceipt(tx, row, 'sent', now, {
    deed: deed.kind,
    deed_amount: deed.amount,
    deed_tax_free: row.deed === null ? row.target_tax_free : row.deed_tax_free,
    deed_no: row.deed === null ? row.deed_no + 1 : row.deed_no,
    send_no: row.send_no + 1,
    sent_at: now,
    // An answer that takes long may be of the next day.
    sent_days: [...new Set([...row.sent_days, dayOf(now), dayOf(lease_until)])],
    lease_until,
    next_look_at: null,
    not_seen: 0,
  })
}

function dayOf(at: Temporal.Instant): string {
  return at.toZonedDateTimeISO('Asia/Seoul').toPlainDate().toString()
}

async function call(deps: PaymentsDeps, row: ReceiptRow): Promise<ReceiptOutcome> {
  const { attempt_id: merchantRef, use, number, receipt_key: key } = row
  const attempt = await readAttempt(deps.db, merchantRef)
  if (!attempt) throw new Error(`the receipt ${merchantRef} has no payment`)
  const { name, capabilities, cashReceipts } = providerOf(deps, attempt.provider)
  if (!cashReceipts) throw new Error(`${name} issues no cash receipts`)
  const context = {
    deadline: Date.now() + capabilities.callTimeoutMs,
    idempotencyKey: `${merchantRef}-receipt-${row.deed_no}`,
  }
  const { kind, amount } = deedOf(row)
  if (kind === 'cancel') return cashReceipts.cancel({ key: required(key, row), amount }, context)
  const itemName = attempt.item_name
  const asked = { use: required(use, row), amount, taxFree: row.deed_tax_free }
  const digits = deps.cipher.decrypt(required(number, row), receiptContext(merchantRef))
  return cashReceipts.issue({ merchantRef, itemName, ...asked, number: digits }, context)
}

/** @throws when it is not there: the database does not allow that of a deed that was sent */
function required<T>(value: T | null, { attempt_id }: ReceiptRow): T {
  if (value === null) throw new Error(`the receipt of ${attempt_id} lacks something`)
  return value
}
