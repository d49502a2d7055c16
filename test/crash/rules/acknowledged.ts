import { evidenceOf, type Rule, SUCCEEDED, type Violation } from './violation.ts'

/** Where an order may be that a customer once saw in this state. */
const ORDER_AFTER: Readonly<Record<string, readonly string[]>> = {
  paid: ['paid', 'preparing', 'shipped', 'delivered', 'partially_refunded', 'refunded'],
  refunded: ['refunded'],
  cancelled: ['cancelled'],
  expired: ['expired'],
}

/** Where a payment may be that a customer once saw in this state. */
const PAYMENT_AFTER: Readonly<Record<string, readonly string[]>> = {
  paid: SUCCEEDED,
  refund_processing: SUCCEEDED,
  partially_refunded: SUCCEEDED,
  refunded: SUCCEEDED,
  declined: ['declined'],
  cancelled: ['cancelled'],
  expired: ['expired'],
  failed: ['failed'],
}

const lost = (about: string, ...rows: readonly unknown[]): Violation => ({
  rule: 'what was acknowledged is lost',
  about,
  evidence: evidenceOf(...rows),
})

export const acknowledgedOrdersStand: Rule = ({ snapshot, acknowledged }) => {
  const orders = new Map(snapshot.orders.map((order) => [order.id, order]))
  const orderOf = new Map(snapshot.attempts.map(({ id, orderId }) => [id, orderId]))
  const refunding = new Set(snapshot.refunds.map(({ attemptId }) => orderOf.get(attemptId)))
  return [...acknowledged.orders].flatMap(([id, { states, refundRequested }]) => {
    const order = orders.get(id)
    const seen = { seen: [...states] }
    if (order === undefined) return [lost(`order ${id}`, seen)]
    const denied = [...states].some((state) => !(ORDER_AFTER[state]?.includes(order.state) ?? true))
    if (denied) return [lost(`order ${id}`, seen, order)]
    return refundRequested && !refunding.has(id) ? [lost(`refund of order ${id}`, seen, order)] : []
  })
}

export const acknowledgedPaymentsStand: Rule = ({ snapshot, acknowledged }) => {
  const attempts = new Map(snapshot.attempts.map((attempt) => [attempt.id, attempt]))
  return [...acknowledged.payments].flatMap(([id, { states, orderId }]) => {
    const attempt = attempts.get(id)
    const seen = { orderId, seen: [...states] }
    if (attempt === undefined) return [lost(`payment ${id}`, seen)]
    const denied = [...states].some((state) => !(PAYMENT_AFTER[state]?.includes(attempt.state) ?? true))
    const unrefunded = states.has('refunded') && attempt.refunded !== attempt.total
    return denied || unrefunded ? [lost(`payment ${id}`, seen, attempt)] : []
  })
}

export const acknowledgedRefundsStand: Rule = ({ snapshot, acknowledged }) => {
  const refunds = new Map(snapshot.refunds.map((refund) => [refund.id, refund]))
  return [...acknowledged.refunds].flatMap(([id, { states, paymentId }]) => {
    const refund = refunds.get(id)
    const seen = { paymentId, seen: [...states] }
    if (refund === undefined) return [lost(`refund ${id}`, seen)]
    const denied =
      (states.has('refunded') && refund.state !== 'succeeded') ||
      (states.has('declined') && refund.state !== 'declined')
    return denied ? [lost(`refund ${id}`, seen, refund)] : []
  })
}

export const acknowledgedAccountsStand: Rule = ({ snapshot, acknowledged }) => {
  const accounts = new Set(snapshot.accounts)
  return [...acknowledged.accounts].flatMap((email) =>
    accounts.has(email) ? [] : [lost(`account ${email}`)],
  )
}

/**
 * One Idempotency-Key, one order: as customers saw it and as it is stored. What billing orders has no key; there the
 * cycle stands for it.
 */
export const oneOrderPerKey: Rule = ({ snapshot, acknowledged }) => {
  const kept = new Map(snapshot.orderKeys.map(({ key, orderId }) => [key, orderId]))
  const twice = [...acknowledged.keys].flatMap(([key, orders]): Violation[] => {
    const evidence = evidenceOf({ answered: [...orders], kept: kept.get(key) })
    if (orders.size > 1) return [{ rule: 'one key made two orders', about: `key ${key}`, evidence }]
    return orders.has(kept.get(key) ?? '') ? [] : [lost(`key ${key}`, [...orders], kept.get(key))]
  })
  const keyOf = Map.groupBy(snapshot.orderKeys, ({ orderId }) => orderId ?? '')
  const ofCycle = Map.groupBy(snapshot.orders, ({ cycle }) => cycle)
  const keyless = snapshot.orders.flatMap((order): Violation[] => {
    const keys = keyOf.get(order.id) ?? []
    const about = `order ${order.id}`
    if (order.cycle === null)
      return keys.length === 1
        ? []
        : [{ rule: 'an order without exactly one key', about, evidence: evidenceOf(order, ...keys) }]
    const same = ofCycle.get(order.cycle) ?? []
    return keys.length === 0 && same.length === 1
      ? []
      : [
          {
            rule: 'an order that is not the only one of its cycle',
            about,
            evidence: evidenceOf(...keys, ...same),
          },
        ]
  })
  return [...twice, ...keyless]
}
