import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { literals } from '../../../platform/database/literals.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import type { PayableOrder } from '../payable.ts'
import type { ProviderName } from '../provider.ts'
import { settlementOf } from '../rules/attempt.ts'
import { end } from '../settling/end-attempt.ts'
import { settle } from '../settling/settle-attempt.ts'
import { type Attempt, createAttempt, expectedOf, noteOf, openAttemptOf } from '../store/attempt-store.ts'
import { type Method, readMethod } from '../store/method-store.ts'
import { payments } from '../store/tables.ts'

export interface TokenCharge {
  orderId: string
  paymentMethodId: string
  now: Temporal.Instant
  /** The order when the caller's transaction has written it: nobody else knows it, so it is free and need not be read. */
  fresh?: PayableOrder | null
}

export interface Prepared {
  kind: 'prepared'
  attemptId: string
  /** Who will be asked. */
  provider: ProviderName
}

/** Why nothing was prepared. What the order says against it is a refusal of its own. */
export type NotPrepared =
  /** Not the owner's, revoked or dead. */
  | { kind: 'method_gone' }
  /** Another charge of the token is open or only just over. */
  | { kind: 'method_busy'; retryAfterMs: number }
  /** Another attempt of the order is open. */
  | { kind: 'attempt_open'; attemptId: string; retryAfterMs: number }

/**
 * Providers tell times of charges to the second. Two charges of one token are kept this far apart, so that the time
 * of the latest one always says which of them it was. Counted from when we knew of the one before, by our own clock:
 * that holds however the provider's clock differs from ours.
 */
const TOKEN_SPACING_MS = 2_000

/**
 * First step of charging an order by a stored token, in the caller's transaction: the attempt is written before
 * anything is sent.
 * Refusals: those of the order.
 */
export async function prepareTokenCharge(
  deps: PaymentsDeps,
  tx: Tx,
  { orderId, paymentMethodId, now, fresh }: TokenCharge,
): Promise<Prepared | NotPrepared | Refused> {
  const order = fresh ?? (await lockFree(deps, tx, orderId))
  if (order.kind !== 'payable') return order
  const method = await lockMethod(tx, paymentMethodId)
  if (method?.owner_id !== order.ownerId || method.state !== 'active') return { kind: 'method_gone' }
  const busy = await busyFor(tx, method, now)
  if (busy > 0) return { kind: 'method_busy', retryAfterMs: busy }
  const attempt = {
    order_id: orderId,
    owner_id: order.ownerId,
    provider: method.provider,
    origin: 'token',
    mode: 'pay',
    method_id: method.id,
    total: order.total,
    item_name: order.itemName,
    quantity: order.quantity,
    buyer_ref: method.buyer_ref,
    method: method.display,
    created_at: now,
  } as const
  const attemptId = await createAttempt(tx, attempt, { total: order.total, methodId: method.id })
  return { kind: 'prepared', attemptId, provider: method.provider }
}

/** What stands in the way is usually over by then. */
const OPEN_FOR_MS = 3_000

async function lockFree(
  deps: PaymentsDeps,
  tx: Tx,
  orderId: string,
): Promise<PayableOrder | Extract<NotPrepared, { kind: 'attempt_open' }> | Refused> {
  const order = await deps.payable.lockForPayment(tx, orderId)
  if (order.kind === 'refused') return order
  const open = await openAttemptOf(tx, orderId)
  if (open) return { kind: 'attempt_open', attemptId: open.id, retryAfterMs: OPEN_FOR_MS }
  return order
}

