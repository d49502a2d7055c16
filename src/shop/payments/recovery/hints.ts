import { sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { isUuid } from '../../../platform/ids.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { Hint, ProviderName, ProviderPayment } from '../provider.ts'
import { isOurs } from '../rules/attempt.ts'
import { isWorthAsking, outsideRefunds } from '../rules/hint.ts'
import { settleAttempt } from '../settling/settle-attempt.ts'
import { type Attempt, expectedOf, readAttempt } from '../store/attempt-store.ts'
import { endHint, forgetHints, insertHint, type TakenHint, takeHints } from '../store/hint-store.ts'
import { keepOutsideRefund } from '../store/outside-refunds.ts'
import { payments } from '../store/tables.ts'
import { askAbout } from './ask-about.ts'
import { eachDue } from './each-due.ts'
import { endAsNotCharged } from './look-up.ts'

/** Look-ups on their way at once. */
const BATCH = 10

/**
 * Remembers that a provider's message named a payment, if it is one of ours and there is something to learn; the
 * look-up comes from the sweep. Whoever sends such messages, however many, causes one row, and one look-up every few
 * seconds. @returns how many payments are asked about
 */
export async function hearHint(deps: PaymentsDeps, provider: ProviderName, hint: Hint): Promise<number> {
  const { ref, merchantRef, says } = hint
  const id = merchantRef !== undefined && isUuid(merchantRef) ? merchantRef : null
  if (ref === undefined && id === null) return 0
  const { rows } = await sql<Attempt>`
    select * from payments.attempt
    where provider = ${provider} and forgotten_at is null
      and (id = ${id} or provider_ref = ${ref ?? null})`.execute(deps.db)
  const worth = rows.filter((attempt) => isWorthAsking(attempt, says))
  for (const attempt of worth)
    await insertHint(deps.db, { attemptId: attempt.id, beyondPaid: says !== 'paid' }, deps.clock.now())
  return worth.length
}

/** Looks up what hints named. Any number of processes may do it. @returns how many were asked about */
export async function followHints(deps: PaymentsDeps): Promise<number> {
  const now = deps.clock.now()
  await forgetHints(deps.db, now)
  const taken = await takeHints(deps.db, now, BATCH)
  await eachDue(deps, taken, async (hint) => {
    // Without an answer the hint stays, and is taken up again when its lease is over.
    if ((await followHint(deps, hint)) === 'answered') await endHint(deps.db, hint, deps.clock.now())
  })
  return taken.length
}

/**
 * Acts only on what ends a doubt: the schedule of look-ups, and what a person has to decide, stay as they are. While
 * our own call is under way, only a payment is believed.
 */
async function followHint(
  deps: PaymentsDeps,
  { id, beyondPaid }: TakenHint,
): Promise<'answered' | 'unanswered'> {
  const attempt = await readAttempt(deps.db, id)
  if (!attempt || attempt.forgotten_at !== null) return 'answered'
  if (!isWorthAsking(attempt, beyondPaid ? 'something' : 'paid')) return 'answered'
  const { found, note, decide } = await askAbout(deps, attempt)
  if (found.kind === 'not_asked' || found.kind === 'no_answer') return 'unanswered'
  if (attempt.state === 'succeeded' || attempt.state === 'succeeded_late')
    return found.kind === 'found' ? seeRefunds(deps, attempt, found.payment) : 'answered'
  const decision = decide('unwanted')
  if (decision.kind === 'paid' && decision.payment.ref !== '')
    await settleAttempt(deps, attempt, decision, { ...note, hinted: true })
  if (decision.kind === 'not_charged' && attempt.state === 'unknown')
    await endAsNotCharged(deps, attempt, { ...note, hinted: true, status: decision.status })
  return 'answered'
}

async function seeRefunds(
  deps: PaymentsDeps,
  attempt: Attempt,
  payment: ProviderPayment,
): Promise<'answered' | 'unanswered'> {
  if (!isOurs(payment, expectedOf(attempt))) return 'answered'
  const ours = await payments(deps.db)
    .selectFrom('payments.refund')
    .select(['state', 'provider_refund_id as providerRefundId'])
    .where('attempt_id', '=', attempt.id)
    .execute()
  const outside = outsideRefunds(payment, ours)
  // Perhaps it is the one we are making: asked again when that is over.
  if (outside === undefined) return 'unanswered'
  for (const refund of outside) {
    const isNews = await transact(deps.db, (tx) => keepOutsideRefund(tx, attempt, refund, deps.clock.now()))
    if (isNews)
      deps.log.error(
        { attemptId: attempt.id, refund: refund.id },
        'money was given back outside of this system',
      )
  }
  return 'answered'
}
