import { sql } from 'kysely'
import { type Tx, transact } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import { type PaymentsDeps, withJitter } from '../deps.ts'
import type { Outcome, ProviderPayment } from '../provider.ts'
import type { ProviderReceipt } from '../provider-receipts.ts'
import {
  maskedNumber,
  type ReceiptDeed,
  type ReceiptWish,
  receiptDue,
  SELF_ISSUE,
  sentAnewIn,
  standingAfter,
} from '../rules/cash-receipt.ts'
import { lookAfterSendingIn } from '../rules/look.ts'
import { type Attempt, noteOf } from '../store/attempt-store.ts'
import {
  dropWish,
  keepWish,
  lockReceipt,
  moveReceipt,
  type ReceiptRow,
  receiptContext,
} from '../store/receipt-store.ts'
import type { RefundRow } from '../store/refund-store.ts'
import { insistOnCommit } from './insist-on-commit.ts'

/** Keeps what a customer asked for with an open payment, the number encrypted; undefined: nothing is asked for. */
export function keepReceiptWish(
  deps: Pick<PaymentsDeps, 'cipher' | 'clock'>,
  tx: Tx,
  attemptId: string,
  wish: ReceiptWish | undefined,
): Promise<void> {
  const kept = wish && { use: wish.use, ...sealedNumber(deps, attemptId, wish) }
  return keepWish(tx, attemptId, kept, deps.clock.now())
}

/** A number as it is stored: encrypted for this payment, and as people are shown it. */
export function sealedNumber(
  { cipher }: Pick<PaymentsDeps, 'cipher'>,
  attemptId: string,
  wish: ReceiptWish,
): { number: string; shown: string } {
  return {
    number: cipher.encrypt(wish.number, receiptContext(attemptId)),
    shown: maskedNumber(wish),
  }
}

/** In the transaction that makes a payment paid: what is to become of its cash receipt. */
export async function receiptAfterPayment(
  deps: Pick<PaymentsDeps, 'cipher'>,
  tx: Tx,
  { id, origin, total, tax_free }: Attempt,
  by: ProviderPayment['cashReceiptBy'],
  now: Temporal.Instant,
): Promise<void> {
  // Who is charged by a stored method is asked nothing.
  const asked = origin === 'checkout' ? await lockReceipt(tx, id) : undefined
  const target = { target: total, target_tax_free: tax_free }
  const due = receiptDue(by, { total, isAsked: asked !== undefined })
  switch (due.kind) {
    case 'nothing':
      return
    case 'not_due':
    case 'by_provider':
      if (asked) await moveReceipt(tx, asked, due.kind, now, { number: null })
      else await insertByProvider(tx, id, now)
      return
    case 'own':
      if (asked) await moveReceipt(tx, asked, 'due', now, { ...target, next_look_at: now })
      return
    case 'self_issued':
      await insertSelfIssued(deps, tx, { id, ...target }, now, { state: 'due', problem_code: null })
      return
    case 'to_check': {
      const problem_code = 'means_unknown'
      if (asked) await moveReceipt(tx, asked, 'refused', now, { ...target, problem_code })
      else await insertSelfIssued(deps, tx, { id, ...target }, now, { state: 'refused', problem_code })
    }
  }
}

async function insertSelfIssued(
  deps: Pick<PaymentsDeps, 'cipher'>,
  tx: Tx,
  { id, target, target_tax_free }: { id: string; target: Won; target_tax_free: Won },
  now: Temporal.Instant,
  { state, problem_code }: { state: 'due' | 'refused'; problem_code: string | null },
): Promise<void> {
  const { number, shown } = sealedNumber(deps, id, SELF_ISSUE)
  const next = state === 'due' ? now : null
  await sql`
    insert into payments.cash_receipt
      (attempt_id, state, use, self_issued, number, shown, target, target_tax_free, next_look_at, problem_code,
        created_at, updated_at)
    values (${id}, ${state}, ${SELF_ISSUE.use}, true, ${number}, ${shown}, ${target}, ${target_tax_free}, ${next},
      ${problem_code}, ${now}, ${now})`.execute(tx)
}