async function lockMethod(tx: Tx, id: string): Promise<Method | undefined> {
  return payments(tx)
    .selectFrom('payments.method')
    .selectAll()
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

async function busyFor(tx: Tx, method: Method, now: Temporal.Instant): Promise<number> {
  const open = await payments(tx)
    .selectFrom('payments.attempt')
    .select('id')
    .where('method_id', '=', method.id)
    .where('state', 'in', literals(['created', 'sent', 'unknown']))
    .executeTakeFirst()
  if (open) return TOKEN_SPACING_MS
  const since = now.since(method.updated_at).total('milliseconds')
  // A charge "in the future" is a clock set back, not a reason to wait.
  return since >= 0 && since < TOKEN_SPACING_MS ? Math.ceil(TOKEN_SPACING_MS - since) : 0
}

export type ChargeResult = 'paid' | 'declined' | 'unknown' | 'not_sent' | 'failed' | 'stale'

/**
 * Second and third step: sends a prepared charge and writes what became of it. Only one caller gets to send it; the
 * others see 'stale'. Never throws for trouble at the provider. When the method has ended meanwhile, nothing is sent:
 * 'declined'.
 */
export async function sendTokenCharge(deps: PaymentsDeps, attemptId: string): Promise<ChargeResult> {
  const seen = await readUnsent(deps.db, attemptId)
  if (!seen) return 'stale'
  const provider = providerOf(deps, seen.provider)
  // Decrypted before the attempt counts as sent: a lost key must not look like a lost answer.
  const token = deps.cipher.decrypt(seen.token, seen.charged)
  const sent = await claim(deps, seen, provider.capabilities.chargeTimeoutMs)
  if (!sent) return notClaimed(deps, seen)
  const outcome = await provider.chargeToken(
    {
      merchantRef: sent.id,
      token,
      buyerRef: sent.buyer_ref,
      itemName: sent.item_name,
      quantity: sent.quantity,
      money: { total: sent.total, taxFree: sent.tax_free, vat: sent.vat },
    },
    { deadline: Date.now() + provider.capabilities.chargeTimeoutMs, idempotencyKey: sent.id },
  )
  const payment = outcome.kind === 'ok' ? { ...outcome, value: { payment: outcome.value } } : outcome
  const settlement = settlementOf(payment, expectedOf(sent))
  const settled = await settle(deps, sent, settlement, noteOf(outcome))
  return settled ? settlement.kind : 'stale'
}

type Unsent = Attempt & { charged: string; token: string }

/** A prepared attempt, with the method it charges and its encrypted token. */
async function readUnsent(db: Db, attemptId: string): Promise<Unsent | undefined> {
  return payments(db)
    .selectFrom('payments.attempt as attempt')
    .innerJoin('payments.method as method', 'method.id', 'attempt.method_id')
    .selectAll('attempt')
    .select(['method.id as charged', 'method.token'])
    .where('attempt.id', '=', attemptId)
    .where('attempt.state', '=', 'created')
    .executeTakeFirst()
}

/**
 * created → sent in one statement, with its evidence. The attempt is locked before the method, like everywhere; the
 * lock on the method makes a revocation come either before the sending, and then it is not sent, or after it.
 */
async function claim(deps: PaymentsDeps, seen: Attempt, timeoutMs: number): Promise<Attempt | undefined> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    with mine as materialized (
      select id, method_id from payments.attempt
      where id = ${seen.id} and state = 'created' and send_no = ${seen.send_no}
      for no key update),
    usable as materialized (
      select mine.id from mine join payments.method m on m.id = mine.method_id
      where m.state = 'active' for share of m),
    sent as (
      update payments.attempt a
      set state = 'sent', send_no = send_no + 1, sent_at = ${now}, updated_at = ${now}, next_look_at = null,
          lease_until = ${leaseUntil(now, timeoutMs)}, version = version + 1
      from usable
      where a.id = usable.id and a.state = 'created' and a.send_no = ${seen.send_no}
      returning a.*),
    noted as (
      insert into payments.history (attempt_id, at, step, note) select id, ${now}, 'sent', '{}' from sent)
    select * from sent`.execute(deps.db)
  return rows[0]
}

/** Somebody else has it, or its method is gone: then it ends here, surely without money. */
async function notClaimed(deps: PaymentsDeps, seen: Attempt): Promise<ChargeResult> {
  const method = seen.method_id ? await readMethod(deps.db, seen.method_id) : undefined
  if (method?.state === 'active') return 'stale'
  const code = 'payment_method_gone'
  const outcome = { kind: 'declined', class: 'token_dead', code } as const
  const ending = { code, changes: { decline_code: code }, outcome }
  const ended = await transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) =>
      (await end(deps, tx, seen, 'cancelled', deps.clock.now(), ending)) ?? rollback(undefined),
  )
  return ended ? 'declined' : 'stale'
}
