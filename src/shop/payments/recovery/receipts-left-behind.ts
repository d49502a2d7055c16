import { sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { type PaymentsDeps, providerOf } from '../deps.ts'
import { SELF_ISSUE_FROM } from '../rules/cash-receipt.ts'
import { receiptAfterPayment, receiptCatchesUp } from '../settling/cash-receipt.ts'
import { type Attempt, lockAttempt, originOf } from '../store/attempt-store.ts'
import { lockReceipt } from '../store/receipt-store.ts'
import { eachDue } from './each-due.ts'

/** So long is looked back: longer than two versions run beside each other. */
const COMPARED_FOR = { hours: 72 } as const

/**
 * Takes up cash receipts of payments and refunds that were settled by a process which knows nothing of receipts, while
 * another version was started: wishes of payments that are over, receipts that nobody asked for and the law wants, and
 * receipts that do not follow what was given back.
 */
export async function takeUpReceipts(deps: PaymentsDeps, limit = 20): Promise<void> {
  await forgetUnpaid(deps)
  await askAboutWishes(deps, limit)
  await askAboutOwed(deps, limit)
  await followRefunds(deps, limit)
}

async function forgetUnpaid({ db }: PaymentsDeps): Promise<void> {
  await sql`
    delete from payments.cash_receipt r using payments.attempt a
    where r.state = 'asked' and a.id = r.attempt_id
      and a.state in ('declined', 'cancelled', 'expired', 'failed', 'succeeded_late')`.execute(db)
}

async function askAboutWishes(deps: PaymentsDeps, limit: number): Promise<void> {
  const { rows } = await sql<Attempt>`
    select a.* from payments.cash_receipt r join payments.attempt a on a.id = r.attempt_id
    where r.state = 'asked' and a.state = 'succeeded' order by a.id limit ${limit}`.execute(deps.db)
  await eachDue(deps, rows, (attempt) => askHowItWasPaid(deps, attempt))
}

/** Out of an account and of so much, every payment has a row, whatever became of its receipt. */
async function askAboutOwed(deps: PaymentsDeps, limit: number): Promise<void> {
  const since = deps.clock.now().subtract(COMPARED_FOR)
  for (const { name, cashReceipts } of deps.providers.values()) {
    if (cashReceipts === null) continue
    const { rows } = await sql<Attempt>`
      select a.* from payments.attempt a
      where a.provider = ${name} and a.paid_at >= ${since} and a.state = 'succeeded' and a.total >= ${SELF_ISSUE_FROM}
        and a.refunded < a.total and split_part(a.method, ' ', 1) = any(${cashReceipts.means}::text[])
        and not exists (select 1 from payments.cash_receipt r where r.attempt_id = a.id)
      order by a.paid_at limit ${limit}`.execute(deps.db)
    await eachDue(deps, rows, (attempt) => askHowItWasPaid(deps, attempt))
  }
}

async function askHowItWasPaid(deps: PaymentsDeps, attempt: Attempt): Promise<void> {
  const provider = providerOf(deps, attempt.provider)
  const { id: merchantRef, provider_ref } = attempt
  const found = await provider.lookup(
    { merchantRef, ref: provider_ref ?? undefined, origin: originOf(attempt) },
    {
      deadline: Date.now() + provider.capabilities.callTimeoutMs,
      idempotencyKey: `${merchantRef}-receipt-left`,
    },
  )
  if (found.kind !== 'found') {
    deps.log.warn({ attemptId: merchantRef, lookup: found.kind }, 'a cash receipt waits for how it was paid')
    return
  }
  const { cashReceiptBy } = found.payment
  await transact(deps.db, async (tx) => {
    const current = await lockAttempt(tx, merchantRef)
    const receipt = await lockReceipt(tx, merchantRef)
    const isLeft = receipt === undefined || receipt.state === 'asked'
    if (!isLeft || current?.state !== 'succeeded') return
    const now = deps.clock.now()
    await receiptAfterPayment(deps, tx, current, cashReceiptBy, now)
    await receiptCatchesUp(tx, merchantRef, now)
  })
}

async function followRefunds(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<{ id: string }>`
    select distinct a.id from payments.refund f
    join payments.attempt a on a.id = f.attempt_id
    join payments.cash_receipt r on r.attempt_id = a.id
    where f.state = 'succeeded' and f.finished_at >= ${now.subtract(COMPARED_FOR)}
      and r.state in ('due', 'sent', 'unknown', 'settled', 'refused') and r.target > a.total - a.refunded
    limit ${limit}`.execute(deps.db)
  await eachDue(deps, rows, ({ id }) =>
    transact(deps.db, async (tx) => {
      await lockAttempt(tx, id)
      await receiptCatchesUp(tx, id, now)
    }),
  )
}
