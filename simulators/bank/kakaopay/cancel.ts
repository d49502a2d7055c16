import { includedVat, int, optional, text } from '../fields.ts'
import { plannedDecline } from './declines.ts'
import { refuse } from './errors.ts'
import { cid, cidSecret, readFields } from './fields.ts'
import { refundedOf } from './state.ts'
import { cancelView } from './views.ts'
import type { Decide } from './world.ts'

const FIELDS = {
  cid,
  cid_secret: cidSecret,
  tid: text(20, -721),
  cancel_amount: int(-722, 1),
  cancel_tax_free_amount: int(-722),
  cancel_vat_amount: optional(int(-722)),
  cancel_available_amount: optional(int(-722)),
  payload: optional(text(200)),
}

/**
 * Gives money back, in one or several parts. `cancel_available_amount` is the caller's guard: what it believes
 * is left including this request; when the bank knows better, the call fails with -710 instead of refunding
 * twice. Without the guard a repeated partial refund goes through. Other refusals: -711, -721, -722, -784.
 */
export const cancel: Decide = (world, body) => {
  const read = readFields(FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const asked = read.value
  const payment = world.state.payments.get(asked.tid)
  if (payment === undefined) return refuse(-721)
  if (payment.cid !== asked.cid) return refuse(-731, 'cid is not the one of the tid')
  const { cancel_amount: amount, cancel_tax_free_amount: taxFree } = asked
  if (payment.status !== 'SUCCESS_PAYMENT' && payment.status !== 'PART_CANCEL_PAYMENT') return refuse(-784)
  if (amount > payment.total) return refuse(-711)
  const refunded = refundedOf(payment)
  const available = payment.total - refunded.total
  if (amount > available) return refuse(-710)
  const guard = asked.cancel_available_amount
  if (guard !== undefined && guard !== available)
    return refuse(-710, `cancel_available_amount is ${available}, not ${guard}`)
  if (taxFree > amount || taxFree > payment.taxFree - refunded.taxFree)
    return refuse(-722, 'cancel_tax_free_amount is over the available amount')
  if (amount - taxFree > available - (payment.taxFree - refunded.taxFree))
    return refuse(-722, 'the taxable part is over the available amount')
  const vat = asked.cancel_vat_amount ?? includedVat(amount, taxFree)
  if (vat > amount - taxFree) return refuse(-722, 'cancel_vat_amount is over the taxable amount')
  const parties = { partnerOrderId: payment.partnerOrderId, partnerUserId: payment.partnerUserId }
  const declined = plannedDecline(world.plan, -781, {
    operation: 'cancel',
    tid: payment.tid,
    sid: payment.sid,
    amount,
    ...parties,
  })
  if (declined !== undefined) return declined
  const aid = world.newId('A')
  return {
    rows: [
      {
        provider: 'kakaopay',
        kind: 'refund',
        tid: payment.tid,
        aid,
        sid: payment.sid,
        ...parties,
        amount,
        taxFree,
        vat,
        payload: asked.payload,
      },
    ],
    answer: () => {
      const refund = payment.refunds?.find((one) => one.aid === aid)
      return refund === undefined
        ? { status: 500, body: {} }
        : { status: 200, body: cancelView(payment, refund) }
    },
  }
}
