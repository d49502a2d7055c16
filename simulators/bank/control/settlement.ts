import type { Bank } from '../bank.ts'
import { seoulLocal } from '../clock.ts'
import { effectOf } from '../faults/plan.ts'
import { type Exchange, send, sendJson } from '../http/exchange.ts'
import type { Payment } from '../kakaopay/state.ts'

const HEADER =
  'type,tid,aid,sid,partner_order_id,partner_user_id,amount,tax_free,vat,payment_method_type,approved_at'

interface Line {
  at: number
  cells: (string | number)[]
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Charges are positive lines; refunds are lines of their own with a negative amount. */
function linesOf(payment: Payment): Line[] {
  const { approvedAt, aid, total } = payment
  if (approvedAt === undefined || aid === undefined || total === 0) return []
  const line = (
    type: string,
    id: string,
    at: number,
    amount: number,
    taxFree: number,
    vat: number,
  ): Line => ({
    at,
    cells: [
      type,
      payment.tid,
      id,
      payment.sid ?? '',
      payment.partnerOrderId,
      payment.partnerUserId,
      amount,
      taxFree,
      vat,
      payment.method,
      seoulLocal(at),
    ],
  })
  const refunds = payment.refunds ?? []
  return [
    line('PAYMENT', aid, approvedAt, total, payment.taxFree, payment.vat),
    ...refunds.map((one) => line('CANCEL', one.aid, one.at, -one.amount, -one.taxFree, -one.vat)),
  ]
}

/**
 * `GET /kakaopay/settlement?startDate=2026-01-01&endDate=2026-01-03`: what a merchant downloads from
 * KakaoPay's partner centre, as CSV: every charge and refund of those Seoul days, oldest first. It is the
 * only place where a charge that timed out can be found by order id. A `transactions` fault (operation
 * `settlement`) leaves the first line out or adds one that never was.
 */
export async function serveSettlement(bank: Bank, exchange: Exchange): Promise<void> {
  const day = /^\d{4}-\d\d-\d\d$/
  const from = exchange.query.get('startDate') ?? ''
  const to = exchange.query.get('endDate') ?? from
  if (!day.test(from) || !day.test(to) || from > to)
    return sendJson(exchange, 400, { error: 'give startDate and endDate as YYYY-MM-DD, in order' })
  const plan = bank.faults.draw({ provider: 'kakaopay', operation: 'settlement' }, bank.journal.nextSeq())
  const lines: Line[] = []
  for (const payment of bank.kakao.payments.values())
    for (const line of linesOf(payment)) {
      const date = seoulLocal(line.at).slice(0, 10)
      if (date >= from && date <= to) lines.push(line)
    }
  lines.sort((a, b) => a.at - b.at)
  const lie = effectOf(plan, 'transactions')
  if (lie?.omitFirst === true) lines.shift()
  const rows = lines.map(({ cells }) => cells.map(cell).join(','))
  if (lie?.addExtra === true)
    rows.push(`PAYMENT,T0-never,A0-never,,never-charged,nobody,12345,0,1122,MONEY,${to}T23:59:59`)
  await bank.journal.settled()
  send(exchange, 200, 'text/csv; charset=utf-8', `${[HEADER, ...rows].join('\n')}\n`)
}
