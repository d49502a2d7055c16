import { carrierName } from './carriers.ts'
import type { NoticeData, NoticeKind, Update } from './notice.ts'
import { amount, day, dayOf, moment, type Wording } from './wording.ts'

type Order = Pick<NoticeData['payment_done'], 'orderNumber' | 'otherItems'>
type Fact = readonly [string, string]

const won = (money: number) => amount(money, 'en')
const on = (date: string) => day(date, 'en')
const at = (instant: string) => moment(instant, 'en')
const by = (carrier: string) => carrierName(carrier, 'en')

const named = (item: string | undefined) => item ?? 'your subscription'
const book = (title: string | undefined) => title ?? 'your book'
const orderFacts = ({ orderNumber, otherItems }: Order, item: string | undefined): Fact[] => [
  ...(orderNumber === null ? [] : ([['Order', orderNumber]] as const)),
  ...(item === undefined
    ? []
    : ([['Items', otherItems === 0 ? item : `${item} and ${otherItems} more`]] as const)),
]
const itemsOf = ({ otherItems }: Pick<Order, 'otherItems'>, item: string | undefined) =>
  item === undefined ? '' : `: ${otherItems === 0 ? item : `${item} and ${otherItems} more`}`
const cycleFacts = (item: string | undefined, cycle: { cycleNo: number; due: string }): Fact[] => [
  ['Item', named(item)],
  ['Delivery', `No. ${cycle.cycleNo}`],
  ['Payment due', on(cycle.due)],
]

type ReturnKind = NoticeData['return_news']['returnKind']
type ReturnNews = NoticeData['return_news']['news']
const returnTitles: Readonly<Record<ReturnNews, (kind: ReturnKind) => string>> = {
  requested: (kind) => `We have your request for ${kind === 'return' ? 'a return' : 'an exchange'}`,
  approved: (kind) => `Your ${kind} was approved`,
  refused: (kind) => `Your ${kind} was not accepted`,
  received: (kind) => `The item of your ${kind} has arrived`,
  exchanged: () => 'Your replacement is on its way',
}
const returnSentences: Readonly<Record<ReturnNews, (kind: ReturnKind) => string>> = {
  requested: () => 'We will look at it and tell you. Until we receive the item you can cancel on My page.',
  approved: () => 'Please pack the item and send it to us. We will act as soon as it arrives.',
  refused: () => 'The reason is below. Please ask our customer service if anything is unclear.',
  received: (kind) =>
    kind === 'return'
      ? 'We have received what you sent back, and will tell you when the refund is complete.'
      : 'We have received what you sent back, and will send the replacement soon.',
  exchanged: () => 'You can follow it by the tracking number below.',
}

const cancelReasons: Readonly<Record<string, string>> = {
  customer_wish: 'You asked us to cancel it.',
  account_withdrawn: 'It ended with your account.',
  item_discontinued: 'The item is no longer sold.',
  merchant_decision: 'The merchant has ended it.',
  order_refunded: 'Its first order was refunded.',
  tries_used_up: 'We tried several times, but the payment was not approved.',
  no_new_method: 'No new payment method was registered in time.',
}

const notSent: {
  readonly [R in NoticeData['delivery_skipped']['reason']]: {
    title(item: string): string
    sentence(cycleNo: number): string
  }
} = {
  out_of_stock: {
    title: (item) => `Sold out: this delivery is left out (${item})`,
    sentence: (cycleNo) =>
      `Delivery no. ${cycleNo} could not be prepared because the item is out of stock at the moment.`,
  },
  not_sold: {
    title: (item) => `Not sold at the moment: this delivery is left out (${item})`,
    sentence: (cycleNo) =>
      `Delivery no. ${cycleNo} could not be prepared because the item was taken off sale. Your subscription goes on when it is sold again; you can cancel it on My page at any time.`,
  },
  missed: {
    title: (item) => `This delivery was left out (${item})`,
    sentence: (cycleNo) =>
      `We are sorry: delivery no. ${cycleNo} was not charged and sent in time, and is not made up for.`,
  },
}

const loginProviders = { google: 'Google', kakao: 'Kakao', naver: 'Naver' } as const

