import { evidenceOf, ONCE_PAID, type Rule, sumOf, type Violation } from './violation.ts'

/**
 * What was paid has left the cart, and nothing else has: a line holds the pieces that were put in, less those of the
 * orders made of it that were paid, and is gone when none are left. Two orders of the same pieces may both be paid.
 */
export const cartsKeepWhatIsUnpaid: Rule = ({ snapshot, acknowledged }) => {
  const { accounts, added, cartOrders } = acknowledged
  const paid = new Set(snapshot.orders.filter(({ state }) => ONCE_PAID.includes(state)).map(({ id }) => id))
  const ordered = [...cartOrders].flatMap(([orderId, lines]) =>
    paid.has(orderId) ? lines.map((line) => ({ ...line, orderId })) : [],
  )
  const paidOf = Map.groupBy(ordered, ({ id }) => id)
  const kept = new Map(snapshot.cartLines.map((line) => [line.id, line]))
  const wrong = [...added].flatMap(([id, pieces]): Violation[] => {
    const orders = paidOf.get(id) ?? []
    const wanted = Math.max(0, pieces - sumOf(orders, ({ quantity }) => quantity))
    const line = kept.get(id)
    const evidence = evidenceOf({ added: pieces, kept: line?.quantity ?? 0 }, ...orders)
    return (line?.quantity ?? 0) === wanted
      ? []
      : [{ rule: 'a cart is not what was put in and not paid', about: `line ${id}`, evidence }]
  })
  const strange = snapshot.cartLines.filter(({ id, email }) => accounts.has(email) && !added.has(id))
  return [
    ...wrong,
    ...strange.map((line) => ({
      rule: 'a line of a cart that nobody put in',
      about: `line ${line.id}`,
      evidence: evidenceOf(line),
    })),
  ]
}

/** An order from a cart has the pieces of its lines; once it is over, the cart remembers nothing of it. */
export const cartOrdersAreTheirLines: Rule = ({ snapshot, acknowledged }) => {
  const linesOf = Map.groupBy(snapshot.lines, ({ orderId }) => orderId)
  const waiting = new Set(
    snapshot.orders.filter(({ state }) => state === 'awaiting_payment').map(({ id }) => id),
  )
  const other = [...acknowledged.cartOrders].flatMap(([orderId, lines]): Violation[] => {
    const own = linesOf.get(orderId) ?? []
    const quantities = (rows: readonly { quantity: number }[]) =>
      rows
        .map(({ quantity }) => quantity)
        .toSorted((a, b) => a - b)
        .join()
    return quantities(own) === quantities(lines)
      ? []
      : [
          {
            rule: 'an order is not the lines of its cart',
            about: `order ${orderId}`,
            evidence: evidenceOf(...lines, ...own),
          },
        ]
  })
  const forgotten = snapshot.orderedLines.filter(({ orderId }) => !waiting.has(orderId))
  return [
    ...other,
    ...forgotten.map((line) => ({
      rule: 'a cart waits for an order that is over',
      about: `order ${line.orderId}`,
      evidence: evidenceOf(line),
    })),
  ]
}
