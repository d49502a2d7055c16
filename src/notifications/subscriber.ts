import type { Static } from 'typebox'
import { linkIssued, loginUnlinked } from '../contracts/account-events.ts'
import {
  orderDelivered,
  orderExpired,
  orderPaid,
  orderPlaced,
  orderRefunded,
  orderShipped,
} from '../contracts/order-events.ts'
import { paymentMethodRegistered } from '../contracts/payment-events.ts'
import { questionAnswered } from '../contracts/question-events.ts'
import { returnChanged } from '../contracts/return-events.ts'
import {
  subscriptionCancelled,
  subscriptionChanged,
  subscriptionChargeUpcoming,
  subscriptionCyclePaid,
  subscriptionCycleSkipped,
  subscriptionDeliveryInDoubt,
  subscriptionPastDue,
  subscriptionPaused,
  subscriptionPriceChangeProposed,
  subscriptionPriceChangeWithdrawn,
  subscriptionResumed,
  subscriptionSkipped,
  subscriptionStarted,
  subscriptionUnskipped,
} from '../contracts/subscription-events.ts'
import type { Tx } from '../platform/database/database.ts'
import { on, type Received, type Subscriber } from '../platform/events/subscriber.ts'
import { orderInWords, rememberOrder } from './known-orders.ts'
import { type QueueDeps, queueMessage } from './queue-message.ts'
import { LINK_PURPOSES, LOGIN_PROVIDERS, type Notice, RETURN_NEWS, type Update } from './wording/notice.ts'

