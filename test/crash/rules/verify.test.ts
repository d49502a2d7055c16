import { describe, expect, it } from 'vitest'
import { noteAdded, noteCartOrder, noteOrder, notePayment, nothingAcknowledged } from '../acknowledged.ts'
import type { Snapshot } from '../snapshot.ts'
import { RULES, verify } from './verify.ts'
import type { Situation } from './violation.ts'

/** Paid out of an account, with a cash receipt that follows what was given back, all of the second one. */
const soundReceipts = (): Pick<Snapshot, 'receipts' | 'bankReceipts'> => ({
  receipts: [
    { attemptId: 'p1', state: 'settled', standing: 11_000 },
    { attemptId: 'p2', state: 'settled', standing: 0 },
  ],
  bankReceipts: [
    { type: 'CONFIRM', partnerOrderId: 'p1', amount: 11_000 },
    { type: 'CONFIRM', partnerOrderId: 'p2', amount: 11_000 },
    { type: 'CANCEL', partnerOrderId: 'p2', amount: 11_000 },
  ],
})

/** Three orders as they should be after a run: one paid, one refunded, one cancelled. */
function soundSituation(): Situation {
  const acknowledged = nothingAcknowledged()
  const order = (id: string, state: string) => ({
    id,
    state,
    refundRequestedAt: null,
    amounts: { total: 11_000 },
  })
  const payment = (id: string, orderId: string, state: string, refunds: { id: string; state: string }[]) => ({
    id,
    orderId,
    state,
    refunds,
    redirectUrl: null,
  })
  acknowledged.accounts.add('a@crash.test')
  for (const n of [1, 2, 3]) noteOrder(acknowledged, order(`o${n}`, 'awaiting_payment'), `k${n}`)
  noteOrder(acknowledged, order('o1', 'paid'))
  noteOrder(acknowledged, order('o3', 'cancelled'))
  notePayment(acknowledged, payment('p1', 'o1', 'paid', []))
  notePayment(acknowledged, payment('p2', 'o2', 'refunded', [{ id: 'r2', state: 'refunded' }]))
  notePayment(acknowledged, payment('p3', 'o3', 'cancelled', []))
  for (const n of [1, 2, 3]) {
    noteAdded(acknowledged, `l${n}`, 2)
    noteCartOrder(acknowledged, `o${n}`, [{ id: `l${n}`, quantity: 2 }])
  }
  noteAdded(acknowledged, 'l2', 1)
  const told = (subject: string, type: string, version: number) => ({
    id: `${subject}-${version}`,
    type: `shop.order.${type}`,
    subject,
    version,
    delivered: true,
  })
  const booked = (transactionId: string, provider: string, amount: number) => [
    { transactionId, account: `receivable:${provider}`, amount },
    { transactionId, account: 'sales', amount: -(amount / 11) * 10 },
    { transactionId, account: 'vat', amount: -(amount / 11) },
  ]
  const coupon = { id: 'c1', discount: 500 }
  const snapshot: Snapshot = {
    charges: [
      {
        seq: 1,
        provider: 'toss',
        tid: 't1',
        partnerOrderId: 'p1',
        amount: 11_000,
        aid: 'a1',
        byTransfer: true,
      },
      {
        seq: 2,
        provider: 'toss',
        tid: 't2',
        partnerOrderId: 'p2',
        amount: 11_000,
        taxFree: 4_000,
        aid: 'a2',
        byTransfer: true,
      },
    ],
    bankRefunds: [
      {
        seq: 3,
        provider: 'toss',
        tid: 't2',
        partnerOrderId: 'p2',
        amount: 11_000,
        taxFree: 4_000,
        aid: 'a3',
      },
    ],
    orders: [
      { id: 'o1', state: 'paid', total: 11_000, version: 2, paidAttemptId: 'p1', cycle: null, coupon },
      { id: 'o2', state: 'refunded', total: 11_000, version: 3, paidAttemptId: 'p2', cycle: null },
      { id: 'o3', state: 'cancelled', total: 11_000, version: 2, paidAttemptId: null, cycle: null },
    ],
    lines: [1, 2, 3].map((n) => ({ orderId: `o${n}`, itemId: 'i1', quantity: 2, recurring: n !== 2 })),
    subscriptions: [{ orderId: 'o1', itemId: 'i1', paidBy: 'p1' }],
    attempts: [
      { id: 'p1', orderId: 'o1', provider: 'toss', state: 'succeeded', total: 11_000, refunded: 0 },
      {
        id: 'p2',
        orderId: 'o2',
        provider: 'toss',
        state: 'succeeded',
        total: 11_000,
        taxFree: 4_000,
        refunded: 11_000,
      },
      { id: 'p3', orderId: 'o3', provider: 'kakaopay', state: 'cancelled', total: 11_000, refunded: 0 },
    ],
    refunds: [
      {
        id: 'r2',
        attemptId: 'p2',
        amount: 11_000,
        taxFree: 4_000,
        state: 'succeeded',
        providerRefundId: 'a3',
      },
    ],
    partRefunds: [{ id: 'r2', orderId: 'o2', amount: 11_000, state: 'given' }],
    returns: [
      { id: 'b1', orderId: 'o2', kind: 'return', state: 'refunded', refundId: 'r2' },
      { id: 'b2', orderId: 'o1', kind: 'return', state: 'refused', refundId: null },
      { id: 'b3', orderId: 'o1', kind: 'exchange', state: 'received', refundId: null },
    ],
    ...soundReceipts(),
    coupons: [{ id: 'c1', budget: 1, uses: 1 }],
    couponUses: [
      { couponId: 'c1', orderId: 'o1', customerId: 'u1', discount: 500, returned: false },
      { couponId: 'c1', orderId: 'o2', customerId: 'u1', discount: 500, returned: true },
    ],
    cartLines: [
      { id: 'l2', email: 'a@crash.test', quantity: 1 },
      { id: 'l3', email: 'a@crash.test', quantity: 2 },
    ],
    orderedLines: [],
    ledger: [
      ...booked('p1', 'toss', 11_000),
      ...booked('p2', 'toss', 11_000),
      ...booked('r2', 'toss', -11_000),
    ],
    stock: [{ itemId: 'i1', onHand: 8, held: 0, sales: 2 }],
    holds: [],
    orderKeys: [1, 2, 3].map((n) => ({ key: `k${n}`, orderId: `o${n}` })),
    events: [
      told('o1', 'placed', 1),
      told('o1', 'paid', 2),
      told('o2', 'placed', 1),
      told('o2', 'paid', 2),
      told('o2', 'refunded', 3),
      told('o3', 'placed', 1),
      told('o3', 'cancelled', 2),
    ],
    inbox: ['o1-2', 'o2-2', 'o2-3'].map((eventId) => ({ subscriber: 'catalog.sales-count', eventId })),
    parked: [],
    deadCommands: [],
    accounts: ['a@crash.test'],
  }
  return { snapshot, acknowledged, initialStock: new Map([['i1', 10]]) }
}

