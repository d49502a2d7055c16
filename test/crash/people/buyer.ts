import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Acknowledged, noteOrder, notePayment } from '../acknowledged.ts'
import type { PurchasePlan } from '../plan.ts'
import { asOrder, asPayment, type OrderView, type PaymentView } from '../views.ts'
import { type Account, RECEIVER } from './accounts.ts'
import { cancelPart, sendBack } from './afterwards.ts'
import { atTheBank, type Visit } from './bank-visit.ts'
import { surprise, type Trouble } from './insist.ts'
import type { Merchant } from './merchant.ts'
import { placeOrder } from './place-order.ts'

export interface Shelf {
  scarce: readonly string[]
  plenty: readonly string[]
  /** Ids of the coupons on offer. */
  coupons: readonly string[]
}

/** What a customer needs to buy something. */
export interface Shopping {
  shopUrl: string
  shelf: Shelf
  merchant: Merchant
  log: Acknowledged
  trouble: Trouble
}

/** How a purchase ended, as the customer saw it. */
export type Ending =
  | 'sold out'
  | 'left'
  | 'cancelled'
  | 'not paid'
  | 'paid'
  | 'part given back'
  | 'sent back'
  | 'refund asked'
  | 'refunded'
  | 'in doubt'

const WATCH_MS = 8_000
const TRIES = 3

/**
 * One customer buys, by HTTP only, sending everything again under the same key until there is an answer.
 * @throws on an answer that no customer should ever get
 */
export async function buy(shopping: Shopping, account: Account, plan: PurchasePlan): Promise<Ending> {
  const { journey } = plan
  if (plan.refreshFirst) await account.refresh()
  const order = await placeOrder(shopping, account, plan)
  if (order === undefined) return 'sold out'
  if (journey === 'abandon') return 'left'
  if (journey === 'cancel_before_paying') return cancelOrder(shopping, account, order.id)

  for (let tries = 0; tries < TRIES; tries++) {
    const payment = await beginPayment(shopping, account, order.id, plan, tries)
    if (payment === undefined) break
    if (payment.state === 'awaiting_customer') {
      const visit = visitOf(plan)
      if (visit === 'none') return 'left'
      const racing =
        journey === 'cancel_while_paying' ? cancelOrder(shopping, account, order.id, plan) : undefined
      await atTheBank(shopping, payment, visit, plan)
      const ending = await racing
      if (ending !== undefined) return ending
      if (visit === 'agree_and_vanish') return 'left'
    }
    const seen = await watch(shopping, account, payment.id)
    if (seen === 'paid') return afterwards(shopping, account, plan, order.id, payment.id)
    if (seen === 'cancelled') return 'cancelled'
    if (seen === 'processing' || seen === 'awaiting_customer') return 'in doubt'
  }
  const last = await readOrder(shopping, account, order.id)
  return last?.state === 'paid' ? 'paid' : 'not paid'
}

function visitOf(plan: PurchasePlan): Visit | 'none' {
  switch (plan.journey) {
    case 'never_open':
      return 'none'
    case 'lose_browser':
      return 'agree_and_vanish'
    case 'cancel_at_bank':
      return 'cancel'
    case 'fail_at_bank':
      return 'fail'
    case 'return_twice':
    case 'double_click':
      return 'agree_twice'
    default:
      return 'agree'
  }
}

/** Begins paying, under a new key each time. Undefined when the order cannot be paid any more. */
async function beginPayment(
  { shopUrl, log }: Shopping,
  account: Account,
  orderId: string,
  { journey, payment: { providers, receipt } }: PurchasePlan,
  tries: number,
): Promise<PaymentView | undefined> {
  const json = {
    orderId,
    provider: providers[tries % providers.length],
    ...(receipt ? { cashReceipt: { use: 'deduction', number: RECEIVER.phone } } : {}),
  }
  const send = () =>
    account.send({
      method: 'POST',
      url: `${shopUrl}/api/payments`,
      json,
      key: `payment-${randomUUID()}`,
    })
  for (let asked = 0; asked < 10; asked++) {
    const answers = journey === 'double_click' ? await Promise.all([send(), send()]) : [await send()]
    const payments = answers.flatMap((answer) => {
      const payment = answer?.status === 201 ? asPayment(answer.body) : undefined
      if (payment !== undefined) notePayment(log, payment)
      return payment === undefined ? [] : [payment]
    })
    const payment = payments.find(({ state }) => state === 'awaiting_customer') ?? payments[0]
    if (payment !== undefined) return payment
    const [answer] = answers
    const code = answer?.code ?? ''
    if (['order_already_paid', 'order_closed'].includes(code)) return undefined
    if (!['payment_in_progress', 'payment_not_started'].includes(code)) throw surprise('a payment', answer)
    await pause(1_000)
  }
  return undefined
}