async function insertByProvider(tx: Tx, attemptId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into payments.cash_receipt (attempt_id, state, created_at, updated_at)
    values (${attemptId}, 'by_provider', ${now}, ${now})`.execute(tx)
}

/** A payment that came too late is given back whole: nothing of it needs a receipt. */
export const receiptAfterLatePayment = dropWish

/**
 * In the transaction that books a refund: the receipt has to stand for less. What is under way at the provider goes on
 * first, and is corrected afterwards; what a person looks at stays with them, unless there is nothing left to issue. What
 * stands at the provider although somebody has given it up comes back to a person.
 */
export async function receiptAfterRefund(
  tx: Tx,
  { attempt_id, amount, tax_free }: Pick<RefundRow, 'attempt_id' | 'amount' | 'tax_free'>,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update payments.cash_receipt r
    set target = r.target - ${amount}, target_tax_free = r.target_tax_free - ${tax_free}, updated_at = ${now},
      state = case when again then 'due' when stands then 'refused' else r.state end,
      next_look_at = case when again then ${now}::timestamptz else r.next_look_at end
    from (
      select attempt_id,
        state = 'settled' or (state = 'refused' and receipt_key is null and deed is null and target = ${amount}) as again,
        state = 'given_up' and receipt_key is not null as stands
      from payments.cash_receipt
      where attempt_id = ${attempt_id} and state in ('due', 'sent', 'unknown', 'settled', 'refused', 'given_up')
      for no key update) now
    where r.attempt_id = now.attempt_id`.execute(tx)
}

/**
 * The receipt has to stand for no more than what was paid, less everything that was given back by now. The attempt is
 * locked; nothing changes where that is so already.
 */
export async function receiptCatchesUp(tx: Tx, attemptId: string, now: Temporal.Instant): Promise<void> {
  const { rows } = await sql<Pick<RefundRow, 'attempt_id' | 'amount' | 'tax_free'>>`
    select r.attempt_id, r.target - (a.total - a.refunded) as amount,
      r.target_tax_free - a.tax_free + coalesce(
        (select sum(f.tax_free)::bigint from payments.refund f where f.attempt_id = a.id and f.state = 'succeeded'), 0) as tax_free
    from payments.cash_receipt r join payments.attempt a on a.id = r.attempt_id
    where a.id = ${attemptId} and r.target > a.total - a.refunded`.execute(tx)
  for (const missed of rows) await receiptAfterRefund(tx, missed, now)
}

/** What became of a deed that was sent. */
export type ReceiptOutcome = Outcome<ProviderReceipt | { cancelled: true }>

/**
 * Writes what became of a deed, by compare-and-set on its sending. An answer that comes after everybody has given up
 * waiting still counts when it says that the deed was done.
 * @returns false when it changed nothing
 */
export async function settleReceipt(
  deps: PaymentsDeps,
  sent: ReceiptRow,
  outcome: ReceiptOutcome,
): Promise<boolean> {
  const work = async (tx: Tx) => {
    const row = await lockReceipt(tx, sent.attempt_id)
    const isWaiting = row?.state === 'sent' || (row?.state === 'unknown' && outcome.kind === 'ok')
    if (!row || !isWaiting || row.send_no !== sent.send_no) return false
    return (await settle(deps, tx, row, outcome)) !== undefined
  }
  return insistOnCommit(() => transact(deps.db, work))
}

