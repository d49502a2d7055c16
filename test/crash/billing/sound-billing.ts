import { won } from '../../../src/platform/money.ts'
import type { BankRow } from '../snapshot.ts'
import { BILLING_FAULTS } from './faults.ts'
import type { BillingSituation } from './snapshot.ts'
import type { Storm } from './storm.ts'

/** Subscriptions of the made-up run: enough that every fault must strike. */
export const CYCLES = 1_000
/** What one of them costs, in won. */
export const AMOUNT = 11_000

/** Refused twice, and waiting for tomorrow. */
export const REFUSED = 0
/** Without an answer, and found charged by its token. */
export const FOUND_CHARGED = 1
/** Without an answer, found not charged, and charged anew. */
export const CHARGED_ANEW = 2
/** Without an answer and without a sign: before an operator. */
export const IN_DOUBT = 3

const STORM: Storm = {
  cycles: CYCLES,
  workers: 2,
  killEvery: 3,
  seconds: 60,
  kills: { worker: 17, server: 3 },
  notBegun: 0,
  faults: BILLING_FAULTS,
  struck: new Map(BILLING_FAULTS.map(({ id }) => [id, 10])),
  unchanged: 'review',
}

const charge = (partnerOrderId: string): BankRow => ({
  seq: 1,
  provider: 'kakaopay',
  tid: `t-${partnerOrderId}`,
  partnerOrderId,
  amount: AMOUNT,
  aid: `a-${partnerOrderId}`,
})

/** A run after which everything is as it should be: a thousand cycles, all but two of them paid. */
export function soundBilling(): BillingSituation {
  const billing: BillingSituation = {
    seeds: [],
    initialStock: new Map([['i', 10_000]]),
    cycles: [],
    cycleOrders: [],
    attempts: [],
    everUnknown: [],
    refusals: [],
    queue: [],
    storm: STORM,
    snapshot: {
      charges: [],
      bankRefunds: [],
      orders: [],
      lines: [],
      attempts: [],
      refunds: [],
      partRefunds: [],
      returns: [],
      receipts: [],
      bankReceipts: [],
      coupons: [],
      couponUses: [],
      subscriptions: [],
      cartLines: [],
      orderedLines: [],
      ledger: [],
      stock: [{ itemId: 'i', onHand: 10_000 - (CYCLES - 2), held: 1, sales: CYCLES - 2 }],
      holds: [{ orderId: `o${IN_DOUBT}`, itemId: 'i', quantity: 1 }],
      orderKeys: [],
      events: [],
      inbox: [],
      parked: [],
      deadCommands: [],
      accounts: [],
    },
  }
  return { ...billing, seeds: Array.from({ length: CYCLES }, (_, n) => live(billing, n)) }
}

type AttemptState = 'succeeded' | 'declined' | 'unknown'

/** One due cycle from its seed to where it is now. */
function live(billing: BillingSituation, n: number): BillingSituation['seeds'][number] {
  const { snapshot } = billing
  const [subscriptionId, orderId] = [`s${n}`, `o${n}`]
  const attempt = (
    try_: number,
    state: AttemptState,
    more: { declineCode?: string; looks?: number } = {},
  ) => {
    const id = `p${n}-${try_}`
    const { declineCode = null, looks = 0 } = more
    billing.attempts.push({ id, orderId, state, needsReview: state === 'unknown', looks, declineCode })
    snapshot.attempts.push({ id, orderId, provider: 'kakaopay', state, total: AMOUNT, refunded: 0 })
    if (looks > 0) billing.everUnknown.push(id)
    if (declineCode === '-782') billing.refusals.push({ ...charge(id), aid: 'undefined', tid: 'undefined' })
    return id
  }
  const tell = (type: string, subject: string, version: number) => {
    const id = `${subject}-${version}`
    snapshot.events.push({ id, type, subject, version, delivered: true })
    if (type === 'shop.order.paid') snapshot.inbox.push({ subscriber: 'catalog.sales-count', eventId: id })
  }
  const cycle = (state: string, attemptId: string, more: { reason?: string; waitUntil?: string } = {}) => {
    const { reason = null, waitUntil } = more
    const paid = state === 'paid'
    billing.cycles.push({
      subscriptionId,
      no: 2,
      state,
      reason,
      orderId,
      attemptId,
      waitUntil: waitUntil === undefined ? null : Temporal.Instant.from(waitUntil),
    })
    billing.cycleOrders.push({ id: orderId, subscriptionId, cycleNo: 2, stockHeld: state === 'frozen' })
    snapshot.orders.push({
      id: orderId,
      state: paid ? 'paid' : 'awaiting_payment',
      total: AMOUNT,
      version: paid ? 2 : 1,
      paidAttemptId: paid ? attemptId : null,
      cycle: `${subscriptionId}/2`,
    })
    snapshot.lines.push({ orderId, itemId: 'i', quantity: 1 })
    tell('shop.order.placed', orderId, 1)
    if (!paid) return
    tell('shop.order.paid', orderId, 2)
    tell('shop.subscription.cycle-paid', subscriptionId, 3)
    snapshot.charges.push(charge(attemptId))
    snapshot.ledger.push(
      { transactionId: attemptId, account: 'receivable:kakaopay', amount: AMOUNT },
      { transactionId: attemptId, account: 'sales', amount: -10_000 },
      { transactionId: attemptId, account: 'vat', amount: -1_000 },
    )
  }
  if (n === REFUSED) {
    attempt(1, 'declined', { declineCode: '-782' })
    const second = attempt(2, 'declined', { declineCode: '-782' })
    cycle('declined', second, { waitUntil: '2999-01-01T00:00:00Z' })
  } else if (n === FOUND_CHARGED) cycle('paid', attempt(1, 'succeeded', { looks: 1 }))
  else if (n === CHARGED_ANEW) {
    attempt(1, 'declined', { declineCode: 'not_charged', looks: 3 })
    cycle('paid', attempt(2, 'succeeded'))
  } else if (n === IN_DOUBT) {
    const id = attempt(1, 'unknown', { looks: 3 })
    billing.queue.push(id)
    cycle('frozen', id, { reason: 'unknown_outcome' })
  } else cycle('paid', attempt(1, 'succeeded'))
  return {
    subscriptionId,
    customerId: `c${n}`,
    orderId: `first-o${n}`,
    attemptId: `first-p${n}`,
    methodId: `m${n}`,
    token: `S${n}`,
    itemId: 'i',
    itemName: '홍삼',
    quantity: 1,
    unitPrice: won(AMOUNT),
  }
}
