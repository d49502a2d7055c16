import type { Tx } from '../../../platform/database/database.ts'
import { literals } from '../../../platform/database/literals.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { NotPayable, PayableOrder } from '../payable.ts'
import type { ProviderName } from '../provider.ts'
import { createAttempt, openAttemptOf } from '../store/attempt-store.ts'
import type { Method } from '../store/method-store.ts'
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
): Promise<Prepared | NotPrepared | NotPayable> {
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
    tax_free: order.taxFree,
    item_name: order.itemName,
    quantity: order.quantity,
    buyer_ref: method.buyer_ref,
    method: method.display,
    created_at: now,
  } as const
  const { id: attemptId } = await createAttempt(tx, attempt, { total: order.total, methodId: method.id })
  return { kind: 'prepared', attemptId, provider: method.provider }
}

/** What stands in the way is usually over by then. */
const OPEN_FOR_MS = 3_000

async function lockFree(
  deps: PaymentsDeps,
  tx: Tx,
  orderId: string,
): Promise<PayableOrder | Extract<NotPrepared, { kind: 'attempt_open' }> | NotPayable> {
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