function settle(
  deps: PaymentsDeps,
  tx: Tx,
  row: ReceiptRow,
  outcome: ReceiptOutcome,
): Promise<ReceiptRow | undefined> {
  const now = deps.clock.now()
  const note = noteOf(outcome)
  switch (outcome.kind) {
    case 'ok':
      return receiptDone(tx, row, 'key' in outcome.value ? outcome.value : undefined, now, note)
    case 'declined':
    case 'invalid': {
      // An earlier sending has an unknown outcome; a refusal says nothing about that one.
      if (row.looks > 0) return receiptUnknown(deps, tx, row, note)
      const { code, message } = outcome
      const delay = sentAnewIn(outcome, row.refusals)
      if (delay === undefined) return receiptRefused(deps, tx, row, { code, message, isSure: true }, note)
      const next_look_at = now.add(withJitter(delay, deps.random))
      const problem = { problem_code: code, problem_message: message }
      // Under a number of its own: to the old one the provider would repeat its refusal.
      const changes = { ...NO_DEED, ...problem, refusals: row.refusals + 1, next_look_at }
      return moveReceipt(tx, row, 'due', now, changes, note)
    }
    case 'unknown':
      return receiptUnknown(deps, tx, row, note)
    case 'unavailable': {
      const next_look_at = now.add({ milliseconds: Math.max(1_000, Math.ceil(outcome.retryAfterMs)) })
      return moveReceipt(tx, row, 'due', now, { lease_until: null, next_look_at }, note)
    }
  }
}

/** The deed of a row that is sent or unknown. @throws when it has none: the database does not allow that */
export function deedOf({ attempt_id, deed, deed_amount }: ReceiptRow): ReceiptDeed {
  if (deed === null || deed_amount === null) throw new Error(`the receipt of ${attempt_id} has no deed`)
  return { kind: deed, amount: deed_amount }
}

const NO_DEED = { deed: null, deed_amount: null, lease_until: null, looks: 0, not_seen: 0 } as const

/** The deed was done. Whatever was given back meanwhile is taken off next. */
export function receiptDone(
  tx: Tx,
  row: ReceiptRow,
  receipt: ProviderReceipt | undefined,
  now: Temporal.Instant,
  note: object,
): Promise<ReceiptRow | undefined> {
  const standing = standingAfter(row.standing, deedOf(row))
  const isRight = standing === row.target
  const changes = {
    ...NO_DEED,
    standing,
    number: null,
    refusals: 0,
    problem_code: null,
    problem_message: null,
    next_look_at: isRight ? null : now,
    ...(receipt
      ? { receipt_key: receipt.key, issue_number: receipt.issueNumber, url: receipt.url ?? null }
      : {}),
  }
  return moveReceipt(tx, row, isRight ? 'settled' : 'due', now, changes, note)
}

/** Nobody knows what became of it: it is looked up, at once or soon, and not sent again before. */
export function receiptUnknown(
  deps: PaymentsDeps,
  tx: Tx,
  row: ReceiptRow,
  note: object,
): Promise<ReceiptRow | undefined> {
  const now = deps.clock.now()
  const delay = lookAfterSendingIn(row.looks, deps.settings.lookDelaysSeconds)
  const refusal = { code: 'stays_unknown', message: 'look-ups could not settle it', isSure: false }
  if (delay === undefined) return receiptRefused(deps, tx, row, refusal, note)
  const next_look_at = now.add(withJitter(delay, deps.random))
  return moveReceipt(tx, row, 'unknown', now, { lease_until: null, next_look_at }, note)
}

/** A person has to look. A deed that may have been done stays, so that it is never done under another number. */
export function receiptRefused(
  deps: PaymentsDeps,
  tx: Tx,
  row: ReceiptRow,
  { code, message, isSure }: { code: string; message: string; isSure: boolean },
  note: object,
): Promise<ReceiptRow | undefined> {
  deps.log.error({ attemptId: row.attempt_id, code }, 'a cash receipt needs a person')
  const changes = {
    ...(isSure ? NO_DEED : { lease_until: null }),
    next_look_at: null,
    refusals: 0,
    problem_code: code,
    problem_message: message,
  }
  return moveReceipt(tx, row, 'refused', deps.clock.now(), changes, { ...note, code })
}