const charge = { seq: 9, provider: 'toss', tid: 't9', amount: 11_000, aid: 'a9' }
const event = { id: 'e9', type: 'shop.order.paid', subject: 'o9', version: 1, delivered: true }

/** Ordered by billing, and given up: nobody sent a key for it. */
const cycleOrder = (id: string) => ({
  id,
  state: 'cancelled',
  total: 11_000,
  version: 1,
  paidAttemptId: null,
  cycle: 's1/2',
})

type Harm = (situation: Situation) => void

/** What could go wrong, and the rules that must see it. */
const HARMS: readonly [string, readonly (keyof typeof RULES)[], Harm][] = [
  [
    'a payment is charged twice',
    ['payments = charges of the bank', 'orders = money at the bank', 'ledger = bank'],
    ({ snapshot }) => snapshot.charges.push({ ...charge, partnerOrderId: 'p1' }),
  ],
  [
    'a cancelled payment is charged',
    ['payments = charges of the bank', 'orders = money at the bank'],
    ({ snapshot }) => snapshot.charges.push({ ...charge, partnerOrderId: 'p3' }),
  ],
  [
    'somebody is charged whom we do not know',
    ['payments = charges of the bank', 'ledger = bank'],
    ({ snapshot }) => snapshot.charges.push({ ...charge, partnerOrderId: 'p9' }),
  ],
  [
    'the charge of a paid order is missing at the bank',
    ['payments = charges of the bank', 'orders = money at the bank', 'ledger = bank'],
    ({ snapshot }) => snapshot.charges.shift(),
  ],
  [
    'a payment is charged with another amount',
    ['payments = charges of the bank'],
    ({ snapshot }) => snapshot.charges.splice(0, 1, { ...charge, partnerOrderId: 'p1', amount: 10_999 }),
  ],
  [
    'a payment is charged by the other provider',
    ['payments = charges of the bank', 'ledger = bank'],
    ({ snapshot }) => replace(snapshot.charges, 0, { provider: 'kakaopay' }),
  ],
  [
    'a payment is booked with the other provider',
    ['ledger = bank'],
    ({ snapshot }) => replace(snapshot.ledger, 0, { account: 'receivable:kakaopay' }),
  ],
  [
    'a second payment of a paid order succeeds and is refunded',
    ['no order charged twice'],
    ({ snapshot }) => {
      const late = {
        id: 'p9',
        orderId: 'o1',
        provider: 'toss',
        state: 'succeeded_late',
        total: 11_000,
        refunded: 11_000,
      }
      snapshot.attempts.push(late)
      snapshot.charges.push({ ...charge, partnerOrderId: 'p9' })
      snapshot.bankRefunds.push({ ...charge, partnerOrderId: 'p9', seq: 10 })
      const refund = { id: 'r9', attemptId: 'p9', amount: 11_000, state: 'succeeded' }
      snapshot.refunds.push({ ...refund, providerRefundId: 'a9' })
    },
  ],
  [
    'the bank refunds twice',
    ['refunds = refunds of the bank', 'orders = money at the bank', 'ledger = bank'],
    ({ snapshot }) => snapshot.bankRefunds.push({ ...charge, partnerOrderId: 'p2' }),
  ],
  [
    'a refund is recorded that the bank never made',
    ['refunds = refunds of the bank', 'orders = money at the bank'],
    ({ snapshot }) => snapshot.bankRefunds.pop(),
  ],
  [
    'a refund of the bank is not recorded',
    ['refunds = refunds of the bank', 'acknowledged refunds stand'],
    ({ snapshot }) => snapshot.refunds.pop(),
  ],
  [
    'a refund carries the number of another one',
    ['refunds = refunds of the bank'],
    ({ snapshot }) => replace(snapshot.refunds, 0, { providerRefundId: 'a8' }),
  ],
  [
    'the refunded sum of a payment is forgotten',
    ['refunds = refunds of the bank', 'acknowledged payments stand'],
    ({ snapshot }) => replace(snapshot.attempts, 1, { refunded: 0 }),
  ],
  [
    'a part of an order is given back with another amount',
    ['parts of orders = refunds of payments'],
    ({ snapshot }) => replace(snapshot.partRefunds, 0, { amount: 10_999 }),
  ],
  [
    'an order says that a part was kept which went back',
    ['parts of orders = refunds of payments'],
    ({ snapshot }) => replace(snapshot.partRefunds, 0, { state: 'declined' }),
  ],
  [
    'a return waits for its money for ever',
    ['parts of orders = refunds of payments'],
    ({ snapshot }) => replace(snapshot.returns, 0, { state: 'refunding' }),
  ],
  [
    'a return is refunded by nothing',
    ['parts of orders = refunds of payments'],
    ({ snapshot }) => replace(snapshot.returns, 0, { refundId: null }),
  ],
  [
    'a return that was refused is given back',
    ['parts of orders = refunds of payments'],
    ({ snapshot }) => replace(snapshot.returns, 0, { state: 'refused' }),
  ],
  [
    'a return came back and was never refunded',
    ['parts of orders = refunds of payments'],
    ({ snapshot }) => replace(snapshot.returns, 1, { state: 'received' }),
  ],
  [
    'a payment has two cash receipts',
    ['cash receipts = those of the bank'],
    ({ snapshot }) =>
      snapshot.bankReceipts.push(
        { type: 'CANCEL', partnerOrderId: 'p1', amount: 11_000 },
        { type: 'CONFIRM', partnerOrderId: 'p1', amount: 11_000 },
      ),
  ],
  [
    'a cash receipt does not follow a refund',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => {
      snapshot.bankReceipts.pop()
      replace(snapshot.receipts, 1, { standing: 11_000 })
    },
  ],
  [
    'a part of a cash receipt is taken back twice',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => snapshot.bankReceipts.push({ type: 'CANCEL', partnerOrderId: 'p1', amount: 1_000 }),
  ],
  [
    'a cash receipt was never issued',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => snapshot.bankReceipts.shift(),
  ],
  [
    'a cash receipt waits for a person',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => replace(snapshot.receipts, 0, { state: 'refused' }),
  ],
  [
    'a transfer is taken for a card',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => {
      replace(snapshot.receipts, 0, { state: 'not_due', standing: 0 })
      snapshot.bankReceipts.shift()
    },
  ],
  [
    'a card has a cash receipt',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => replace(snapshot.charges, 0, { byTransfer: false }),
  ],
  [
    'a large transfer has none',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => {
      replace(snapshot.attempts, 0, { total: 100_000 })
      snapshot.receipts.shift()
      snapshot.bankReceipts.shift()
    },
  ],
  [
    'a payment that came too late keeps its cash receipt',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => replace(snapshot.attempts, 0, { state: 'succeeded_late' }),
  ],
  [
    'somebody has a cash receipt whom we do not know',
    ['cash receipts = those of the bank'],
    ({ snapshot }) => snapshot.bankReceipts.push({ type: 'CONFIRM', partnerOrderId: 'p9', amount: 1 }),
  ],
  [
    'the bank was told of another tax-free part',
    ['tax-free parts = those of the bank'],
    ({ snapshot }) => replace(snapshot.charges, 1, { taxFree: 3_999 }),
  ],
  [
    'the bank gave back another tax-free part',
    ['tax-free parts = those of the bank'],
    ({ snapshot }) => replace(snapshot.bankRefunds, 0, { taxFree: 0 }),
  ],
  [
    'not all that was tax-free went back',
    ['tax-free parts = those of the bank'],
    ({ snapshot }) => {
      replace(snapshot.refunds, 0, { taxFree: 3_000 })
      replace(snapshot.bankRefunds, 0, { taxFree: 3_000 })
    },
  ],
  [
    'a use of a coupon is not counted',
    ['coupons = orders that stand with them'],
    ({ snapshot }) => replace(snapshot.coupons, 0, { uses: 0 }),
  ],
  [
    'a coupon is used beyond its budget, and twice by one customer',
    ['coupons = orders that stand with them'],
    ({ snapshot }) => {
      replace(snapshot.couponUses, 1, { returned: false })
      replace(snapshot.coupons, 0, { uses: 2 })
    },
  ],
  [
    'an order that came to nothing keeps its coupon',
    ['coupons = orders that stand with them'],
    ({ snapshot }) => replace(snapshot.couponUses, 0, { orderId: 'o3' }),
  ],
  [
    'a coupon took off another amount than its order says',
    ['coupons = orders that stand with them'],
    ({ snapshot }) => replace(snapshot.couponUses, 0, { discount: 499 }),
  ],
  [
    'a subscription does not begin',
    ['subscriptions = recurring lines that were paid'],
    ({ snapshot }) => snapshot.subscriptions.pop(),
  ],
  [
    'a subscription begins twice',
    ['subscriptions = recurring lines that were paid'],
    ({ snapshot }) => snapshot.subscriptions.push({ orderId: 'o1', itemId: 'i1', paidBy: 'p1' }),
  ],
  [
    'a subscription begins with another payment',
    ['subscriptions = recurring lines that were paid'],
    ({ snapshot }) => replace(snapshot.subscriptions, 0, { paidBy: 'p2' }),
  ],
  [
    'a subscription begins that was not paid',
    ['subscriptions = recurring lines that were paid'],
    ({ snapshot }) => snapshot.subscriptions.push({ orderId: 'o3', itemId: 'i1', paidBy: 'p3' }),
  ],
  [
    'what was bought once is to come again',
    ['subscriptions = recurring lines that were paid'],
    ({ snapshot }) => snapshot.subscriptions.push({ orderId: 'o2', itemId: 'i1', paidBy: 'p2' }),
  ],
  [
    'pieces that were paid stay in the cart',
    ['carts = put in − paid'],
    ({ snapshot }) => snapshot.cartLines.push({ id: 'l1', email: 'a@crash.test', quantity: 2 }),
  ],
  [
    'pieces that were not paid leave the cart',
    ['carts = put in − paid'],
    ({ snapshot }) => snapshot.cartLines.pop(),
  ],
  [
    'pieces that were put in after the order leave with it',
    ['carts = put in − paid'],
    ({ snapshot }) => snapshot.cartLines.shift(),
  ],
  [
    'pieces are put in twice',
    ['carts = put in − paid'],
    ({ snapshot }) => replace(snapshot.cartLines, 1, { quantity: 4 }),
  ],
  [
    'a line of a cart comes from nowhere',
    ['carts = put in − paid'],
    ({ snapshot }) => snapshot.cartLines.push({ id: 'l9', email: 'a@crash.test', quantity: 1 }),
  ],
  [
    'an order has other pieces than the lines of its cart',
    ['orders of carts = their lines'],
    ({ snapshot }) => replace(snapshot.lines, 0, { quantity: 3 }),
  ],
  [
    'an order from a cart lacks a line',
    ['orders of carts = their lines'],
    ({ acknowledged }) =>
      noteCartOrder(acknowledged, 'o1', [
        { id: 'l1', quantity: 2 },
        { id: 'l4', quantity: 1 },
      ]),
  ],
  [
    'a cart waits for an order that is over',
    ['orders of carts = their lines'],
    ({ snapshot }) => snapshot.orderedLines.push({ orderId: 'o3', lineId: 'l3', quantity: 2 }),
  ],
  [
    'an order is paid without a payment',
    ['orders = money at the bank'],
    ({ snapshot }) => replace(snapshot.orders, 2, { state: 'paid' }),
  ],
  [
    'a paid order names another payment',
    ['orders = money at the bank'],
    ({ snapshot }) => replace(snapshot.orders, 0, { paidAttemptId: 'p3' }),
  ],
  [
    'a paid order expires',
    ['orders = money at the bank', 'acknowledged orders stand'],
    ({ snapshot }) => replace(snapshot.orders, 0, { state: 'expired' }),
  ],
  [
    'a ledger transaction does not balance',
    ['ledger = bank'],
    ({ snapshot }) => replace(snapshot.ledger, 1, { amount: -9_999 }),
  ],
  ['a payment was never booked', ['ledger = bank'], ({ snapshot }) => snapshot.ledger.splice(0, 3)],
  [
    'stock stays held',
    ['held = what waiting orders want'],
    ({ snapshot }) => snapshot.holds.push({ orderId: 'o3', itemId: 'i1', quantity: 2 }),
  ],
  [
    'pieces are held for nobody',
    ['held = what waiting orders want'],
    ({ snapshot }) => replace(snapshot.stock, 0, { held: 1 }),
  ],
  [
    'an order waits without its stock',
    ['held = what waiting orders want'],
    ({ snapshot }) => replace(snapshot.orders, 2, { state: 'awaiting_payment' }),
  ],
  [
    'a refunded piece does not come back',
    ['stock = initial − sold'],
    ({ snapshot }) => replace(snapshot.stock, 0, { onHand: 6 }),
  ],
  [
    'a sale is counted twice',
    ['sales counts exact'],
    ({ snapshot }) => replace(snapshot.stock, 0, { sales: 4 }),
  ],
  [
    'an event is not delivered',
    ['every event delivered, none parked'],
    ({ snapshot }) => replace(snapshot.events, 0, { delivered: false }),
  ],
  [
    'an event is parked',
    ['every event delivered, none parked'],
    ({ snapshot }) =>
      snapshot.parked.push({ subscriber: 's', eventId: 'o1-1', state: 'dead', reason: 'unreadable' }),
  ],
  [
    'a command is dead',
    ['every event delivered, none parked'],
    ({ snapshot }) => snapshot.deadCommands.push({ name: 'dead_letter', data: {} }),
  ],
  [
    'an event was never written',
    ['every order told all its events'],
    ({ snapshot }) => snapshot.events.splice(1, 1),
  ],
  [
    'an event is skipped by a subscriber',
    ['every subscriber saw every event'],
    ({ snapshot }) => snapshot.inbox.shift(),
  ],
  [
    'an event for nobody is in the inbox of nobody',
    ['every subscriber saw every event'],
    ({ snapshot }) => snapshot.events.push(event),
  ],
  [
    'an acknowledged order is gone',
    ['acknowledged orders stand', 'one key, one order'],
    ({ snapshot }) => {
      snapshot.orders.pop()
      snapshot.orderKeys.pop()
    },
  ],
  [
    'a cancelled order comes back to life',
    ['acknowledged orders stand'],
    ({ snapshot }) => replace(snapshot.orders, 2, { state: 'awaiting_payment' }),
  ],
  [
    'a refund was promised and never requested',
    ['acknowledged orders stand'],
    ({ acknowledged }) => acknowledged.orders.set('o1', { states: new Set(), refundRequested: true }),
  ],
  [
    'an acknowledged payment is gone',
    ['acknowledged payments stand'],
    ({ snapshot }) => snapshot.attempts.pop(),
  ],
  [
    'a payment shown as paid is declined later',
    ['acknowledged payments stand', 'payments = charges of the bank'],
    ({ snapshot }) => replace(snapshot.attempts, 0, { state: 'declined' }),
  ],
  [
    'a refund shown as done is declined later',
    ['acknowledged refunds stand'],
    ({ snapshot }) => replace(snapshot.refunds, 0, { state: 'declined' }),
  ],
  ['an account is gone', ['acknowledged accounts stand'], ({ snapshot }) => snapshot.accounts.pop()],
  [
    'a key answered with two orders',
    ['one key, one order'],
    ({ acknowledged }) => acknowledged.keys.get('k1')?.add('o2'),
  ],
  ['a key is forgotten', ['one key, one order'], ({ snapshot }) => snapshot.orderKeys.shift()],
  [
    'a cycle is ordered twice',
    ['one key, one order'],
    ({ snapshot }) => snapshot.orders.push(cycleOrder('o8'), cycleOrder('o9')),
  ],
  [
    'somebody sent a key for the order of a cycle',
    ['one key, one order'],
    ({ snapshot }) => {
      snapshot.orders.push(cycleOrder('o8'))
      snapshot.orderKeys.push({ key: 'k8', orderId: 'o8' })
    },
  ],
]

