import Type, { type TProperties } from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Id, Instant, Money, orNull, Period, Quantity } from './values.ts'

/**
 * What subscriptions tell the rest of the shop. Subject = subscription id, subject version = the subscription row's
 * `version`. No names, addresses or tokens. This file imports no context, so that any of them may subscribe.
 */

const Day = Type.String({ description: 'YYYY-MM-DD, a business day of Seoul' })

/** The first charge a change holds for; null while none is ahead. */
const TakesEffect = orNull(Type.Object({ cycleNo: Type.Integer(), due: Day }))

/** Whose subscription for what: enough to tell the customer without asking anybody. */
const about = { subscriptionId: Id, customerId: Id, itemId: Id }
const cycle = { cycleNo: Type.Integer({ minimum: 1 }), due: Day }

function declare<P extends TProperties>(name: string, description: string, properties: P) {
  return defineEvent(
    `shop.subscription.${name}`,
    1,
    Type.Object({ ...about, ...properties }, { description }),
  )
}

export const subscriptionStarted = declare(
  'started',
  'The first payment arrived. `methodId` is null when its token was lost: the customer has to give a method.',
  {
    orderId: Id,
    methodId: orNull(Id),
    quantity: Quantity,
    unitPrice: Money,
    period: Period,
    anchor: Day,
  },
)

const Change = Type.Union([
  Type.Object({ what: Type.Literal('quantity'), quantity: Quantity }),
  Type.Object({ what: Type.Literal('period'), period: Period }),
  Type.Object({ what: Type.Literal('receiver') }),
  Type.Object({ what: Type.Literal('payment_method'), methodId: Id, previousMethodId: orNull(Id) }),
  Type.Object({ what: Type.Literal('price'), unitPrice: Money, previousUnitPrice: Money }),
])

export const subscriptionChanged = declare(
  'changed',
  'What was agreed was changed. `takesEffect`: the first charge the change holds for; null while none is ahead.',
  { change: Change, takesEffect: TakesEffect },
)

export const subscriptionPriceChangeProposed = declare(
  'price-change-proposed',
  'A dearer price waits for the consent of the customer.',
  { unitPrice: Money },
)
export const subscriptionPriceChangeWithdrawn = declare(
  'price-change-withdrawn',
  'The dearer price is asked for no more.',
  { unitPrice: Money },
)

export const subscriptionSkipped = declare('skipped', 'The customer leaves a delivery out.', cycle)
export const subscriptionUnskipped = declare('unskipped', 'The customer takes a delivery after all.', cycle)
export const subscriptionPaused = declare(
  'paused',
  'Nothing is delivered or charged for a while; `until` null: until the customer goes on.',
  { from: Day, until: orNull(Day) },
)
export const subscriptionResumed = declare(
  'resumed',
  'It goes on. `next`: the next charge; null while none is ahead.',
  { next: TakesEffect },
)

export const subscriptionCyclePaid = declare(
  'cycle-paid',
  'A delivery was paid. `amount` is what was charged; the goods are in the order.',
  { ...cycle, orderId: Id, amount: Money },
)
export const subscriptionCycleSkipped = declare(
  'cycle-skipped',
  'A delivery was left out. `reason`: customer, paused, missed, out_of_stock, not_sold (taken off sale, perhaps for good) or cancelled.',
  { ...cycle, reason: Type.String() },
)
export const subscriptionCycleFailed = declare(
  'cycle-failed',
  'A delivery came to nothing. `reason`: tries_used_up, no_new_method or cancelled.',
  {
    ...cycle,
    amount: Money,
    reason: Type.String(),
  },
)

export const subscriptionPastDue = declare(
  'past-due',
  'The charge was refused. `until`: when it is tried again, or until when a new method is awaited.',
  {
    ...cycle,
    amount: Money,
    waitingFor: Type.Union([Type.Literal('retry'), Type.Literal('new_method')]),
    until: Instant,
    tokenDead: Type.Boolean(),
  },
)
export const subscriptionRecovered = declare('recovered', 'A charge that had been refused was paid.', cycle)

export const subscriptionCancelled = declare(
  'cancelled',
  'It has ended. `reason`: customer_wish, account_withdrawn, item_discontinued, merchant_decision, order_refunded, tries_used_up, no_new_method.',
  {
    methodId: orNull(Id),
    reason: Type.String(),
    by: Type.Union([Type.Literal('customer'), Type.Literal('merchant'), Type.Literal('system')]),
    at: Instant,
  },
)

export const subscriptionChargeUpcoming = declare(
  'charge-upcoming',
  'A charge is a few days ahead. Told once, and again when its day or amount has changed since. `chargeOn`: the day it is made, later than `due` when it is told late; without it, `due`.',
  {
    ...cycle,
    chargeOn: Type.Optional(Day),
    amount: Money,
  },
)

export const subscriptionDeliveryInDoubt = declare(
  'delivery-in-doubt',
  'A charge would be a few days ahead, but its item is not sold: nothing is charged for it while that is so. `ifNotSold`, when it stays so: `wait` leaves the delivery out, `end` ends the subscription. Told once; when the item is sold again the charge is told as upcoming before it is made. `chargeOn`: the day it would be made, later than `due` when it was put off; without it, `due`.',
  {
    ...cycle,
    chargeOn: Type.Optional(Day),
    ifNotSold: Type.Union([Type.Literal('wait'), Type.Literal('end')]),
  },
)
