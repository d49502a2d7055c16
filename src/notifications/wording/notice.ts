import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'

/** What links sent to an account may be for. */
export const LINK_PURPOSES = ['verify_email', 'reset_password', 'know_browser'] as const

/** Providers people log in with. */
export const LOGIN_PROVIDERS = ['google', 'kakao', 'naver'] as const

/** Steps of a return or exchange that its customer is told of. */
export const RETURN_NEWS = ['requested', 'approved', 'refused', 'received', 'exchanged'] as const

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
const Period = Type.Object({ unit: Type.Enum(['days', 'months']), count: Type.Integer({ minimum: 1 }) })
/** A title nobody could say is null. */
const book = { bookId: Id, title: Type.Union([Type.String(), Type.Null()]) }
const hold = { holdId: Id, ...book }
const loan = { loanId: Id, ...book }
const Copies = Type.Integer({ minimum: 1 })

/** What of a subscription has become different, by its customer's wish or with their consent. */
const Update = Type.Union([
  Type.Object({ what: Type.Literal('quantity'), quantity: Type.Integer({ minimum: 1 }) }),
  Type.Object({ what: Type.Literal('period'), period: Period }),
  Type.Object({ what: Type.Literal('receiver') }),
  Type.Object({ what: Type.Literal('payment_method') }),
  Type.Object({ what: Type.Literal('price'), unitPrice: Money }),
  /** A price that was proposed will not come. */
  Type.Object({ what: Type.Literal('price_kept'), unitPrice: Money }),
  Type.Object({ what: Type.Enum(['skipped', 'unskipped']), cycleNo: Type.Integer({ minimum: 1 }), due: Day }),
  Type.Object({ what: Type.Literal('paused'), from: Day, until: Type.Union([Day, Type.Null()]) }),
  Type.Object({ what: Type.Literal('resumed') }),
])
export type Update = Static<typeof Update>
const cycle = { ...subscription, cycleNo: Type.Integer({ minimum: 1 }), due: Day }

export const noticeSchemas = {
  payment_done: Type.Object({ ...order, total: Money, paidAt: Instant }),
  order_expired: Type.Object({ ...order, expiredAt: Instant }),
  order_shipped: Type.Object({
    ...order,
    carrier: Type.String(),
    trackingNumber: Type.String(),
    shippedAt: Instant,
    complete: Type.Boolean(),
  }),
  /** `counted`: nobody said that it arrived, so many days after it was sent. */
  order_delivered: Type.Object({
    ...order,
    deliveredAt: Instant,
    complete: Type.Boolean(),
    counted: Type.Optional(Type.Boolean()),
  }),
  refunded: Type.Object({ ...order, amount: Money, full: Type.Boolean(), refundedAt: Instant }),
  /** What the merchant says to something a customer sends back. `refusedFor`: only of a refusal. */
  return_news: Type.Object({
    ...order,
    returnKind: Type.Enum(['return', 'exchange']),
    news: Type.Enum(RETURN_NEWS),
    parcelFee: Money,
    refusedFor: Type.Union([Type.String(), Type.Null()]),
    parcel: Type.Union([Type.Object({ carrier: Type.String(), trackingNumber: Type.String() }), Type.Null()]),
    at: Instant,
  }),
  subscription_started: Type.Object({
    ...subscription,
    quantity: Type.Integer({ minimum: 1 }),
    unitPrice: Money,
    period: Period,
    /** The payment token got lost: without a new method the next charge cannot be made. */
    needsMethod: Type.Boolean(),
    /** Missing in what was kept before. */
    nextCharge: Type.Optional(Day),
  }),
  /** `chargeOn`: the day of the charge; later than `due` when it is told late, and missing in what was kept before. */
  charge_upcoming: Type.Object({ ...cycle, chargeOn: Type.Optional(Day), amount: Money }),
  /**
   * A delivery that is near and whose item is not sold at the moment: nothing is charged for it while that is so.
   * `chargeOn`: as of `charge_upcoming`.
   */
  delivery_in_doubt: Type.Object({
    ...cycle,
    chargeOn: Type.Optional(Day),
    ifNotSold: Type.Enum(['wait', 'end']),
  }),
  charged: Type.Object({
    ...cycle,
    amount: Money,
    orderNumber: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
  charge_failed: Type.Object({
    ...cycle,
    amount: Money,
    waitingFor: Type.Enum(['retry', 'new_method']),
    until: Instant,
  }),
  /** A delivery that does not come, not by the customer's wish; nothing was charged for it. */
  delivery_skipped: Type.Object({ ...cycle, reason: Type.Enum(['out_of_stock', 'not_sold', 'missed']) }),
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
    purpose: Type.Enum(LINK_PURPOSES),
    expiresAt: Instant,
  }),
  /** `from`: the first charge it holds for; null when there is none ahead, or it concerns no charge. */
  subscription_updated: Type.Object({
    ...subscription,
    update: Update,
    from: Type.Union([Day, Type.Null()]),
  }),
  hold_ready: Type.Object({ ...hold, until: Instant }),
  hold_expired: Type.Object(hold),
  hold_requeued: Type.Object(hold),
  loan_due_soon: Type.Object({ ...loan, copies: Copies, dueOn: Day }),
  loan_overdue: Type.Object({ ...loan, copies: Copies, dueOn: Day }),
  /** A receipt: `out` copies are still with the patron, `fee` is what this return cost. */
  loan_returned: Type.Object({
    ...loan,
    returned: Copies,
    out: Type.Integer({ minimum: 0 }),
    lateDays: Type.Integer({ minimum: 0 }),
    fee: Money,
    returnedAt: Instant,
  }),
  loan_cancelled: Type.Object({ ...loan, reason: Type.Enum(['out_of_stock', 'timeout']) }),
  /** A payment method came to the account: its owner should know who did that. */
  method_added: Type.Object({ itemId: Type.Null(), methodId: Id, at: Instant }),
  /**
   * The merchant has answered. Neither what was asked nor what was answered: both may be private or carry links, and a
   * mail goes where nobody can take it back.
   */
  question_answered: Type.Object({ questionId: Id, itemId: Id, at: Instant }),
  /** Cut off at the provider, by its person. With `lastWayIn` a link for a new password comes in a letter of its own. */
  login_unlinked: Type.Object({
    itemId: Type.Null(),
    provider: Type.Enum(LOGIN_PROVIDERS),
    lastWayIn: Type.Boolean(),
    at: Instant,
  }),
} as const

