import { orderExpired, orderPaid, orderPlaced, orderRefunded } from '../contracts/order-events.ts'
import {
  subscriptionCancelled,
  subscriptionChargeUpcoming,
  subscriptionCyclePaid,
  subscriptionCycleSkipped,
  subscriptionPastDue,
  subscriptionPriceChangeProposed,
  subscriptionStarted,
} from '../contracts/subscription-events.ts'
import { linkIssued } from '../identity/index.ts'
import type { Tx } from '../platform/database/database.ts'
import { on, type Received, type Subscriber } from '../platform/events/subscriber.ts'
import { orderInWords, rememberOrder } from './known-orders.ts'
import { type QueueDeps, queueMessage } from './queue-message.ts'
import type { Notice } from './wording/notice.ts'

/** Which events become messages, and what of them is told. Takes events only; nobody knows of it. */
export function notificationsSubscriber(deps: QueueDeps): Subscriber {
  const tell = (tx: Tx, event: Received<{ customerId: string }>, notice: Notice) =>
    queueMessage(deps, tx, { eventId: event.id, recipientId: event.data.customerId, notice })

  return {
    name: 'notifications',
    handlers: [
      on(orderPlaced, (tx, { data }) => rememberOrder(tx, data)),
      on(orderPaid, async (tx, event) => {
        const { kind, orderId, total, paidAt, lines } = event.data
        // The payment of a cycle is told by its subscription, which knows more.
        if (kind === 'cycle') return
        const data = { ...(await orderInWords(tx, orderId, lines)), total, paidAt }
        await tell(tx, event, { kind: 'payment_done', data })
      }),
      on(orderExpired, async (tx, event) => {
        const { orderId, expiredAt } = event.data
        const data = { ...(await orderInWords(tx, orderId)), expiredAt }
        await tell(tx, event, { kind: 'order_expired', data })
      }),
      on(orderRefunded, async (tx, event) => {
        const { orderId, amount, full, refundedAt, lines } = event.data
        const data = { ...(await orderInWords(tx, orderId, lines)), amount, full, refundedAt }
        await tell(tx, event, { kind: 'refunded', data })
      }),
      on(subscriptionStarted, (tx, event) => {
        const { subscriptionId, itemId, quantity, unitPrice, period, methodId } = event.data
        const data = { subscriptionId, itemId, quantity, unitPrice, period, needsMethod: methodId === null }
        return tell(tx, event, { kind: 'subscription_started', data })
      }),
      on(subscriptionChargeUpcoming, (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, amount } = event.data
        return tell(tx, event, {
          kind: 'charge_upcoming',
          data: { subscriptionId, itemId, cycleNo, due, amount },
        })
      }),
      on(subscriptionCyclePaid, async (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, amount } = event.data
        // The first cycle is the purchase that began it, and was told as such.
        if (cycleNo === 1) return
        const data = { subscriptionId, itemId, cycleNo, due, amount }
        await tell(tx, event, { kind: 'charged', data })
      }),
      on(subscriptionPastDue, (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, amount, waitingFor, until } = event.data
        const data = { subscriptionId, itemId, cycleNo, due, amount, waitingFor, until }
        return tell(tx, event, { kind: 'charge_failed', data })
      }),
      on(subscriptionCycleSkipped, async (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, reason } = event.data
        // Whoever skipped, paused or cancelled knows.
        if (reason !== 'out_of_stock' && reason !== 'missed') return
        await tell(tx, event, {
          kind: 'delivery_skipped',
          data: { subscriptionId, itemId, cycleNo, due, reason },
        })
      }),
      on(subscriptionCancelled, (tx, event) => {
        const { subscriptionId, itemId, reason, by, at } = event.data
        return tell(tx, event, {
          kind: 'subscription_cancelled',
          data: { subscriptionId, itemId, reason, by, at },
        })
      }),
      on(subscriptionPriceChangeProposed, (tx, event) => {
        const { subscriptionId, itemId, unitPrice } = event.data
        return tell(tx, event, {
          kind: 'price_change_proposed',
          data: { subscriptionId, itemId, unitPrice },
        })
      }),
      on(linkIssued, async (tx, event) => {
        const { linkId, accountId, purpose, expiresAt } = event.data
        // A newer version issues links for more.
        if (purpose !== 'verify_email') return
        await queueMessage(deps, tx, {
          eventId: event.id,
          recipientId: accountId,
          notice: { kind: 'account_link', data: { itemId: null, linkId, purpose, expiresAt } },
        })
      }),
    ],
  }
}
