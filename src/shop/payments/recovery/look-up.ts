import { type RawBuilder, sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { inSpan } from '../../../platform/telemetry/in-span.ts'
import { type PaymentsDeps, providersNotAsked, withJitter } from '../deps.ts'
import type { LookDecision } from '../rules/look.ts'
import { completeCheckout } from '../sending/complete-checkout.ts'
import { repeatTokenCharge } from '../sending/send-token-charge.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { keepAttemptUnknown, settleAttempt, settleAttemptAsSeen } from '../settling/settle-attempt.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { payments } from '../store/tables.ts'
import { askAbout } from './ask-about.ts'
import { eachDue } from './each-due.ts'

/** Look-ups on their way at once. */
const BATCH = 20

/** A look-up that dies with its process is made again after this. */
const LOOK_LEASE = { seconds: 60 } as const

/**
 * Looks up attempts whose outcome is unknown and whose time has come, and settles those that can be settled.
 * Several processes may run it: each attempt is taken by one of them at a time. What waits for a provider that is away
 * stays due, and is looked at when its breaker lets calls through again.
 * @returns how many were looked at
 */
export async function lookUpDue(deps: PaymentsDeps, limit = BATCH): Promise<number> {
  const due = sql`id in (
    select id from payments.attempt where state = 'unknown' and next_look_at <= ${deps.clock.now()}
      and provider <> all(${providersNotAsked(deps)}::text[])
    order by next_look_at limit ${limit} for update skip locked)`
  return lookAtAll(deps, due)
}

/** Batch after batch, as many at once as one batch has: what an outage has left waiting is soon settled. */
export async function lookUpAllDue(deps: PaymentsDeps, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true && (await lookUpDue(deps, BATCH)) === BATCH);
}

/** Before anything new is done for an order, one look at its unknown payment, if it has one and it is due. */
export async function lookUpOpenAttempt(deps: PaymentsDeps, orderId: string): Promise<number> {
  const due = sql`order_id = ${orderId} and state = 'unknown' and next_look_at <= ${deps.clock.now()}`
  return lookAtAll(deps, due)
}

async function lookAtAll(deps: PaymentsDeps, due: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<Attempt>`
    update payments.attempt set looks = looks + 1, next_look_at = ${deps.clock.now().add(LOOK_LEASE)}
    where ${due} returning *`.execute(deps.db)
  await eachDue(deps, rows, (attempt) => lookUpAttempt(deps, attempt))
  return rows.length
}

/**
 * One look-up of one unknown attempt, already counted, and what follows from it.
 * @throws nothing for provider trouble: that only uses a slot of the schedule
 */
export function lookUpAttempt(deps: PaymentsDeps, attempt: Attempt): Promise<void> {
  return inSpan('look up payment', { parent: attempt.traceparent ?? undefined }, () => lookUp(deps, attempt))
}

async function lookUp(deps: PaymentsDeps, attempt: Attempt): Promise<void> {
  const { note, decide } = await askAbout(deps, attempt)
  let decision = decide('wanted')
  if (decision.kind === 'charge_again') {
    if ((await repeatTokenCharge(deps, attempt)) !== 'unwanted') return
    // Nobody is charged after cancelling: what was not charged by then stays so, once that is sure.
    decision = decide('unwanted')
  }
  await act(deps, attempt, decision, note)
}

async function act(
  deps: PaymentsDeps,
  attempt: Attempt,
  decision: LookDecision,
  note: object,
): Promise<void> {
  const now = deps.clock.now()
  switch (decision.kind) {
    case 'paid':
      // Evidence of the token is about this attempt only as long as the attempt holds the token.
      await (decision.payment.ref === '' ? settleAttemptAsSeen : settleAttempt)(deps, attempt, decision, note)
      return
    case 'ask_again':
      await askAgain(deps, attempt, decision)
      return
    case 'charge_again':
      throw new Error(`the attempt ${attempt.id} may not be charged again`)
    case 'complete_again':
      await completeCheckout(deps, attempt)
      return
    case 'not_charged':
      await endAsNotCharged(deps, attempt, { ...note, status: decision.status })
      return
    case 'look_again':
    case 'needs_review': {
      const delaySeconds = decision.kind === 'look_again' ? decision.delaySeconds : undefined
      await transact(deps.db, (tx) =>
        keepAttemptUnknown(deps, tx, attempt, now, { ...decision, delaySeconds, note }),
      )
    }
  }
}

/** Ends an unknown attempt of which it is sure that it was not charged, unless somebody has moved it meanwhile. */
export async function endAsNotCharged(deps: PaymentsDeps, attempt: Attempt, note: object): Promise<void> {
  await transact(deps.db, async (tx, rollback) => {
    const ended = await endAttempt(deps, tx, attempt, 'declined', deps.clock.now(), notCharged(note))
    if (!ended) rollback(undefined)
  })
}

/** The look did not count, and leaves no trace in the history: there may be many until the provider is back. */
async function askAgain(
  deps: PaymentsDeps,
  { id, send_no }: Attempt,
  { delaySeconds }: { delaySeconds: number },
): Promise<void> {
  await sql`
    update payments.attempt
    set looks = greatest(looks - 1, 0), next_look_at = ${deps.clock.now().add(withJitter(delaySeconds, deps.random))}
    where id = ${id} and state = 'unknown' and send_no = ${send_no}`.execute(deps.db)
}

/** How an unknown attempt ends that turned out not to have been charged. */
export function notCharged(note: object) {
  const outcome = { kind: 'not_charged' } as const
  return { code: 'not_charged', changes: { decline_code: 'not_charged' }, note, outcome }
}

/** How many refunds wait for a person. */
export async function refundsInReview(deps: Pick<PaymentsDeps, 'db'>): Promise<number> {
  const row = await payments(deps.db)
    .selectFrom('payments.refund')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('needs_review', '=', sql.lit(true))
    .executeTakeFirstOrThrow()
  return row.count
}

/** How many attempts are unknown, how many wait for a person, and the age of the oldest in seconds. */
export async function unknownState(deps: Pick<PaymentsDeps, 'db' | 'clock'>) {
  const row = await payments(deps.db)
    .selectFrom('payments.attempt')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.count<number>('id').filterWhere('needs_review', '=', sql.lit(true)).as('review'),
      eb.fn.min('sent_at').as('oldest'),
    ])
    .where('state', '=', sql.lit('unknown'))
    .executeTakeFirstOrThrow()
  const oldestSeconds = row.oldest ? deps.clock.now().since(row.oldest).total('seconds') : 0
  return { count: row.count, review: row.review, oldestSeconds }
}
