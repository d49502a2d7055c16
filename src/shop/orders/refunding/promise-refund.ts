import type { Tx } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentPort } from '../payment-port.ts'
import { arrivedPieces, asFarAsItsLines, sentPieces, unsentPieces } from '../rules/delivery.ts'
import { type RefundSplit, withPart } from '../rules/give-back.ts'
import { type Order, refundableOrder } from '../rules/order.ts'
import { taxFreeIn } from '../rules/tax.ts'
import { saveLines, saveOrder } from '../store/order-store.ts'
import { insertRefund, type OrderRefund, type RefundPart, refundsOfOrder } from '../store/refund-store.ts'

export interface PromiseRefund {
  split: RefundSplit
  cause: OrderRefund['cause']
  reason: string
  requestedBy: string
  /** Whether its pieces go back to stock with the money. */
  restock: boolean
  /** Its pieces are not to be sent any more. */
  cancel: boolean
  /** Two people who work here have decided it, so the limit of what one may give back does not hold. */
  byTwo: boolean
  /** Its pieces had arrived and came back. They stay returned, whatever becomes of the money. */
  returned: boolean
}

/**
 * Asks payments for the money and keeps what it is for, in the caller's transaction with the order locked and read
 * behind its lock. From now on the pieces are not sent and nothing of it can be promised again; should the money not
 * move after all, all of that is taken back.
 * Refusals: order_not_refundable, order_refund_requested, order_line_not_cancellable, order_line_not_returnable,
 * refund_exceeds_line (the pieces are in a request that waits) and order_line_not_restockable (`facts.lineNo`), and those
 * of payments.
 */
export async function promiseRefund(
  { payments }: { payments: Pick<PaymentPort, 'refundOrder'> },
  tx: Tx,
  order: Order,
  { split, cancel, returned, byTwo, ...why }: PromiseRefund,
  at: Temporal.Instant,
): Promise<
  | { kind: 'promised'; order: Order; refundId: string }
  | Refused<
      | 'order_not_refundable'
      | 'order_refund_requested'
      | 'order_line_not_cancellable'
      | 'order_line_not_returnable'
      | 'order_line_not_restockable'
      | 'refund_exceeds_line'
      | 'refund_exceeds_payment'
      | 'payment_not_refundable'
      | 'refund_in_progress'
      | 'refund_beyond_one_person'
    >
> {
  const paid = refundableOrder(order)
  if ('kind' in paid) return paid
  if (paid.refundRequestedAt !== null) return refused('order_refund_requested')
  const parts = split.parts.map((part) => ({ ...part, cancelled: cancel ? part.pieces : 0 }))
  const tooMany = parts.find(({ lineNo, cancelled }) => {
    const line = paid.lines.find((one) => one.lineNo === lineNo)
    return line === undefined || cancelled > unsentPieces(line)
  })
  if (tooMany) return refused('order_line_not_cancellable', { facts: { lineNo: tooMany.lineNo } })
  const notThere = returned
    ? split.parts.find(({ lineNo, pieces }) => {
        const line = paid.lines.find((one) => one.lineNo === lineNo)
        return (
          line === undefined || pieces > arrivedPieces(line) - line.delivery.returned - line.delivery.claimed
        )
      })
    : undefined
  if (notThere) return refused('order_line_not_returnable', { facts: { lineNo: notThere.lineNo } })
  // What a request holds is paid back, or exchanged, by that request alone. Its own refund has let its pieces go before.
  const claimed = split.parts.find(({ lineNo, pieces }) => {
    const line = paid.lines.find((one) => one.lineNo === lineNo)
    return (
      line === undefined ||
      (pieces > 0 && line.refund.pieces + pieces + line.delivery.claimed > line.quantity)
    )
  })
  if (claimed) return refused('refund_exceeds_line', { facts: { lineNo: claimed.lineNo } })
  const inUse = why.restock ? await notRestockable(tx, paid, parts) : undefined
  if (inUse) return refused('order_line_not_restockable', { facts: { lineNo: inUse.lineNo } })
  const { reason, requestedBy } = why
  const byOperator = why.cause !== 'cancelled' && !byTwo
  const { amount } = split
  const requested = await payments.refundOrder(tx, {
    orderId: paid.id,
    part: { amount, taxFree: taxFreeIn(paid.lines, parts) },
    reason,
    requestedBy,
    byOperator,
  })
  if (requested.kind === 'refused') return requested
  const lines = paid.lines.map((line) => {
    const part = parts.find(({ lineNo }) => lineNo === line.lineNo)
    if (!part) return line
    const { delivery } = line
    const cancelled = delivery.cancelled + part.cancelled
    const back = delivery.returned + (returned ? part.pieces : 0)
    return { ...withPart(line, part, 1), delivery: { ...delivery, cancelled, returned: back } }
  })
  const promised = asFarAsItsLines(paid, lines)
  await saveOrder(tx, order, promised)
  await saveLines(tx, paid.id, lines)
  await insertRefund(tx, {
    ...why,
    id: requested.refundId,
    orderId: paid.id,
    amount,
    state: 'requested',
    requestedAt: at,
    endedAt: null,
    parts,
  })
  return { kind: 'promised', order: promised, refundId: requested.refundId }
}

/**
 * A part whose pieces cannot go back on the shelf: pieces in the house that are not cancelled are still to be sent, and
 * go back by themselves when nothing remains paid. Of those that left, no more come back than left.
 */
async function notRestockable(
  tx: Tx,
  order: Order,
  parts: readonly RefundPart[],
): Promise<RefundPart | undefined> {
  const before = (await refundsOfOrder(tx, order.id))
    .filter(({ restock, state }) => restock && state !== 'declined')
    .flatMap((refund) => refund.parts)
  const fromOutside = ({ pieces, cancelled }: RefundPart) => pieces - cancelled
  return parts.find((part) => {
    const line = order.lines.find(({ lineNo }) => lineNo === part.lineNo)
    const restocked = before
      .filter(({ lineNo }) => lineNo === part.lineNo)
      .reduce((sum, one) => sum + fromOutside(one), 0)
    const more = fromOutside(part)
    return line === undefined || (more > 0 && restocked + more > sentPieces(line))
  })
}