export type NoticeKind = keyof typeof noticeSchemas
export type NoticeData = { [K in NoticeKind]: Static<(typeof noticeSchemas)[K]> }
export type Notice = { [K in NoticeKind]: { readonly kind: K; readonly data: NoticeData[K] } }[NoticeKind]

/** Every kind of message there is. */
export const noticeKinds: readonly NoticeKind[] = [
  'payment_done',
  'order_expired',
  'order_shipped',
  'order_delivered',
  'refunded',
  'return_news',
  'subscription_started',
  'charge_upcoming',
  'delivery_in_doubt',
  'charged',
  'charge_failed',
  'delivery_skipped',
  'subscription_cancelled',
  'price_change_proposed',
  'account_link',
  'subscription_updated',
  'hold_ready',
  'hold_expired',
  'hold_requeued',
  'loan_due_soon',
  'loan_overdue',
  'loan_returned',
  'loan_cancelled',
  'method_added',
  'question_answered',
  'login_unlinked',
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
  const notice = noticeIn(kind, data)
  if (notice === undefined) throw new Error(`stored notice of kind ${kind} does not match its schema`)
  return notice
}

/** A stored notice; undefined when this version cannot read it, as one of a newer version during an update. */
export function noticeIn(kind: string, data: unknown): Notice | undefined {
  const stored: unknown = { kind, data }
  return isNotice(stored) ? stored : undefined
}

/**
 * Whether a notice is for the address rather than for the customer: it goes there before anybody knows whose it is,
 * and so says nothing that the customer wrote.
 */
export function isForAddress({ kind }: Notice): boolean {
  return kind === 'account_link'
}

/** Whether telling it now would be wrong: a charge is announced only while it is ahead, a book while it can be fetched. */
export function isOutOfDate({ kind, data }: Notice, today: Temporal.PlainDate): boolean {
  if (kind === 'charge_upcoming' || kind === 'delivery_in_doubt')
    return Temporal.PlainDate.compare(data.chargeOn ?? data.due, today) < 0
  return kind === 'hold_ready' && Temporal.PlainDate.compare(businessDate(data.until), today) < 0
}

const businessDate = (instant: string) =>
  Temporal.Instant.from(instant).toZonedDateTimeISO('Asia/Seoul').toPlainDate()

/**
 * What the notice is about, by name: of an item its name is asked for, a book's title stands in the notice.
 * @param itemNameOf undefined when the item is not known any more
 */
export async function nameIn(
  { data }: Notice,
  itemNameOf: (itemId: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  if ('title' in data) return data.title ?? undefined
  return data.itemId === null ? undefined : itemNameOf(data.itemId)
}
