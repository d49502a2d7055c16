import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'

/**
 * What there is to tell, without any words yet. Stored with the message as plain JSON: days as YYYY-MM-DD, instants
 * as RFC 3339, amounts in won.
 */

const Id = Type.String({ minLength: 1 })
const Instant = Type.String()
const Day = Type.String()
const Money = Type.Integer({ minimum: 0 })

/** An order as far as it is known here; an order placed before this context existed has only its id. */
const order = {
  orderId: Id,
  orderNumber: Type.Union([Type.String(), Type.Null()]),
  itemId: Type.Union([Id, Type.Null()]),
  otherItems: Type.Integer({ minimum: 0 }),
}
const subscription = { subscriptionId: Id, itemId: Id }
const cycle = { ...subscription, cycleNo: Type.Integer({ minimum: 1 }), due: Day }

export const noticeSchemas = {
  payment_done: Type.Object({ ...order, total: Money, paidAt: Instant }),
  order_expired: Type.Object({ ...order, expiredAt: Instant }),
  refunded: Type.Object({ ...order, amount: Money, full: Type.Boolean(), refundedAt: Instant }),
  subscription_started: Type.Object({
    ...subscription,
    quantity: Type.Integer({ minimum: 1 }),
    unitPrice: Money,
    period: Type.Object({ unit: Type.Enum(['days', 'months']), count: Type.Integer({ minimum: 1 }) }),
    /** The payment token got lost: without a new method the next charge cannot be made. */
    needsMethod: Type.Boolean(),
  }),
  charge_upcoming: Type.Object({ ...cycle, amount: Money }),
  charged: Type.Object({ ...cycle, amount: Money }),
  charge_failed: Type.Object({
    ...cycle,
    amount: Money,
    waitingFor: Type.Enum(['retry', 'new_method']),
    until: Instant,
  }),
  /** A delivery that does not come, not by the customer's wish; nothing was charged for it. */
  delivery_skipped: Type.Object({ ...cycle, reason: Type.Enum(['out_of_stock', 'missed']) }),
  subscription_cancelled: Type.Object({
    ...subscription,
    reason: Type.String(),
    by: Type.Enum(['customer', 'merchant', 'system']),
    at: Instant,
  }),
  price_change_proposed: Type.Object({ ...subscription, unitPrice: Money }),
  /** A link to the account's address. What it carries is asked for when the letter is written. */
  account_link: Type.Object({
    itemId: Type.Null(),
    linkId: Id,
    purpose: Type.Enum(['verify_email']),
    expiresAt: Instant,
  }),
} as const

export type NoticeKind = keyof typeof noticeSchemas
export type NoticeData = { [K in NoticeKind]: Static<(typeof noticeSchemas)[K]> }
export type Notice = { [K in NoticeKind]: { readonly kind: K; readonly data: NoticeData[K] } }[NoticeKind]

/** Every kind of message there is. */
export const noticeKinds: readonly NoticeKind[] = [
  'payment_done',
  'order_expired',
  'refunded',
  'subscription_started',
  'charge_upcoming',
  'charged',
  'charge_failed',
  'delivery_skipped',
  'subscription_cancelled',
  'price_change_proposed',
  'account_link',
]

const AnyNotice = Type.Union(
  noticeKinds.map((kind) => Type.Object({ kind: Type.Literal(kind), data: noticeSchemas[kind] })),
)
const validator = Compile(AnyNotice)

function isNotice(stored: unknown): stored is Notice {
  return validator.Check(stored)
}

/** A stored notice. Throws when the row is not what this version writes: a bug, or a row of a newer version. */
export function readNotice(kind: NoticeKind, data: unknown): Notice {
  const stored: unknown = { kind, data }
  if (!isNotice(stored)) throw new Error(`stored notice of kind ${kind} does not match its schema`)
  return stored
}

/**
 * Whether a notice is for the address rather than for the customer: it goes there before anybody knows whose it is,
 * and so says nothing that the customer wrote.
 */
export function isForAddress({ kind }: Notice): boolean {
  return kind === 'account_link'
}

/** Whether telling it now would be wrong: a charge is announced only while it is ahead. */
export function isOutOfDate({ kind, data }: Notice, today: Temporal.PlainDate): boolean {
  return kind === 'charge_upcoming' && Temporal.PlainDate.compare(data.due, today) < 0
}
