import type { Bank } from '../bank.ts'
import { refundedOf } from '../kakaopay/state.ts'
import { canceledOf } from '../toss/state.ts'

interface OrderTotals {
  charges: number
  charged: number
  refunded: number
}

/** Count and sum (won) of all charges and refunds, in all and by provider; by order id when asked. */
export function summarize(bank: Bank, byOrder: boolean): Record<string, unknown> {
  const { kakaopay, toss } = bank.totals
  const shape = (totals: typeof kakaopay) => ({
    charges: { count: totals.charges, sum: totals.charged },
    refunds: { count: totals.refunds, sum: totals.refunded },
    net: totals.charged - totals.refunded,
  })
  const all = {
    charges: kakaopay.charges + toss.charges,
    charged: kakaopay.charged + toss.charged,
    refunds: kakaopay.refunds + toss.refunds,
    refunded: kakaopay.refunded + toss.refunded,
  }
  return {
    ...shape(all),
    lastSeq: bank.journal.nextSeq() - 1,
    byProvider: { kakaopay: shape(kakaopay), toss: shape(toss) },
    ...(byOrder ? { byOrder: Object.fromEntries(orderTotals(bank)) } : {}),
  }
}

function orderTotals(bank: Bank): Map<string, OrderTotals> {
  const orders = new Map<string, OrderTotals>()
  const add = (orderId: string, charged: number, refunded: number) => {
    const known = orders.get(orderId)
    if (known === undefined) orders.set(orderId, { charges: 1, charged, refunded })
    else {
      known.charges += 1
      known.charged += charged
      known.refunded += refunded
    }
  }
  for (const payment of bank.kakao.payments.values())
    if (payment.approvedAt !== undefined && payment.total > 0)
      add(payment.partnerOrderId, payment.total, refundedOf(payment).total)
  for (const payment of bank.toss.payments.values())
    if (payment.approvedAt !== undefined) add(payment.orderId, payment.total, canceledOf(payment).total)
  return orders
}
