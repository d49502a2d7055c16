import { type AuditNote, writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { type Won, won } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { CatalogPort } from '../catalog-port.ts'
import type { PaymentPort } from '../payment-port.ts'
import { promiseRefund } from '../refunding/promise-refund.ts'
import type { Parcel } from '../rules/delivery.ts'
import { priceOfPieces, splitRefund } from '../rules/give-back.ts'
import type { Order } from '../rules/order.ts'
import {
  approve,
  exchange,
  moneyInstead,
  notExchangeable,
  type Received,
  type ReturnRequest,
  receive,
  refunding,
  refuse,
  withClaims,
} from '../rules/return-request.ts'
import { saveLines } from '../store/order-store.ts'
import { publishReturn } from '../store/publish.ts'
import { saveReturn } from '../store/return-store.ts'
import { lockedReturn } from './locked-return.ts'

export interface HandleReturnDeps {
  db: Db
  clock: Clock
  catalog: Pick<CatalogPort, 'restockItems' | 'takeStock'>
  payments: Pick<PaymentPort, 'refundOrder'>
}

interface Handled {
  kind: 'handled'
  request: ReturnRequest
}

type Step = { actor: Actor; returnId: string }
type ReceiveRefusal = RefusedBy<typeof receive | typeof notExchangeable | typeof refundReceived>['code']
type RefundRefusal =
  | RefusedBy<typeof refundExchange | typeof refundReceived>['code']
  | 'return_not_in_state'
  | 'refund_exceeds_line'

/**
 * A merchant approves a request, or refuses it in words the customer reads. One that was approved may still be refused
 * when what should come back never does.
 * Refusals: not_found, own_order (nobody decides for themselves), return_not_in_state.
 */
export function decideReturn(
  deps: Pick<HandleReturnDeps, 'db' | 'clock'>,
  { actor, returnId, refuseFor }: Step & { refuseFor: string | null },
): Promise<Handled | Refused<'not_found' | 'own_order' | 'return_not_in_state'>> {
  const action = refuseFor === null ? 'return.approved' : 'return.refused'
  const noted = { action, reason: refuseFor ?? undefined } as const
  return onReturn<'return_not_in_state'>(
    deps,
    { actor, returnId, ...noted },
    async (tx, request, order, at) => {
      const decided = { at, by: actor.userId }
      const next = refuseFor === null ? approve(request, decided) : refuse(request, decided, refuseFor)
      if (next.kind === 'refused') return next
      await saveReturn(tx, request, next)
      if (next.state === 'refused') await saveLines(tx, order.id, withClaims(order.lines, request.lines, -1))
      return next
    },
  )
}

/**
 * It came back. Of a return the money is asked for at once, less what the customer pays for the parcel; what the merchant
 * pays for includes the shares of the first delivery. Of an exchange the pieces go back on the shelf, if they can be sold.
 * @param parcelFee won; less than what was said when it was asked for, never more
 * Refusals: not_found, own_order, return_not_in_state, return_fee_too_high, and those of the refund; of an exchange
 * exchange_fee_apart, and those of {@link notExchangeable}.
 */
export function receiveReturn(
  deps: HandleReturnDeps,
  { actor, returnId, restock, parcelFee }: Step & { restock: boolean; parcelFee: Won | undefined },
): Promise<Handled | Refused<ReceiveRefusal | 'not_found' | 'own_order'>> {
  return onReturn<ReceiveRefusal>(
    deps,
    { actor, returnId, action: 'return.received' },
    async (tx, request, order, at) => {
      const received = receive(request, { at, restock }, parcelFee)
      if (received.kind === 'refused') return received
      if (received.kind === 'exchange') {
        const paidBack = notExchangeable(order, request)
        if (paidBack) return paidBack
        await saveReturn(tx, request, received)
        if (restock) await deps.catalog.restockItems(tx, piecesOf(order, request))
        return received
      }
      // They leave the request for the count of what came back, which the refund writes.
      const lines = withClaims(order.lines, request.lines, -1)
      return refundReceived(deps, tx, {
        request,
        received,
        order: { ...order, lines },
        actor,
        at,
        returned: true,
      })
    },
  )
}

/**
 * The money of something that came back is asked for: again, after the provider had declined to move it, or in the place
 * of the other piece of an exchange, which cannot be sent. Pieces that were paid back in the meantime count: no more are
 * paid for than came back or were never sent.
 * Refusals: not_found, own_order, return_not_in_state, refund_exceeds_line (`facts.lineNo`, `facts.pieces` that may still
 * be paid back), those of {@link notExchangeable}, and those of the refund.
 */
export function refundReturn(
  deps: HandleReturnDeps,
  { actor, returnId }: Step,
): Promise<Handled | Refused<RefundRefusal | 'not_found' | 'own_order'>> {
  return onReturn<RefundRefusal>(
    deps,
    { actor, returnId, action: 'return.refund_asked' },
    async (tx, request, order, at) => {
      if (request.kind === 'exchange') return refundExchange(deps, tx, { request, order, actor, at })
      if (request.state !== 'received')
        return refused('return_not_in_state', { facts: { state: request.state } })
      const kept = paidForKept(order, request)
      if (kept) return kept
      return refundReceived(deps, tx, { request, received: request, order, actor, at, returned: false })
    },
  )
}

async function refundExchange(
  deps: HandleReturnDeps,
  tx: Tx,
  { request, order, actor, at }: { request: ReturnRequest; order: Order; actor: Actor; at: Temporal.Instant },
): Promise<ReturnRequest | RefusedBy<typeof moneyInstead | typeof notExchangeable | typeof refundReceived>> {
  const received = moneyInstead(request)
  if (received.kind === 'refused') return received
  const paidBack = notExchangeable(order, request)
  if (paidBack) return paidBack
  const lines = withClaims(order.lines, request.lines, -1)
  // What can be sold again went back on the shelf when it came, not with the money.
  const restocked = { ...received, received: { ...received.received, restock: false } }
  return refundReceived(deps, tx, {
    request,
    received: restocked,
    order: { ...order, lines },
    actor,
    at,
    returned: true,
  })
}

/** A line of which pieces that the customer keeps would be paid for. */
function paidForKept(order: Order, request: ReturnRequest): Refused<'refund_exceeds_line'> | undefined {
  for (const { lineNo, quantity } of request.lines) {
    const line = order.lines.find((one) => one.lineNo === lineNo)
    const pieces = line ? line.delivery.returned + line.delivery.cancelled - line.refund.pieces : 0
    if (quantity > pieces)
      return refused('refund_exceeds_line', { facts: { lineNo, pieces: Math.max(0, pieces) } })
  }
  return undefined
}

const BY_TWO = {
  ko: '한 사람이 결정할 수 있는 금액을 넘었습니다. 이 요청을 승인하지 않은 다른 담당자가 처리해 주세요.',
  en: 'That is more than one person may decide about. Please have a colleague do this who did not approve the request.',
}

/**
 * Asks for the money of what came back. Who approved the request and who does this are two people, if they are: then they
 * may give back what one alone may not.
 */
async function refundReceived(
  deps: HandleReturnDeps,
  tx: Tx,
  {
    request,
    received,
    order,
    actor,
    at,
    returned,
  }: {
    request: ReturnRequest
    received: Received
    order: Order
    actor: Actor
    at: Temporal.Instant
    returned: boolean
  },
): Promise<ReturnRequest | RefusedBy<typeof splitRefund | typeof promiseRefund | typeof refunding>> {
  const split = splitRefund(order, {
    lines: lessFee(order, received),
    deliveryFee: received.paidBy === 'merchant',
  })
  if (split.kind === 'refused') return split
  const promised = await promiseRefund(
    deps,
    tx,
    order,
    {
      split,
      cause: 'returned',
      reason: `return: ${received.reason}`,
      requestedBy: actor.userId,
      restock: received.received.restock,
      cancel: false,
      byTwo: received.decided.by !== actor.userId,
      returned,
    },
    at,
  )
  if (promised.kind === 'refused')
    return promised.code === 'refund_beyond_one_person'
      ? refused(promised.code, { detail: BY_TWO })
      : promised
  const next = refunding({ ...received, version: request.version }, promised.refundId)
  if (next.kind === 'refused') return next
  await saveReturn(tx, request, next)
  return next
}

/** The pieces, each line for its price less its part of what is kept for the parcel: the first lines bear it. */
function lessFee(order: Order, { lines, parcelFee }: Received) {
  let left: number = parcelFee
  return lines.map(({ lineNo, quantity }) => {
    const line = order.lines.find((one) => one.lineNo === lineNo)
    if (!line || left === 0) return { lineNo, quantity }
    const price = priceOfPieces(line, quantity)
    const kept = Math.min(left, price)
    left -= kept
    return { lineNo, quantity, amount: won(price - kept) }
  })
}

/**
 * The other piece of an exchange leaves, out of the stock that is free now.
 * Refusals: not_found, own_order, return_not_in_state, exchange_fee_owed, out_of_stock, and those of
 * {@link notExchangeable}.
 */
export function sendExchange(
  deps: Pick<HandleReturnDeps, 'db' | 'clock' | 'catalog'>,
  { actor, returnId, parcel }: Step & { parcel: Parcel },
): Promise<
  | Handled
  | RefusedBy<typeof exchange | typeof notExchangeable>
  | Refused<'not_found' | 'own_order' | 'out_of_stock'>
> {
  return onReturn<RefusedBy<typeof exchange | typeof notExchangeable>['code'] | 'out_of_stock'>(
    deps,
    { actor, returnId, action: 'return.exchanged' },
    async (tx, request, order, at) => {
      const next = exchange(request, parcel, at)
      if (next.kind === 'refused') return next
      const paidBack = notExchangeable(order, request)
      if (paidBack) return paidBack
      const taken = await deps.catalog.takeStock(tx, order.id, piecesOf(order, request))
      if (taken.kind === 'refused') return taken
      await saveReturn(tx, request, next)
      await saveLines(tx, order.id, withClaims(order.lines, request.lines, -1))
      return next
    },
  )
}

function piecesOf({ lines }: Order, request: ReturnRequest) {
  return request.lines.flatMap(({ lineNo, quantity }) =>
    lines.filter((line) => line.lineNo === lineNo).map(({ itemId }) => ({ itemId, quantity })),
  )
}

/** One step of a request with its order locked, written into the audit: all of it or, on a refusal, nothing. */
function onReturn<Code extends string>(
  { db, clock }: { db: Db; clock: Clock },
  { actor, returnId, action, reason }: Step & Pick<AuditNote, 'action' | 'reason'>,
  step: (
    tx: Tx,
    request: ReturnRequest,
    order: Order,
    at: Temporal.Instant,
  ) => Promise<ReturnRequest | Refused<Code>>,
): Promise<Handled | Refused<Code | 'not_found' | 'own_order'>> {
  return transact<Handled | Refused<Code | 'not_found' | 'own_order'>>(db, async (tx, rollback) => {
    const locked = await lockedReturn(tx, { actor, returnId })
    if (locked.kind === 'refused') return locked
    const { order, request } = locked
    const at = clock.now()
    const next = await step(tx, request, order, at)
    if (next.kind === 'refused') return rollback(next)
    await publishReturn(tx, order, next, at)
    await writeAudit(tx, at, {
      actorId: actor.userId,
      action,
      subject: { type: 'return', id: returnId },
      reason,
      before: { state: request.state, kind: request.kind },
      after: { state: next.state, kind: next.kind, parcelFee: next.parcelFee, orderId: order.id },
    })
    return { kind: 'handled', request: next }
  })
}
