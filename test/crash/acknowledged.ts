import type { OrderView, PaymentView } from './views.ts'

/** What a customer has been told: it must still be true after any crash. */
export interface Acknowledged {
  accounts: Set<string>
  /** Latest states seen of each order, in the order of seeing; keys that answered with it. */
  orders: Map<string, { states: Set<string>; refundRequested: boolean }>
  payments: Map<string, { orderId: string; states: Set<string> }>
  refunds: Map<string, { paymentId: string; states: Set<string> }>
  /** Orders answered for each Idempotency-Key: never more than one. */
  keys: Map<string, Set<string>>
  /** Pieces put into each line of a cart. */
  added: Map<string, number>
  /** Lines of carts that orders were made of. */
  cartOrders: Map<string, readonly CartPieces[]>
}

/** So many pieces of a line of a cart. */
export interface CartPieces {
  id: string
  quantity: number
}

export function nothingAcknowledged(): Acknowledged {
  return {
    accounts: new Set(),
    orders: new Map(),
    payments: new Map(),
    refunds: new Map(),
    keys: new Map(),
    added: new Map(),
    cartOrders: new Map(),
  }
}

/** Notes an order from a 2xx answer; with the key of the request when it placed the order. */
export function noteOrder(log: Acknowledged, order: OrderView, key?: string): void {
  const known = entry(log.orders, order.id, () => ({ states: new Set<string>(), refundRequested: false }))
  known.states.add(order.state)
  known.refundRequested ||= order.refundRequestedAt !== null
  if (key !== undefined) entry(log.keys, key, () => new Set<string>()).add(order.id)
}

/** Notes pieces that were put into a line of a cart. */
export function noteAdded(log: Acknowledged, lineId: string, pieces: number): void {
  log.added.set(lineId, (log.added.get(lineId) ?? 0) + pieces)
}

/** Notes which lines of a cart an order was made of. */
export function noteCartOrder(log: Acknowledged, orderId: string, lines: readonly CartPieces[]): void {
  log.cartOrders.set(orderId, lines)
}

/** Notes a payment and its refunds from a 2xx answer. */
export function notePayment(log: Acknowledged, payment: PaymentView): void {
  const made = () => ({ orderId: payment.orderId, states: new Set<string>() })
  entry(log.payments, payment.id, made).states.add(payment.state)
  for (const refund of payment.refunds) {
    entry(log.refunds, refund.id, () => ({ paymentId: payment.id, states: new Set<string>() })).states.add(
      refund.state,
    )
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
