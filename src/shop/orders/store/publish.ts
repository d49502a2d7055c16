import {
  orderCancelled,
  orderDelivered,
  orderExpired,
  orderPaid,
  orderPlaced,
  orderRefunded,
  orderShipped,
} from '../../../contracts/order-events.ts'
import { returnChanged } from '../../../contracts/return-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import type { Won } from '../../../platform/money.ts'
import type { ArrivalStep } from '../rules/arrival.ts'
import { type Moved, type Parcel, unsentPieces } from '../rules/delivery.ts'
import type {
  AwaitingPayment,
  ClosedOrder,
  Order,
  PaidOrder,
  PartiallyRefunded,
  RefundedOrder,
} from '../rules/order.ts'
import { type ReturnRequest, withdrawalFrom } from '../rules/return-request.ts'

const SOURCE = 'shop/orders'

const pricedLines = (order: Order) =>
  order.lines.map(({ itemId, quantity, unitPrice, lineTotal }) => ({
    itemId,
    quantity,
    unitPrice,
    lineTotal,
  }))

/** Pieces by item that are still in the house. */
export const piecesInHouse = ({ lines }: Pick<Order, 'lines'>) =>
  lines
    .map((line) => ({ itemId: line.itemId, quantity: unsentPieces(line) }))
    .filter(({ quantity }) => quantity > 0)

/** Pieces by item, as stock and refunds speak of them. */
export const piecesOf = ({ lines }: Pick<Order, 'lines'>) =>
  lines.map(({ itemId, quantity }) => ({ itemId, quantity }))

const kindOf = (order: Order) => (order.cycle ? ('cycle' as const) : ('purchase' as const))

const about = (order: Order) => ({ orderId: order.id, customerId: order.customerId })

/** Tells that an order was placed. */
export async function publishPlaced(tx: Tx, order: AwaitingPayment): Promise<void> {
  const event = orderPlaced.of(order.id, order.version, {
    kind: kindOf(order),
    ...about(order),
    orderNumber: order.orderNumber,
    total: order.total,
    placedAt: order.placedAt.toString(),
    expiresAt: order.expiresAt?.toString() ?? null,
    lines: pricedLines(order),
  })
  await appendEvents(tx, SOURCE, order.placedAt, [event])
}

/** @param paymentMethodId the stored method the payment used or left behind, if any */
export async function publishPaid(
  tx: Tx,
  order: PaidOrder,
  paymentMethodId: string | null = null,
): Promise<void> {
  const event = orderPaid.of(order.id, order.version, {
    kind: kindOf(order),
    ...about(order),
    total: order.total,
    paidAt: order.payment.at.toString(),
    paymentMethodId,
    lines: order.lines.map(({ itemId, quantity, unitPrice, lineTotal, subscription }) => ({
      itemId,
      quantity,
      unitPrice,
      lineTotal,
      subscription,
    })),
  })
  await appendEvents(tx, SOURCE, order.payment.at, [event])
}

/** Tells that an unpaid order ended: cancelled, or its time to pay has passed. */
export async function publishClosed(tx: Tx, order: ClosedOrder): Promise<void> {
  const at = order.closing.at.toString()
  const event =
    order.state === 'cancelled'
      ? orderCancelled.of(order.id, order.version, {
          ...about(order),
          reason: order.closing.reason,
          cancelledAt: at,
        })
      : orderExpired.of(order.id, order.version, { ...about(order), expiredAt: at })
  await appendEvents(tx, SOURCE, order.closing.at, [event])
}

/** Tells that pieces left the house in one parcel. */
export async function publishShipped(
  tx: Tx,
  { order, pieces }: Moved,
  { carrier, trackingNumber }: Parcel,
  at: Temporal.Instant,
): Promise<void> {
  const event = orderShipped.of(order.id, order.version, {
    ...about(order),
    carrier,
    trackingNumber,
    shippedAt: at.toString(),
    lines: [...pieces],
    complete: order.lines.every((line) => unsentPieces(line) === 0),
  })
  await appendEvents(tx, SOURCE, at, [event])
}

/** Tells that pieces arrived, and when the last of them did. */
export async function publishDelivered(
  tx: Tx,
  { order, pieces, arrivals }: Moved,
  { by }: ArrivalStep,
  at: Temporal.Instant,
): Promise<void> {
  const times = arrivals.map(({ deliveredAt }) => deliveredAt).toSorted(Temporal.Instant.compare)
  const event = orderDelivered.of(order.id, order.version, {
    ...about(order),
    deliveredAt: (times.at(-1) ?? at).toString(),
    lines: [...pieces],
    complete: withdrawalFrom(order) !== undefined,
    by,
  })
  await appendEvents(tx, SOURCE, at, [event])
}

/** Pieces given back, and whether nothing is left of their line. */
export interface GivenPieces {
  itemId: string
  quantity: number
  whole: boolean
}

/** Tells that money of an order went back, and for which pieces. */
export async function publishRefunded(
  tx: Tx,
  order: PartiallyRefunded | RefundedOrder,
  { amount, at }: { amount: Won; at: Temporal.Instant },
  pieces: GivenPieces[],
): Promise<void> {
  const full = order.state === 'refunded'
  const event = orderRefunded.of(order.id, order.version, {
    ...about(order),
    amount,
    full,
    refundedAt: at.toString(),
    lines: pieces,
  })
  await appendEvents(tx, SOURCE, at, [event])
}

/** A request to send something back came to a new state. */
export async function publishReturn(
  tx: Tx,
  order: Order,
  request: ReturnRequest,
  at: Temporal.Instant,
): Promise<void> {
  const { id, version, kind, state, parcelFee } = request
  const parcel = 'parcel' in request ? request.parcel : null
  const lines = request.lines.map(({ lineNo, quantity }) => {
    const line = order.lines.find((one) => one.lineNo === lineNo)
    if (!line) throw new Error(`return ${id} names line ${lineNo}, which its order does not have`)
    return { lineNo, itemId: line.itemId, quantity }
  })
  const event = returnChanged.of(id, version, {
    returnId: id,
    ...about(order),
    kind,
    state,
    lines,
    parcelFee,
    reason: 'why' in request ? request.why : null,
    carrier: parcel?.carrier ?? null,
    trackingNumber: parcel?.trackingNumber ?? null,
    at: at.toString(),
  })
  await appendEvents(tx, SOURCE, at, [event])
}