/** Which events become messages, and what of them is told. Takes events only; nobody knows of it. */
export function notificationsSubscriber(deps: QueueDeps): Subscriber {
  const tell = (tx: Tx, event: Received<{ customerId: string }>, notice: Notice) =>
    queueMessage(deps, tx, { eventId: event.id, recipientId: event.data.customerId, notice })

  const tellUpdate = (
    tx: Tx,
    event: Received<{ customerId: string; subscriptionId: string; itemId: string }>,
    update: Update,
    from: string | null,
  ) => {
    const { subscriptionId, itemId } = event.data
    return tell(tx, event, { kind: 'subscription_updated', data: { subscriptionId, itemId, update, from } })
  }

  return {
    name: 'notifications',
    // Letters about what happened before anybody wrote letters would come years late.
    from: 'now',
    // Every effect only adds rows of its own: nobody waits for them.
    together: 20,
    handlers: [
      on(orderPlaced, (tx, { data }) => rememberOrder(tx, data)),
      on(orderPaid, async (tx, event) => {
        const { kind, orderId, total, paidAt, lines, paymentMethodId: methodId } = event.data
        // The payment of a cycle is told by its subscription, which knows more.
        if (kind === 'cycle') return
        const data = { ...(await orderInWords(tx, orderId, lines)), total, paidAt }
        await tell(tx, event, { kind: 'payment_done', data })
        // The purchase brought one.
        if (methodId !== null)
          await tell(tx, event, { kind: 'method_added', data: { itemId: null, methodId, at: paidAt } })
      }),
      on(orderExpired, async (tx, event) => {
        const { orderId, expiredAt } = event.data
        const data = { ...(await orderInWords(tx, orderId)), expiredAt }
        await tell(tx, event, { kind: 'order_expired', data })
      }),
      on(orderShipped, async (tx, event) => {
        const { orderId, carrier, trackingNumber, shippedAt, complete, lines } = event.data
        const data = {
          ...(await orderInWords(tx, orderId)),
          ...itemsOf(lines),
          carrier,
          trackingNumber,
          shippedAt,
          complete,
        }
        await tell(tx, event, { kind: 'order_shipped', data })
      }),
      on(orderDelivered, async (tx, event) => {
        const { orderId, deliveredAt, complete, lines, by } = event.data
        // Whoever said so knows.
        if (by === 'customer') return
        // Counted with what was sent long ago, which nothing had counted yet: no news any more.
        if (by === 'counted' && Temporal.Instant.compare(deliveredAt, event.time.subtract({ hours: 24 })) < 0)
          return
        const about = { ...(await orderInWords(tx, orderId)), ...itemsOf(lines) }
        const data = { ...about, deliveredAt, complete, counted: by === 'counted' }
        await tell(tx, event, { kind: 'order_delivered', data })
      }),
      on(orderRefunded, async (tx, event) => {
        const { orderId, amount, full, refundedAt, lines } = event.data
        const data = { ...(await orderInWords(tx, orderId, lines)), amount, full, refundedAt }
        await tell(tx, event, { kind: 'refunded', data })
      }),
      on(returnChanged, async (tx, event) => {
        const { orderId, kind, state, lines, parcelFee, reason, carrier, trackingNumber, at } = event.data
        // A return whose money is on its way has been received.
        const told = state === 'refunding' ? 'received' : state
        const news = RETURN_NEWS.find((known) => known === told)
        // Whoever cancelled knows; money that went back is told by the order.
        if (news === undefined) return
        await tell(tx, event, {
          kind: 'return_news',
          data: {
            ...(await orderInWords(tx, orderId)),
            ...itemsOf(lines),
            returnKind: kind,
            news,
            parcelFee,
            refusedFor: reason,
            parcel: carrier === null || trackingNumber === null ? null : { carrier, trackingNumber },
            at,
          },
        })
      }),
      on(questionAnswered, async (tx, event) => {
        const { askerId, questionId, itemId, answerNo } = event.data
        // A correction is read where the answer is; nobody is told twice.
        if (answerNo > 1) return
        const data = { questionId, itemId, at: event.time.toString() }
        const notice: Notice = { kind: 'question_answered', data }
        await queueMessage(deps, tx, { eventId: event.id, recipientId: askerId, notice })
      }),
      on(subscriptionStarted, (tx, event) => {
        const { subscriptionId, itemId, quantity, unitPrice, period, methodId, anchor } = event.data
        // One period after the first payment, on the last day of the month where that day does not exist.
        const next = Temporal.PlainDate.from(anchor).add({ [period.unit]: period.count })
        const data = {
          subscriptionId,
          itemId,
          quantity,
          unitPrice,
          period,
          needsMethod: methodId === null,
          nextCharge: next.toString(),
        }
        return tell(tx, event, { kind: 'subscription_started', data })
      }),
      on(subscriptionChargeUpcoming, (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, chargeOn = due, amount } = event.data
        return tell(tx, event, {
          kind: 'charge_upcoming',
          data: { subscriptionId, itemId, cycleNo, due, chargeOn, amount },
        })
      }),
      on(subscriptionDeliveryInDoubt, (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, chargeOn = due, ifNotSold } = event.data
        return tell(tx, event, {
          kind: 'delivery_in_doubt',
          data: { subscriptionId, itemId, cycleNo, due, chargeOn, ifNotSold },
        })
      }),
      on(subscriptionCyclePaid, async (tx, event) => {
        const { subscriptionId, itemId, cycleNo, due, amount, orderId } = event.data
        // The first cycle is the purchase that began it, and was told as such.
        if (cycleNo === 1) return
        const { orderNumber } = await orderInWords(tx, orderId)
        const data = { subscriptionId, itemId, cycleNo, due, amount, orderNumber }
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
        if (reason !== 'out_of_stock' && reason !== 'not_sold' && reason !== 'missed') return
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
      on(paymentMethodRegistered, (tx, event) =>
        tell(tx, event, {
          kind: 'method_added',
          data: { itemId: null, methodId: event.data.paymentMethodId, at: event.time.toString() },
        }),
      ),
      on(loginUnlinked, async (tx, event) => {
        const { accountId, lastWayIn, unlinkedAt } = event.data
        const provider = LOGIN_PROVIDERS.find((known) => known === event.data.provider)
        // A newer version knows more of them.
        if (provider === undefined) return
        await queueMessage(deps, tx, {
          eventId: event.id,
          recipientId: accountId,
          notice: { kind: 'login_unlinked', data: { itemId: null, provider, lastWayIn, at: unlinkedAt } },
        })
      }),
      on(linkIssued, async (tx, event) => {
        const { linkId, accountId, expiresAt } = event.data
        const purpose = LINK_PURPOSES.find((known) => known === event.data.purpose)
        // A newer version issues links for more.
        if (purpose === undefined) return
        await queueMessage(deps, tx, {
          eventId: event.id,
          recipientId: accountId,
          notice: { kind: 'account_link', data: { itemId: null, linkId, purpose, expiresAt } },
        })
      }),
      on(subscriptionPriceChangeWithdrawn, (tx, event) =>
        tellUpdate(tx, event, { what: 'price_kept', unitPrice: event.data.unitPrice }, null),
      ),
      on(subscriptionChanged, (tx, event) =>
        tellUpdate(tx, event, updateOf(event.data.change), event.data.takesEffect?.due ?? null),
      ),
      on(subscriptionSkipped, (tx, event) =>
        tellUpdate(tx, event, { what: 'skipped', cycleNo: event.data.cycleNo, due: event.data.due }, null),
      ),
      on(subscriptionUnskipped, (tx, event) =>
        tellUpdate(tx, event, { what: 'unskipped', cycleNo: event.data.cycleNo, due: event.data.due }, null),
      ),
      on(subscriptionPaused, (tx, event) =>
        tellUpdate(tx, event, { what: 'paused', from: event.data.from, until: event.data.until }, null),
      ),
      on(subscriptionResumed, (tx, event) =>
        tellUpdate(tx, event, { what: 'resumed' }, event.data.next?.due ?? null),
      ),
    ],
  }
}

/** What of an order is in a parcel. */
function itemsOf(lines: readonly { itemId: string }[]) {
  return { itemId: lines[0]?.itemId ?? null, otherItems: Math.max(0, lines.length - 1) }
}

type Change = Static<typeof subscriptionChanged.schema>['change']

/** What of a change its customer recognises. */
function updateOf(change: Change): Update {
  switch (change.what) {
    case 'quantity':
      return { what: change.what, quantity: change.quantity }
    case 'period':
      return { what: change.what, period: change.period }
    case 'price':
      return { what: change.what, unitPrice: change.unitPrice }
    case 'receiver':
    case 'payment_method':
      return { what: change.what }
  }
}