/** Looks at the payment until its outcome is known, or for so long as a customer would wait. */
async function watch({ shopUrl, log }: Shopping, account: Account, paymentId: string): Promise<string> {
  const until = Date.now() + WATCH_MS
  for (;;) {
    const answer = await account.send({ url: `${shopUrl}/api/payments/${paymentId}` })
    const payment = answer?.status === 200 ? asPayment(answer.body) : undefined
    if (payment === undefined) throw surprise('a payment that was acknowledged', answer)
    notePayment(log, payment)
    if ((payment.state !== 'processing' && payment.state !== 'refund_processing') || Date.now() > until)
      return payment.state
    await pause(200)
  }
}

async function afterwards(
  shopping: Shopping,
  account: Account,
  plan: PurchasePlan,
  orderId: string,
  paymentId: string,
): Promise<Ending> {
  await readOrder(shopping, account, orderId)
  if (plan.journey === 'cancel_after_paying') return cancelOrder(shopping, account, orderId)
  if (plan.journey === 'cancel_part')
    return (await cancelPart(shopping, account, orderId)) ? 'part given back' : 'in doubt'
  if (plan.journey === 'send_back') {
    await sendBack(shopping, account, orderId, plan)
    return 'sent back'
  }
  if (plan.journey !== 'refund') return 'paid'
  const answer = await account.send({
    method: 'POST',
    url: `${shopping.shopUrl}/api/payments/${paymentId}/refunds`,
    json: { reason: '단순 변심' },
    key: `refund-${randomUUID()}`,
  })
  const payment = answer?.status === 202 ? asPayment(answer.body) : undefined
  if (payment === undefined) throw surprise('a refund', answer)
  notePayment(shopping.log, payment)
  if (!plan.browser) return 'refund asked'
  return (await watch(shopping, account, paymentId)) === 'refunded' ? 'refunded' : 'refund asked'
}

/** Cancels, waiting while money may be moving. `racing`: in the very moment in which the payment comes back. */
async function cancelOrder(
  { shopUrl, log }: Shopping,
  account: Account,
  orderId: string,
  racing?: PurchasePlan,
): Promise<Ending> {
  if (racing !== undefined) await pause(racing.random() * 150)
  const until = Date.now() + 4 * WATCH_MS
  for (;;) {
    const answer = await account.send({ method: 'POST', url: `${shopUrl}/api/orders/${orderId}/cancel` })
    const order = answer?.status === 200 ? asOrder(answer.body) : undefined
    if (order !== undefined) {
      noteOrder(log, order)
      return order.state === 'cancelled' ? 'cancelled' : 'refund asked'
    }
    // The window passed meanwhile, or a refund was declined and is not asked for again.
    if (answer?.code === 'order_closed') return 'cancelled'
    if (answer?.code !== 'payment_in_progress' && answer?.code !== 'refund_in_progress')
      throw surprise('a cancelled order', answer)
    if (Date.now() > until) return 'in doubt'
    await pause(500)
  }
}

async function readOrder(
  { shopUrl, log }: Shopping,
  account: Account,
  orderId: string,
): Promise<OrderView | undefined> {
  const answer = await account.send({ url: `${shopUrl}/api/orders/${orderId}` })
  const order = answer?.status === 200 ? asOrder(answer.body) : undefined
  if (order === undefined) throw surprise('an order that was acknowledged', answer)
  noteOrder(log, order)
  return order
}
