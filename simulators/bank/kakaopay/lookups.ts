import { answerOnly } from '../decision.ts'
import { effectOf } from '../faults/plan.ts'
import { text } from '../fields.ts'
import { refuse } from './errors.ts'
import { cid, cidSecret, readFields, TEST_CIDS } from './fields.ts'
import { inactiveView, lastChangeOf, orderView, sidView } from './views.ts'
import type { Decide } from './world.ts'

const ORDER_FIELDS = { cid, cid_secret: cidSecret, tid: text(20, -721) }
const SID_FIELDS = { cid, cid_secret: cidSecret, sid: text(20, -750) }

/** Looks one transaction up by its tid (there is no look-up by the merchant's order id). */
export const order: Decide = (world, body) => {
  const read = readFields(ORDER_FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const payment = world.state.payments.get(read.value.tid)
  if (payment === undefined) return refuse(-721)
  if (payment.cid !== read.value.cid) return refuse(-731, 'cid is not the one of the tid')
  const lag = effectOf(world.plan, 'lookup_lag')
  let stale = false
  if (lag !== undefined) {
    const changed = lastChangeOf(payment)
    const seen = world.countLookup(payment.tid, changed)
    const lagging =
      (lag.ms === undefined || world.now - changed < lag.ms) &&
      (lag.lookups === undefined || seen <= lag.lookups)
    if (lagging && (lag.answer ?? 'not_found') === 'not_found') return refuse(-721)
    stale = lagging
  }
  return answerOnly({ status: 200, body: orderView(payment, stale) })
}

/** Whether a SID can still be charged, and when it last was (seconds, no tid). */
export const sidStatus: Decide = (world, body) => {
  const read = readFields(SID_FIELDS, body)
  if (read.kind === 'refused') return read.decision
  if (read.value.cid !== TEST_CIDS.recurring) return refuse(-731, 'cid is not one for recurring payments')
  const sid = world.state.sids.get(read.value.sid)
  return sid === undefined ? refuse(-750) : answerOnly({ status: 200, body: sidView(sid) })
}

/** Ends a SID for good. Ending it again answers the same. */
export const sidInactive: Decide = (world, body) => {
  const read = readFields(SID_FIELDS, body)
  if (read.kind === 'refused') return read.decision
  if (read.value.cid !== TEST_CIDS.recurring) return refuse(-731, 'cid is not one for recurring payments')
  const sid = world.state.sids.get(read.value.sid)
  if (sid === undefined) return refuse(-750)
  return {
    rows:
      sid.inactivatedAt !== undefined
        ? []
        : [
            {
              provider: 'kakaopay',
              kind: 'sid_inactivated',
              sid: sid.sid,
              partnerUserId: sid.partnerUserId,
              by: 'merchant',
            },
          ],
    answer: () => ({ status: 200, body: inactiveView(sid) }),
  }
}
