import { sql } from 'kysely'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { type PaymentsDeps, providerOf, withJitter } from '../deps.ts'
import { decideReceiptLook, type ReceiptLook } from '../rules/cash-receipt.ts'
import { sendCashReceipt } from '../sending/send-cash-receipt.ts'
import { deedOf, receiptDone, receiptRefused } from '../settling/cash-receipt.ts'
import { readAttempt } from '../store/attempt-store.ts'
import { lockReceipt, moveReceipt, type ReceiptRow } from '../store/receipt-store.ts'
import { eachDue } from './each-due.ts'

/** What dies with its process before it was sent is taken up again after this. */
const TAKEN_FOR = { seconds: 60 } as const
/** The same while it was looked up: the lists of whole days are read, and slowly at times. */
const LOOKED_AT_FOR = { minutes: 10 } as const

/**
 * Issues and takes back what is due of cash receipts, and settles what is in doubt: nothing of a payment waits for it.
 * Any number of processes may run it.
 */
export async function sweepCashReceipts(deps: PaymentsDeps, limit = 20): Promise<void> {
  await doubtLostAnswers(deps, limit)
  await sendDue(deps, limit)
  await lookUpDue(deps, limit)
}

/** The process died between call and answer: unknown, never "try again". */
async function doubtLostAnswers(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<ReceiptRow>`
    select * from payments.cash_receipt where state = 'sent' and lease_until <= ${now}
    order by lease_until limit ${limit}`.execute(deps.db)
  await eachDue(deps, rows.map(withId), (row) =>
    transact(deps.db, (tx) =>
      moveReceipt(
        tx,
        row,
        'unknown',
        now,
        { lease_until: null, next_look_at: now },
        { reason: 'answer lost' },
      ),
    ),
  )
}

async function sendDue(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<{ id: string }>`
    update payments.cash_receipt set next_look_at = ${now.add(TAKEN_FOR)}
    where attempt_id in (
      select attempt_id from payments.cash_receipt where state = 'due' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning attempt_id as id`.execute(deps.db)
  await eachDue(deps, rows, ({ id }) => sendCashReceipt(deps, id))
}

async function lookUpDue(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<ReceiptRow>`
    update payments.cash_receipt set looks = looks + 1, next_look_at = ${now.add(LOOKED_AT_FOR)}
    where attempt_id in (
      select attempt_id from payments.cash_receipt where state = 'unknown' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning *`.execute(deps.db)
  await eachDue(deps, rows.map(withId), (row) => lookUp(deps, row))
}

const withId = (row: ReceiptRow) => ({ ...row, id: row.attempt_id })

/** One look-up of one receipt in doubt, already counted, and what follows from it. */
async function lookUp(deps: PaymentsDeps, row: ReceiptRow): Promise<void> {
  const attempt = await readAttempt(deps.db, row.attempt_id)
  if (!attempt) throw new Error(`the receipt ${row.attempt_id} has no payment`)
  const { name, capabilities, cashReceipts } = providerOf(deps, attempt.provider)
  if (!cashReceipts) throw new Error(`${name} issues no cash receipts`)
  const found = await cashReceipts.lookup(
    { merchantRef: attempt.id, days: row.sent_days.map((day) => Temporal.PlainDate.from(day)) },
    { deadline: Date.now() + capabilities.callTimeoutMs, idempotencyKey: `${attempt.id}-receipt-look` },
  )
  const state = {
    deed: deedOf(row),
    standing: row.standing,
    looks: row.looks,
    notSeen: row.not_seen,
  }
  const look = decideReceiptLook(found, state, deps.settings.lookDelaysSeconds)
  const note = {
    look: row.looks,
    lookup: found.kind,
    ...('reason' in found ? { reason: found.reason } : {}),
  }
  await transact(deps.db, async (tx) => {
    const current = await lockReceipt(tx, row.attempt_id)
    // An answer that came late has settled it, or another process looked.
    if (current?.state !== 'unknown' || current.send_no !== row.send_no || current.looks !== row.looks) return
    await act(deps, tx, current, look, note)
  })
}

async function act(
  deps: PaymentsDeps,
  tx: Tx,
  row: ReceiptRow,
  look: ReceiptLook,
  note: object,
): Promise<void> {
  const now = deps.clock.now()
  switch (look.kind) {
    case 'done':
      await receiptDone(tx, row, look.receipt, now, note)
      return
    case 'send_again':
      await moveReceipt(tx, row, 'due', now, { next_look_at: now }, note)
      return
    case 'ask_again': {
      // The look did not count, and leaves no trace in the history: there may be many until the provider is back.
      const at = now.add(withJitter(look.delaySeconds, deps.random))
      await sql`
        update payments.cash_receipt set looks = greatest(looks - 1, 0), next_look_at = ${at}
        where attempt_id = ${row.attempt_id}`.execute(tx)
      return
    }
    case 'look_again': {
      const next_look_at = now.add(withJitter(look.delaySeconds, deps.random))
      await moveReceipt(tx, row, 'unknown', now, { next_look_at, not_seen: look.notSeen }, note)
      return
    }
    case 'refused':
      await receiptRefused(deps, tx, row, look, note)
  }
}
