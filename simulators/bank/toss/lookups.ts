import { answerOnly, type Decision } from '../decision.ts'
import { effectOf } from '../faults/plan.ts'
import { refuse } from './errors.ts'
import { before, lastChangeOf, paymentView } from './views.ts'
import type { TossWorld } from './world.ts'

/** Looks a payment up by Toss's key. */
export function lookupPayment(world: TossWorld, paymentKey: string): Decision {
  const payment = world.state.payments.get(paymentKey)
  if (payment === undefined) return refuse(world.language, 'NOT_FOUND_PAYMENT')
  const lag = effectOf(world.plan, 'lookup_lag')
  if (lag === undefined)
    return answerOnly({ status: 200, body: paymentView(payment, world.publicUrl, world.language) })
  const changed = lastChangeOf(payment)
  const seen = world.countLookup(paymentKey, changed)
  const lagging =
    (lag.ms === undefined || world.now - changed < lag.ms) &&
    (lag.lookups === undefined || seen <= lag.lookups)
  if (lagging && (lag.answer ?? 'not_found') === 'not_found')
    return refuse(world.language, 'NOT_FOUND_PAYMENT')
  const shown = lagging ? before(payment) : payment
  return answerOnly({ status: 200, body: paymentView(shown, world.publicUrl, world.language) })
}

/** Looks a payment up by the merchant's own order id. */
export function lookupOrder(world: TossWorld, orderId: string): Decision {
  const paymentKey = world.state.orders.get(orderId)
  return paymentKey === undefined
    ? refuse(world.language, 'NOT_FOUND_PAYMENT')
    : lookupPayment(world, paymentKey)
}
