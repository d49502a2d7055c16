import { int, optional, text } from '../fields.ts'
import type { RowDraft } from '../rows.ts'
import { plannedDecline } from './declines.ts'
import { refuse } from './errors.ts'
import { cid, cidSecret, readFields, TEST_CIDS } from './fields.ts'
import { isOpen, type Payment } from './state.ts'
import { approvalView } from './views.ts'
import { type Decide, READY_VALID_MS } from './world.ts'

const FIELDS = {
  cid,
  cid_secret: cidSecret,
  tid: text(20, -721),
  partner_order_id: text(100),
  partner_user_id: text(100),
  pg_token: text(200, -708),
  payload: optional(text(200)),
  total_amount: optional(int(-704)),
}

/**
 * Takes the money of a transaction the customer has agreed to; with the recurring CID it also issues the SID.
 * Once per tid: asked again it answers -702. Refuses with -701, -704, -706, -707, -708, -721, -723, -783.
 */
export const approve: Decide = (world, body) => {
  const read = readFields(FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const asked = read.value
  const payment = world.state.payments.get(asked.tid)
  if (payment === undefined) return refuse(-721)
  if (payment.cid !== asked.cid) return refuse(-731, 'cid is not the one of the tid')
  if (payment.approvedAt !== undefined) return refuse(-702)
  if (payment.partnerOrderId !== asked.partner_order_id) return refuse(-706)
  if (payment.partnerUserId !== asked.partner_user_id) return refuse(-707)
  if (!isOpen(payment.status)) return refuse(-783)
  if (world.now - payment.createdAt > READY_VALID_MS) return refuse(-723)
  if (payment.status !== 'AUTH_PASSWORD') return refuse(-701)
  if (payment.checkout?.pgToken !== asked.pg_token) return refuse(-708)
  if (asked.total_amount !== undefined && asked.total_amount !== payment.total) return refuse(-704)
  const parties = { partnerOrderId: payment.partnerOrderId, partnerUserId: payment.partnerUserId }
  const declined = plannedDecline(world.plan, -780, {
    operation: 'approve',
    tid: payment.tid,
    amount: payment.total,
    ...parties,
  })
  if (declined !== undefined) return declined
  return {
    rows: approvalRows(payment, world.newId, asked.payload),
    answer: () => ({ status: 200, body: approvalView(payment) }),
  }
}

/** The SID's row goes first: if only it survives, the bank knows a token that nobody was given, no more. */
function approvalRows(
  payment: Payment,
  newId: (letter: string) => string,
  payload: string | undefined,
): RowDraft[] {
  const { tid, partnerOrderId, partnerUserId, itemName, method } = payment
  const aid = newId('A')
  const sid = payment.cid === TEST_CIDS.recurring ? newId('S') : undefined
  const rows: RowDraft[] = []
  if (sid !== undefined)
    rows.push({
      provider: 'kakaopay',
      kind: 'sid_issued',
      via: payment.total === 0 ? 'zero' : 'approve',
      sid,
      cid: payment.cid,
      tid,
      aid,
      partnerOrderId,
      partnerUserId,
      itemName,
      method,
      payload,
    })
  if (payment.total > 0)
    rows.push({
      provider: 'kakaopay',
      kind: 'charge',
      via: 'approve',
      tid,
      aid,
      cid: payment.cid,
      sid,
      partnerOrderId,
      partnerUserId,
      amount: payment.total,
      taxFree: payment.taxFree,
      vat: payment.vat,
      itemName,
      itemCode: payment.itemCode,
      quantity: payment.quantity,
      method,
      payload,
    })
  return rows
}
