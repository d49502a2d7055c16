import type { Static } from 'typebox'
import type { orderPaid } from '../../../contracts/order-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { Period } from '../../../platform/time/period.ts'
import type { SubscriptionBasis } from '../../orders/index.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { fromOrder, NOBODY } from '../receivers.ts'
import type { CalendarPolicy } from '../rules/period.ts'
import { noAttempts } from '../rules/retry-policy.ts'
import { cancelSubscription } from '../rules/subscription-pauses.ts'
import { newSubscription, type Start } from '../rules/subscription-terms.ts'
import { isWithdrawn, lockCustomer } from '../store/customer-store.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { keepChange } from '../store/keep-change.ts'
import { lockMethods } from '../store/method-use.ts'
import { insertSubscription } from '../store/subscription-store.ts'

type OrderPaid = Static<typeof orderPaid.schema>

/**
 * A purchase was paid: every recurring line of it becomes one subscription, however often the news comes (the line is
 * its unique key). All of them use the one method the payment left behind. The purchase itself is cycle 1, paid. For a
 * customer who has left in the meantime they end at once, and know no receiver.
 */
export async function startSubscriptions(deps: SubscriptionDeps, tx: Tx, paid: OrderPaid): Promise<void> {
  if (paid.lines.every((line) => line.subscription === null)) return
  const basis = await deps.orders.subscriptionBasis(tx, paid.orderId)
  const attemptId = basis?.attemptId
  if (!attemptId) throw new Error(`order ${paid.orderId} was paid, but has no basis for a subscription`)
  const { customerId } = basis
  await lockCustomer(tx, customerId)
  const hasLeft = await isWithdrawn(tx, customerId)
  const paymentMethodId = await stillThere(deps, tx, customerId, paid.paymentMethodId)
  const purchase = { paid: { ...paid, paymentMethodId }, basis, attemptId, hasLeft }
  for (const line of basis.lines) {
    if (line.subscription) await startOne(deps, tx, purchase, line, line.subscription)
  }
}

/** The method the payment left behind, unless its customer has removed it since: then they are asked for one. */
async function stillThere(
  deps: SubscriptionDeps,
  tx: Tx,
  customerId: string,
  methodId: string | null,
): Promise<string | null> {
  if (methodId === null) return null
  await lockMethods(tx, [methodId])
  const methods = await deps.payments.paymentMethodsOf(tx, customerId)
  return methods.some(({ id, state }) => id === methodId && state === 'active') ? methodId : null
}

async function startOne(
  deps: SubscriptionDeps,
  tx: Tx,
  purchase: { paid: OrderPaid; basis: SubscriptionBasis; attemptId: string; hasLeft: boolean },
  line: SubscriptionBasis['lines'][number],
  period: Period,
): Promise<void> {
  const { paid, basis, attemptId, hasLeft } = purchase
  const now = deps.clock.now()
  const firstPaidAt = Temporal.Instant.from(paid.paidAt)
  const input: Start = {
    id: newId(),
    customerId: basis.customerId,
    itemId: line.itemId,
    methodId: paid.paymentMethodId,
    quantity: line.quantity,
    period,
    unitPrice: line.unitPrice,
    receiver: hasLeft ? NOBODY : fromOrder(basis.receiver),
    firstPaidAt,
  }
  const begun = newSubscription(input, { now, policy: anyPeriod(deps.settings.calendar) })
  if (begun.kind === 'refused') throw new Error(`order ${paid.orderId}: no subscription of it: ${begun.code}`)
  const { subscription, events } = begun
  const { latestCycle } = subscription
  const first: CycleRecord = {
    no: latestCycle.no,
    due: latestCycle.due,
    cycle: { state: 'paid', orderId: paid.orderId, attemptId, paidAt: firstPaidAt },
    history: noAttempts,
    methodId: paid.paymentMethodId,
    amount: null,
    runId: null,
  }
  const { paymentMethodId } = paid
  const provider =
    paymentMethodId === null ? undefined : await deps.payments.providerOfMethod(tx, paymentMethodId)
  const consent = { version: basis.consentVersion, at: basis.consentedAt }
  const stored = await insertSubscription(
    tx,
    { subscription, firstOrderId: paid.orderId, consent, provider: provider ?? '' },
    first,
    events,
    now,
  )
  if (!stored || !hasLeft) return
  await keepChange(
    deps,
    tx,
    stored,
    cancelSubscription(subscription, 'account_withdrawn', 'system', { now }),
    now,
  )
}

/** The period was on offer when it was ordered; that the merchant offers another choice now breaks no agreement. */
function anyPeriod(calendar: CalendarPolicy): CalendarPolicy {
  return { ...calendar, allowedDays: 'any', allowedMonths: 'any' }
}