const links: {
  readonly [P in NoticeData['account_link']['purpose']]: Pick<Wording, 'title' | 'sentences'>
} = {
  verify_email: {
    title: 'Please confirm your e-mail address',
    sentences: [
      'An account was opened with this e-mail address. Open the link below and confirm, and you will get our mails about orders and payments here.',
      'If it was not you, please do nothing: then we write no more mails to this address.',
    ],
  },
  reset_password: {
    title: 'Set a new password',
    sentences: [
      'Somebody asked to set a new password for your account. Open the link below to do so; you will be logged out on all devices.',
      'If it was not you, there is nothing to do: your password stays as it is.',
    ],
  },
  know_browser: {
    title: 'Confirm the device you log in on',
    sentences: [
      'There were too many tries to log in, so that logins are held back for a while. Open the link below on the device you want to log in on, and you can do so right away.',
      'If it was not you, do not open it. Nobody can log in by the link alone.',
    ],
  },
}

/** Every kind of message in English. `item` is the name of its (first) item, if it is still known. */
export const english: {
  readonly [K in NoticeKind]: (data: NoticeData[K], item: string | undefined) => Wording
} = {
  payment_done: (data, item) => ({
    title: `Payment received${itemsOf(data, item)} (${won(data.total)})`,
    sentences: ['Thank you, your payment is complete. We will send your order as soon as it is ready.'],
    facts: [...orderFacts(data, item), ['Amount paid', won(data.total)], ['Paid at', at(data.paidAt)]],
  }),
  order_expired: (data, item) => ({
    title: `Your order was cancelled because it was not paid in time${itemsOf(data, item)}`,
    sentences: [
      'The order was not paid within the time limit and has been cancelled. Nothing was charged.',
      'If you still want the items, please order them again.',
    ],
    facts: [...orderFacts(data, item), ['Cancelled at', at(data.expiredAt)]],
  }),
  order_shipped: (data, item) => ({
    title: `Your order is on its way (${by(data.carrier)} ${data.trackingNumber})`,
    sentences: [
      data.complete
        ? 'We have sent what you ordered.'
        : 'We have sent a part of your order. The rest follows as soon as it is ready.',
    ],
    facts: [
      ...orderFacts(data, item),
      ['Carrier', by(data.carrier)],
      ['Tracking number', data.trackingNumber],
      ['Sent at', at(data.shippedAt)],
    ],
  }),
  order_delivered: (data, item) => ({
    title: data.counted ? 'Have you received your order?' : 'Your order has arrived',
    sentences: data.counted
      ? [
          data.complete
            ? 'It was sent some days ago and now counts as arrived. The time to send it back is counted from this day.'
            : 'A part of it was sent some days ago and now counts as arrived. The time to send it back is counted from the day on which the rest has arrived, too.',
          'If it comes later, please say “I have received it” on the page of the order on that day. If it does not come, please tell our customer service.',
        ]
      : [
          data.complete ? 'Everything you ordered has arrived.' : 'A part of your order has arrived.',
          'If you have not received it, please tell our customer service.',
        ],
    facts: [...orderFacts(data, item), ['Delivered on', dayOf(data.deliveredAt, 'en')]],
  }),
  refunded: (data, item) => ({
    title: `${data.full ? 'Refund complete' : 'Partial refund'}${itemsOf(data, item)} (${won(data.amount)})`,
    sentences: [
      'The money went back the way it was paid. It may take your card company some days to show it.',
    ],
    facts: [
      ...orderFacts(data, item),
      ['Amount refunded', won(data.amount)],
      ['Refunded at', at(data.refundedAt)],
    ],
  }),
  return_news: (data, item) => ({
    title: `${returnTitles[data.news](data.returnKind)}${itemsOf(data, item)}`,
    sentences: [returnSentences[data.news](data.returnKind)],
    facts: [
      ...orderFacts(data, item),
      ...(data.refusedFor === null ? [] : ([['Reason', data.refusedFor]] as const)),
      ...(data.parcelFee === 0 ? [] : ([['Parcel fee, paid by you', won(data.parcelFee)]] as const)),
      ...(data.parcel === null
        ? []
        : ([
            ['Carrier', by(data.parcel.carrier)],
            ['Tracking number', data.parcel.trackingNumber],
          ] as const)),
      ['At', at(data.at)],
    ],
  }),
  subscription_started: (data, item) => ({
    title: `Your subscription has started: ${named(item)}`,
    sentences: [
      'Recurring payment and delivery have started. We will tell you before each payment.',
      'You can skip a delivery, pause or cancel at any time on My page.',
      ...(data.needsMethod ? ['Please register a payment method on My page for the next payment.'] : []),
    ],
    facts: [
      ['Item', named(item)],
      ['Quantity', String(data.quantity)],
      ['Each payment', won(data.unitPrice * data.quantity)],
      ['Every', every(data.period)],
      ...(data.nextCharge === undefined ? [] : ([['Next payment', on(data.nextCharge)]] as const)),
    ],
  }),
  charge_upcoming: (data, item) => ({
    title: `Upcoming payment on ${on(data.chargeOn ?? data.due)} (${won(data.amount)})`,
    sentences: [
      'Your next recurring payment is near.',
      ...(data.chargeOn !== undefined && data.chargeOn !== data.due
        ? [
            `This notice comes later than promised, so the payment due on ${on(data.due)} is made on ${on(data.chargeOn)} instead.`,
          ]
        : []),
      'To skip or change this delivery, please do so on My page; it shows until when you can.',
    ],
    facts: [...cycleFacts(item, data), ['Amount', won(data.amount)]],
  }),
  delivery_in_doubt: (data, item) => ({
    title: `Not sold at the moment: delivery no. ${data.cycleNo} (${named(item)})`,
    sentences: [
      'The item of your next delivery is not sold at the moment. While that is so nothing is charged for it.',
      data.ifNotSold === 'wait'
        ? 'If it is still not sold on the day, this delivery is left out, and your subscription goes on when it is sold again.'
        : 'If it is still not sold on the day, your subscription ends.',
      'If it is sold again before, we tell you the day of the payment first.',
    ],
    facts: cycleFacts(item, { ...data, due: data.chargeOn ?? data.due }),
  }),
  charged: (data, item) => ({
    title: `Recurring payment complete: ${named(item)} (${won(data.amount)})`,
    sentences: [
      `Payment no. ${data.cycleNo} is complete. We will send your delivery as soon as it is ready.`,
    ],
    facts: [
      ...(data.orderNumber ? ([['Order', data.orderNumber]] as const) : []),
      ...cycleFacts(item, data),
      ['Amount paid', won(data.amount)],
    ],
  }),
  charge_failed: (data, item) =>
    data.waitingFor === 'retry'
      ? {
          title: `Your recurring payment was not approved: ${named(item)}`,
          sentences: [
            `Payment no. ${data.cycleNo} was not approved. We will try again on ${at(data.until)}.`,
            'Please check your balance or limit, or choose another payment method on My page.',
          ],
          facts: [...cycleFacts(item, data), ['Amount', won(data.amount)], ['Next try', at(data.until)]],
        }
      : {
          title: `A new payment method is needed: ${named(item)}`,
          sentences: [
            `Payment no. ${data.cycleNo} is not possible with your payment method. Please register a new one on My page.`,
            `Without one by ${at(data.until)}, the subscription will be cancelled.`,
          ],
          facts: [...cycleFacts(item, data), ['Amount', won(data.amount)], ['Needed by', at(data.until)]],
        },
  delivery_skipped: (data, item) => ({
    title: notSent[data.reason].title(named(item)),
    sentences: [
      notSent[data.reason].sentence(data.cycleNo),
      'Nothing was charged for it, and there is nothing you need to do.',
    ],
    facts: cycleFacts(item, data),
  }),
  subscription_cancelled: (data, item) => ({
    title: `Your subscription was cancelled: ${named(item)}`,
    sentences: [
      cancelReasons[data.reason] ?? 'The subscription has ended.',
      'Nothing will be charged for this subscription any more.',
    ],
    facts: [
      ['Item', named(item)],
      ['Cancelled at', at(data.at)],
    ],
  }),
  account_link: ({ purpose, expiresAt }) => ({
    ...links[purpose],
    facts: [['The link is good until', at(expiresAt)]],
  }),
  question_answered: (data, item) => ({
    title: `Your question was answered${item === undefined ? '' : `: ${item}`}`,
    sentences: [
      'The merchant has answered your question. You can read the answer on My page, under My questions.',
    ],
    facts: [...(item === undefined ? [] : ([['Item', item]] as const)), ['Answered at', at(data.at)]],
  }),
  method_added: (data) => ({
    title: 'A payment method was added to your account',
    sentences: [
      'A new payment method can be used for recurring payments of your account.',
      'If this was not you, remove it on My page, under Payment methods, and change your password.',
    ],
    facts: [['Added at', at(data.at)]],
  }),
  login_unlinked: (data) => ({
    title: `${loginProviders[data.provider]} is no way into your account any more`,
    sentences: [
      `The connection was cut at ${loginProviders[data.provider]}. You cannot log in that way any more, and are logged out on all devices. Your orders and subscriptions stay as they are.`,
      data.lastWayIn
        ? 'There is no other way to log in, so we send you a link for a new password in a mail of its own.'
        : 'You can go on with your other ways to log in.',
    ],
    facts: [['Cut at', at(data.at)]],
  }),
  price_change_proposed: (data, item) => ({
    title: `The price of your subscription is to change: ${named(item)}`,
    sentences: [
      `The price of one piece is to become ${won(data.unitPrice)}.`,
      'Until you agree on My page, you pay the price you have now.',
    ],
    facts: [
      ['Item', named(item)],
      ['New price of one piece', won(data.unitPrice)],
    ],
  }),
  subscription_updated: ({ update, from }, item) => ({
    title: `Your subscription was changed: ${named(item)}`,
    sentences: [
      ...updated(update),
      ...(update.what === 'price_kept'
        ? []
        : ['If it was not you, please look at My page and tell our customer service.']),
    ],
    facts: [
      ['Item', named(item)],
      ...(from === null ? [] : ([['First payment it holds for', on(from)]] as const)),
    ],
  }),
  hold_ready: (data, item) => ({
    title: `The book you wait for is ready: ${book(item)}`,
    sentences: [
      `It stands on the hold shelf until ${at(data.until)}. Please collect it by then.`,
      'After that it goes to the next person.',
    ],
    facts: [
      ['Book', book(item)],
      ['Kept until', at(data.until)],
    ],
  }),
  hold_expired: (_, item) => ({
    title: `Your hold has ended: ${book(item)}`,
    sentences: ['The book was not collected in time. If you still want it, please place a hold again.'],
    facts: [['Book', book(item)]],
  }),
  hold_requeued: (_, item) => ({
    title: `Please wait a little longer: ${book(item)}`,
    sentences: [
      'The copy we meant to keep for you could not be found. We are sorry.',
      'You keep your place in the queue, and hear from us as soon as another copy is ready.',
    ],
    facts: [['Book', book(item)]],
  }),
  loan_due_soon: (data, item) => ({
    title: `Due soon: ${book(item)}`,
    sentences: [
      'A book of yours is due soon. If you want to keep it longer, you can renew it under My library.',
    ],
    facts: [
      ['Book', book(item)],
      ['Copies to return', String(data.copies)],
      ['Due on', on(data.dueOn)],
    ],
  }),
  loan_overdue: (data, item) => ({
    title: `A book of yours is overdue: ${book(item)}`,
    sentences: ['Its due date has passed. Please return it soon, so that the late fee does not grow.'],
    facts: [
      ['Book', book(item)],
      ['Copies to return', String(data.copies)],
      ['Due on', on(data.dueOn)],
    ],
  }),
  loan_returned: (data, item) => ({
    title: `Returned: ${book(item)} (${data.returned})`,
    sentences: [
      data.out === 0 ? 'Everything you borrowed of it is back.' : `Still with you: ${data.out}.`,
      ...(data.lateDays === 0
        ? []
        : [`It was ${data.lateDays} days late; the late fee is ${won(data.fee)}.`]),
    ],
    facts: [
      ['Book', book(item)],
      ['Copies', String(data.returned)],
      ['Returned at', at(data.returnedAt)],
      ...(data.fee === 0 ? [] : ([['Late fee', won(data.fee)]] as const)),
    ],
  }),
  loan_cancelled: (data, item) => ({
    title: `Your loan did not come about: ${book(item)}`,
    sentences: [
      data.reason === 'out_of_stock'
        ? 'In the meantime no copy was left. Place a hold, and we will tell you when one comes back.'
        : 'We could not confirm it in time and have cancelled it. We are sorry; please borrow it again.',
    ],
    facts: [['Book', book(item)]],
  }),
}

const every = ({ unit, count }: { unit: 'days' | 'months'; count: number }) =>
  `${count} ${count === 1 ? unit.slice(0, -1) : unit}`

function updated(update: Update): string[] {
  switch (update.what) {
    case 'quantity':
      return [`The quantity is now ${update.quantity}.`]
    case 'period':
      return [`It now comes every ${every(update.period)}.`]
    case 'receiver':
      return ['The receiver was changed.']
    case 'payment_method':
      return ['The payment method was changed.']
    case 'price':
      return [`The price of one piece is now ${won(update.unitPrice)}.`]
    case 'price_kept':
      return [`The price change we told you of (${won(update.unitPrice)}) will not come. Your price stays.`]
    case 'skipped':
      return [`Delivery no. ${update.cycleNo}, due on ${on(update.due)}, is skipped.`]
    case 'unskipped':
      return [`Delivery no. ${update.cycleNo}, due on ${on(update.due)}, will come after all.`]
    case 'paused':
      return [
        update.until === null
          ? `It is paused from ${on(update.from)} until you resume it. Nothing is charged meanwhile.`
          : `It is paused from ${on(update.from)} until ${on(update.until)}.`,
      ]
    case 'resumed':
      return ['It goes on.']
  }
}
