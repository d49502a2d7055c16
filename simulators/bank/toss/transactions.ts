import { seoulOffset } from '../clock.ts'
import type { Decision } from '../decision.ts'
import { effectOf } from '../faults/plan.ts'
import { refuse } from './errors.ts'
import { canceledOf, type TossPayment } from './state.ts'
import { MERCHANT_ID, METHODS } from './views.ts'
import type { TossWorld } from './world.ts'

interface Transaction {
  at: number
  transactionKey: string
  status: 'DONE' | 'PARTIAL_CANCELED' | 'CANCELED'
  amount: number
  payment: TossPayment
}

function transactionsOf(payment: TossPayment): Transaction[] {
  if (payment.approvedAt === undefined || payment.transactionKey === undefined) return []
  const { transactionKey, approvedAt, total } = payment
  const all = canceledOf(payment).total === total
  const cancels = payment.cancels ?? []
  return [
    { at: approvedAt, transactionKey, status: 'DONE', amount: total, payment },
    ...cancels.map(
      (cancel, index): Transaction => ({
        at: cancel.at,
        transactionKey: cancel.transactionKey,
        status: all && index === cancels.length - 1 ? 'CANCELED' : 'PARTIAL_CANCELED',
        amount: cancel.amount,
        payment,
      }),
    ),
  ]
}

function view({ at, transactionKey, status, amount, payment }: Transaction, publicUrl: string) {
  return {
    mId: MERCHANT_ID,
    transactionKey,
    paymentKey: payment.paymentKey,
    orderId: payment.orderId,
    method: METHODS[payment.method],
    customerKey: payment.customerKey ?? null,
    useEscrow: false,
    receiptUrl: `${publicUrl}/toss/receipt/${payment.paymentKey}`,
    status,
    transactionAt: seoulOffset(at),
    currency: 'KRW',
    amount,
  }
}

/** An instant; without a zone it is meant in Seoul. */
function instant(text: string | null): number {
  if (text === null || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text))
    return Number.NaN
  if (!text.includes('T')) return Date.parse(`${text}T00:00:00+09:00`)
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}+09:00`)
}

/**
 * All charges and refunds with `startDate <= time <= endDate`, oldest first; at most `limit` (100, up to
 * 5,000) after the transaction `startingAfter`. Refunds carry their own positive amount and their status.
 */
export function listTransactions(world: TossWorld, query: URLSearchParams): Decision {
  const from = instant(query.get('startDate'))
  const to = instant(query.get('endDate'))
  const limit = Number(query.get('limit') ?? 100)
  if (
    Number.isNaN(from) ||
    Number.isNaN(to) ||
    from > to ||
    !Number.isInteger(limit) ||
    limit < 1 ||
    limit > 5000
  )
    return refuse(world.language, 'INVALID_REQUEST')
  const found: Transaction[] = []
  for (const payment of world.state.payments.values())
    for (const transaction of transactionsOf(payment))
      if (transaction.at >= from && transaction.at <= to) found.push(transaction)
  found.sort((a, b) => a.at - b.at || (a.transactionKey < b.transactionKey ? -1 : 1))
  const after = query.get('startingAfter')
  const start = after === null ? 0 : found.findIndex(({ transactionKey }) => transactionKey === after) + 1
  if (after !== null && start === 0)
    return refuse(world.language, 'INVALID_REQUEST', 'startingAfter is unknown')
  const rows = found.slice(start, start + limit).map((one) => view(one, world.publicUrl))
  const lie = effectOf(world.plan, 'transactions')
  if (lie?.omitFirst === true) rows.shift()
  if (lie?.addExtra === true)
    rows.push({
      mId: MERCHANT_ID,
      transactionKey: 'X0-never-charged',
      paymentKey: 'K0-never-charged',
      orderId: 'never-charged',
      method: '카드',
      customerKey: null,
      useEscrow: false,
      receiptUrl: `${world.publicUrl}/toss/receipt/K0-never-charged`,
      status: 'DONE',
      transactionAt: seoulOffset(to),
      currency: 'KRW',
      amount: 12_345,
    })
  return { rows: [], answer: () => ({ status: 200, body: rows }) }
}
