import { evidenceOf, ONCE_PAID, type Rule, SUCCEEDED, sumOf, type Violation } from './violation.ts'

const MONEY: Readonly<Record<string, string>> = { given: 'succeeded', declined: 'declined' }

/**
 * What an order says it gave back a part for is a refund of its payment: the same amount, with the same end. A return that
 * was refunded has its part, one that was not has none; one that came back waits for its money only where the bank
 * declined to give it, or where all of the order went back otherwise.
 */
export const partsAreRefunds: Rule = ({ snapshot }) => {
  const refunds = new Map(snapshot.refunds.map((refund) => [refund.id, refund]))
  const parts = new Map(snapshot.partRefunds.map((part) => [part.id, part]))
  const owed = ({ kind, state }: (typeof snapshot.returns)[number]) =>
    kind === 'return' && state === 'received'
  const mayWait = new Set([
    ...snapshot.partRefunds.filter(({ state }) => state === 'declined').map(({ orderId }) => orderId),
    ...snapshot.orders.filter(({ state }) => state === 'refunded').map(({ id }) => id),
  ])
  const wrong = snapshot.partRefunds.flatMap((part): Violation[] => {
    const refund = refunds.get(part.id)
    const isSame = refund?.amount === part.amount && refund.state === MONEY[part.state]
    const evidence = evidenceOf(part, refund)
    return isSame
      ? []
      : [{ rule: 'a part given back is no such refund', about: `refund ${part.id}`, evidence }]
  })
  const returns = snapshot.returns.flatMap((request): Violation[] => {
    const part = parts.get(request.refundId ?? '')
    const isGiven = part?.state === 'given'
    const isSettled =
      request.state === 'refunded'
        ? isGiven
        : !isGiven && request.state !== 'refunding' && (!owed(request) || mayWait.has(request.orderId))
    const evidence = evidenceOf(request, part)
    return isSettled ? [] : [{ rule: 'a return without its money', about: `return ${request.id}`, evidence }]
  })
  return [...wrong, ...returns]
}

/** The bank was told of the same tax-free part for each charge and refund, and all that went back is all that was paid. */
export const taxesMatchBank: Rule = ({ snapshot }) => {
  const charges = new Map(snapshot.charges.map((row) => [row.partnerOrderId, row.taxFree ?? 0]))
  const given = new Map(snapshot.bankRefunds.map((row) => [row.aid, row.taxFree ?? 0]))
  const refundsOf = Map.groupBy(snapshot.refunds, ({ attemptId }) => attemptId)
  return snapshot.attempts
    .filter(({ state }) => SUCCEEDED.includes(state))
    .flatMap((attempt): Violation[] => {
      const own = (refundsOf.get(attempt.id) ?? []).filter(({ state }) => state === 'succeeded')
      const taxFree = attempt.taxFree ?? 0
      const back = sumOf(own, (refund) => refund.taxFree ?? 0)
      const isRight =
        (charges.get(attempt.id) ?? 0) === taxFree &&
        own.every((refund) => (given.get(refund.providerRefundId ?? '') ?? 0) === (refund.taxFree ?? 0)) &&
        (attempt.refunded === attempt.total ? back === taxFree : back <= taxFree)
      const evidence = evidenceOf(attempt, { bank: charges.get(attempt.id) }, ...own)
      return isRight
        ? []
        : [{ rule: 'other tax-free parts than at the bank', about: `payment ${attempt.id}`, evidence }]
    })
}

/** What is to come again and again began once, with the payment of its order; what was not paid did not. */
export const subscriptionsArePaidLines: Rule = ({ snapshot }) => {
  const named = ({ orderId, itemId }: { orderId: string; itemId: string }) =>
    `order ${orderId}, item ${itemId}`
  const orders = new Map(snapshot.orders.map((order) => [order.id, order]))
  const begun = Map.groupBy(snapshot.subscriptions, named)
  // The purchase began it; later deliveries of it are orders, too.
  const lines = snapshot.lines.filter(
    ({ orderId, recurring }) => recurring === true && orders.get(orderId)?.cycle === null,
  )
  const wrong = lines.flatMap((line): Violation[] => {
    const order = orders.get(line.orderId)
    const own = begun.get(named(line)) ?? []
    const isPaid = ONCE_PAID.includes(order?.state ?? '')
    const isRight = isPaid ? own.length === 1 && own[0]?.paidBy === order?.paidAttemptId : own.length === 0
    const evidence = evidenceOf(order, ...own)
    return isRight ? [] : [{ rule: 'a subscription is not what was paid', about: named(line), evidence }]
  })
  const known = new Set(lines.map(named))
  const strange = snapshot.subscriptions.filter((one) => !known.has(named(one)))
  return [
    ...wrong,
    ...strange.map((one) => ({
      rule: 'a subscription to what nobody ordered so',
      about: named(one),
      evidence: evidenceOf(one),
    })),
  ]
}

const CAME_TO_NOTHING: readonly string[] = ['cancelled', 'expired', 'refunded']

/** A coupon counts the orders that stand with it, within its budget, one for each customer, and their discounts. */
export const couponsAddUp: Rule = ({ snapshot }) => {
  const standing = snapshot.couponUses.filter(({ returned }) => !returned)
  const useOf = new Map(standing.map((use) => [use.orderId, use]))
  const counts = snapshot.coupons.flatMap((coupon): Violation[] => {
    const uses = standing.filter(({ couponId }) => couponId === coupon.id)
    const isRight =
      coupon.uses === uses.length &&
      coupon.uses <= (coupon.budget ?? coupon.uses) &&
      new Set(uses.map(({ customerId }) => customerId)).size === uses.length
    const evidence = evidenceOf(coupon, { standing: uses.length })
    return isRight ? [] : [{ rule: 'a coupon counts other uses', about: `coupon ${coupon.id}`, evidence }]
  })
  const orders = snapshot.orders.flatMap((order): Violation[] => {
    const use = useOf.get(order.id)
    const wanted = CAME_TO_NOTHING.includes(order.state) ? undefined : (order.coupon ?? undefined)
    const isRight =
      wanted === undefined
        ? use === undefined
        : use?.discount === wanted.discount && use.couponId === wanted.id
    const evidence = evidenceOf(order, use)
    return isRight ? [] : [{ rule: 'an order and its coupon disagree', about: `order ${order.id}`, evidence }]
  })
  return [...counts, ...orders]
}