function replace<T extends object>(rows: T[], at: number, change: Partial<T>): void {
  const row = rows[at]
  if (row === undefined) throw new Error(`there is no row ${at}`)
  rows[at] = { ...row, ...change }
}

const brokenRules = (situation: Situation) =>
  [...verify(situation)].flatMap(([name, broken]) => (broken.length > 0 ? [name] : []))

describe('verify', () => {
  it('finds nothing when everything fits together', () => {
    expect(brokenRules(soundSituation())).toEqual([])
  })

  it('takes an order of billing for one without a key', () => {
    const situation = soundSituation()
    situation.snapshot.orders.push(cycleOrder('o8'))
    situation.snapshot.events.push({ ...event, id: 'o8-1', type: 'shop.order.placed', subject: 'o8' })
    expect(brokenRules(situation)).toEqual([])
  })

  it('takes a return that the bank declines to refund, and one of an order that went back as a whole', () => {
    const situation = soundSituation()
    replace(situation.snapshot.returns, 1, { orderId: 'o2', state: 'received' })
    expect(brokenRules(situation)).toEqual([])
    const { snapshot } = soundSituation()
    replace(snapshot.returns, 1, { state: 'received' })
    snapshot.refunds.push({
      id: 'r1',
      attemptId: 'p1',
      amount: 5_000,
      state: 'declined',
      providerRefundId: null,
    })
    snapshot.partRefunds.push({ id: 'r1', orderId: 'o1', amount: 5_000, state: 'declined' })
    expect(brokenRules({ ...situation, snapshot })).toEqual([])
  })

  it('takes a cash receipt that a person gave up for what is written down of it', () => {
    const situation = soundSituation()
    replace(situation.snapshot.receipts, 0, { state: 'given_up', standing: 0 })
    situation.snapshot.bankReceipts.shift()
    expect(brokenRules(situation)).toEqual([])
  })

  it.each(HARMS)('sees that %s', (_what, rules, harm) => {
    const situation = soundSituation()
    harm(situation)
    expect(brokenRules(situation)).toEqual(expect.arrayContaining([...rules]))
  })

  it('has a harm for every rule', () => {
    const tested = new Set(HARMS.flatMap(([, rules]) => rules))
    expect(Object.keys(RULES).filter((rule) => !tested.has(rule))).toEqual([])
  })

  it('names the rows that prove a violation', () => {
    const situation = soundSituation()
    situation.snapshot.charges.push({ ...charge, partnerOrderId: 'p1' })
    expect(verify(situation).get('payments = charges of the bank')).toEqual([
      {
        rule: 'money taken twice',
        about: 'payment p1 of order o1',
        evidence: expect.stringContaining('"tid":"t9"'),
      },
    ])
  })
})
