/** What is told of one kind of aggregate: a topic of the broker. */
export interface Channel {
  title: string
  /** What the aggregate is, whose id is the key. */
  key: string
  /** The service that tells. */
  teller: string
  /** `source` of its events: the part of the service that tells. */
  source: string
}

/** Every kind of aggregate whose events are published, by the beginning of their types. */
const CHANNELS: Readonly<Record<string, Channel>> = {
  'identity.account.': { title: 'Accounts', key: 'account', teller: 'identity', source: '/identity' },
  'identity.link.': {
    title: 'One-time links in letters',
    key: 'link',
    teller: 'identity',
    source: '/identity',
  },
  'identity.session.': {
    title: 'Sessions of people who have logged in',
    key: 'session',
    teller: 'identity',
    source: '/identity',
  },
  'shop.catalog.': { title: 'Items of the shop', key: 'item', teller: 'shop', source: '/shop/catalog' },
  'shop.order.': {
    title: 'Orders: purchases, and deliveries of subscriptions',
    key: 'order',
    teller: 'shop',
    source: '/shop/orders',
  },
  'shop.payment.': {
    title: 'Payments',
    key: 'payment attempt; of books that differ the reconciliation of the day',
    teller: 'shop',
    source: '/shop/payments',
  },
  'shop.payment-method.': {
    title: 'Stored payment methods',
    key: 'payment method',
    teller: 'shop',
    source: '/shop/payments',
  },
  'shop.question.': {
    title: 'Questions about items; without their words',
    key: 'question',
    teller: 'shop',
    source: '/shop/questions',
  },
  'shop.return.': { title: 'Returns and exchanges', key: 'return', teller: 'shop', source: '/shop/orders' },
  'shop.review.': { title: 'Reviews of items', key: 'review', teller: 'shop', source: '/shop/reviews' },
  'shop.subscription.': {
    title: 'Recurring payment and delivery',
    key: 'subscription',
    teller: 'shop',
    source: '/shop/subscriptions',
  },
  'library.book.': { title: 'Titles of the library', key: 'title', teller: 'book', source: '/library/book' },
  'library.hold.': { title: 'The queue for titles', key: 'hold', teller: 'book', source: '/library/book' },
  'library.stock.': {
    title: 'What the catalogue answers to loans; its versions are counted apart from those of the loan',
    key: 'loan',
    teller: 'book',
    source: '/library/book',
  },
  'library.opening.': {
    title: 'When the library is open',
    key: 'the one calendar',
    teller: 'borrow',
    source: '/library/borrow',
  },
  'library.loan.': {
    title: 'Loans, each event with the whole loan as it has become',
    key: 'loan',
    teller: 'borrow',
    source: '/library/borrow',
  },
}

/** Who tells events like this one, and of what. @param type of an event whose kind of aggregate must be in the table @throws when it is not */
export function channelOf(type: string): Channel {
  const channel = CHANNELS[type.slice(0, type.lastIndexOf('.') + 1)]
  if (!channel) throw new Error(`channels.ts says nothing of events like ${type}`)
  return channel
}
