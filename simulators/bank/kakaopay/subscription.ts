import type { Decision } from '../decision.ts'
import { effectOf } from '../faults/plan.ts'
import { includedVat, int, optional, text } from '../fields.ts'
import { plannedDecline } from './declines.ts'
import { methodResult, refuse } from './errors.ts'
import { cid, cidSecret, readFields, TEST_CIDS } from './fields.ts'
import { type Sid, usedThisMonth } from './state.ts'
import { approvalView } from './views.ts'
import type { Decide } from './world.ts'

const FIELDS = {
  cid,
  cid_secret: cidSecret,
  sid: text(20, -750),
  partner_order_id: text(100),
  partner_user_id: text(100),
  item_name: optional(text(100)),
  item_code: optional(text(100)),
  quantity: int(-726, 1),
  total_amount: int(-725, 1),
  tax_free_amount: int(-722),
  vat_amount: optional(int(-722)),
  payload: optional(text(200)),
}

/**
 * Charges a SID. Every call that gets through is a new charge with a new tid, even for an order id charged
 * before: nothing is documented that would prevent it, so the bank never protects its caller.
 * Refuses with -731, -750, -751, -752, -753, -782 and, only where a fault asks for it, -785.
 */
export const subscription: Decide = (world, body) => {
  const read = readFields(FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const asked = read.value
  if (asked.cid !== TEST_CIDS.recurring) return refuse(-731, 'cid is not one for recurring payments')
  const sid = world.state.sids.get(asked.sid)
  if (sid === undefined) return refuse(-750)
  if (sid.partnerUserId !== asked.partner_user_id) return refuse(-753)
  if (sid.inactivatedAt !== undefined) return refuse(-751)
  const { total_amount: amount, tax_free_amount: taxFree } = asked
  if (taxFree > amount) return refuse(-722, 'tax_free_amount is over total_amount')
  const vat = asked.vat_amount ?? includedVat(amount, taxFree)
  if (vat > amount - taxFree) return refuse(-722, 'vat_amount is over the taxable amount')
  if (
    effectOf(world.plan, 'duplicate_order') !== undefined &&
    world.state.tokenOrders.has(asked.partner_order_id)
  )
    return refuse(-785)
  const limit = sid.script?.monthlyLimit
  if (limit !== undefined && usedThisMonth(sid, world.now) >= limit) return refuse(-752)
  const parties = { partnerOrderId: asked.partner_order_id, partnerUserId: sid.partnerUserId }
  const declined =
    scriptedDecline(sid, asked.partner_order_id, amount) ??
    plannedDecline(world.plan, -782, { operation: 'subscription', sid: sid.sid, amount, ...parties })
  if (declined !== undefined) return declined
  const tid = world.newId('T')
  return {
    rows: [
      {
        provider: 'kakaopay',
        kind: 'charge',
        via: 'subscription',
        tid,
        aid: world.newId('A'),
        cid: sid.cid,
        sid: sid.sid,
        ...parties,
        amount,
        taxFree,
        vat,
        itemName: asked.item_name ?? sid.itemName,
        itemCode: asked.item_code,
        quantity: asked.quantity,
        method: sid.method,
        payload: asked.payload,
      },
    ],
    answer: () => {
      const payment = world.state.payments.get(tid)
      return payment === undefined ? { status: 500, body: {} } : { status: 200, body: approvalView(payment) }
    },
  }
}

/** Uses up one decline of the token's script, if there is any left. */
function scriptedDecline(sid: Sid, partnerOrderId: string, amount: number): Decision | undefined {
  const script = sid.script
  if (script === undefined || script.declines <= 0) return undefined
  const { code } = script
  const extras = script.extras ?? (code === -782 ? methodResult('LACK_BALANCE') : undefined)
  return refuse(code, undefined, extras, [
    {
      provider: 'kakaopay',
      kind: 'declined',
      operation: 'subscription',
      sid: sid.sid,
      partnerOrderId,
      partnerUserId: sid.partnerUserId,
      amount,
      code,
      scripted: true,
    },
  ])
}
