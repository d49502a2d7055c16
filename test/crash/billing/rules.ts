import { inboxIsComplete, nothingIsStuck, ordersToldEverything } from '../rules-events.ts'
import {
  chargesMatchAttempts,
  ledgerMatchesBank,
  oneChargePerOrder,
  ordersMatchBank,
  refundsMatch,
} from '../rules-money.ts'
import { holdsMatchWaitingOrders, salesCountsAreExact, stockMatchesSales } from '../rules-stock.ts'
import { evidenceOf, PAID_STATES, type Rule, SUCCEEDED, type Violation } from '../violation.ts'
import { type BillingSituation, type CycleRow, holdingPart, inReview, settledPart } from './snapshot.ts'

type BillingRule = (billing: BillingSituation) => Violation[]

/** The bank never kept more than one charge for one cycle, over all its orders and attempts, whatever we recorded. */
const oneChargePerCycle: BillingRule = ({ snapshot, attempts, cycleOrders }) => {
  const orderOf = new Map(attempts.map(({ id, orderId }) => [id, orderId]))
  const cycleOf = new Map(
    cycleOrders.map(({ id, subscriptionId, cycleNo }) => [id, `${subscriptionId}/${cycleNo}`]),
  )
  const cycle = (row: { partnerOrderId: string }) => cycleOf.get(orderOf.get(row.partnerOrderId) ?? '')
  return [...Map.groupBy(snapshot.charges, cycle)].flatMap(([about, taken]): Violation[] => {
    if (about === undefined)
      return [{ rule: 'a charge of no cycle', about: 'unknown', evidence: evidenceOf(...taken.slice(0, 5)) }]
    return taken.length <= 1
      ? []
      : [{ rule: 'a cycle was charged twice', about: `cycle ${about}`, evidence: evidenceOf(...taken) }]
  })
}

/** Every subscription that was due has exactly one new cycle, and it is settled or somebody knows what it waits for. */
const noneMissed: BillingRule = (billing) => {
  const cycles = Map.groupBy(billing.cycles, ({ subscriptionId }) => subscriptionId)
  const review = new Set(inReview(billing).map(({ id }) => id))
  return billing.seeds.flatMap((seed): Violation[] => {
    const found = cycles.get(seed.subscriptionId) ?? []
    const [cycle] = found
    const about = `subscription ${seed.subscriptionId}`
    const evidence = evidenceOf(...found)
    if (cycle === undefined) return [{ rule: 'a due cycle was missed', about, evidence: evidenceOf(seed) }]
    if (found.length > 1 || cycle.no !== 2) return [{ rule: 'cycles that were not due', about, evidence }]
    return isAccountedFor(cycle, review) ? [] : [{ rule: 'a cycle is stuck', about, evidence }]
  })
}

function isAccountedFor(
  { state, reason, attemptId, waitUntil }: CycleRow,
  review: ReadonlySet<string>,
): boolean {
  switch (state) {
    case 'paid':
      return true
    case 'declined':
      return waitUntil !== null && Temporal.Instant.compare(waitUntil, Temporal.Now.instant()) > 0
    case 'frozen':
      return reason === 'invalid_request' || review.has(attemptId ?? '')
    case 'skipped':
    case 'failed':
      return reason !== null
    default:
      return false
  }
}

/** Cycle paid = its order paid by its attempt = the attempt succeeded = one charge at the bank of the agreed amount. */
const paidMeansPaid: BillingRule = ({ seeds, cycles, snapshot, attempts }) => {
  const agreed = new Map(
    seeds.map(({ subscriptionId, unitPrice, quantity }) => [subscriptionId, unitPrice * quantity]),
  )
  const orders = new Map(snapshot.orders.map((order) => [order.id, order]))
  const states = new Map(attempts.map(({ id, state }) => [id, state]))
  const byOrder = Map.groupBy(attempts, ({ orderId }) => orderId)
  const charges = Map.groupBy(snapshot.charges, (row) => row.partnerOrderId)
  return cycles.flatMap((cycle): Violation[] => {
    const order = orders.get(cycle.orderId ?? '')
    const taken = charges.get(cycle.attemptId ?? '') ?? []
    const says = {
      cycle: cycle.state === 'paid',
      order: order !== undefined && PAID_STATES.includes(order.state),
      attempt: (byOrder.get(cycle.orderId ?? '') ?? []).some(({ state }) => SUCCEEDED.includes(state)),
    }
    const about = `cycle ${cycle.subscriptionId}/${cycle.no}`
    const evidence = evidenceOf(cycle, order, ...taken)
    if (says.cycle !== says.order || says.cycle !== says.attempt)
      return [
        { rule: 'cycle, order and payment disagree', about, evidence: `${evidenceOf(says)} ${evidence}` },
      ]
    if (!says.cycle) return []
    const right =
      order?.paidAttemptId === cycle.attemptId &&
      states.get(cycle.attemptId ?? '') === 'succeeded' &&
      taken.length === 1 &&
      taken[0]?.amount === agreed.get(cycle.subscriptionId)
    return right ? [] : [{ rule: 'a paid cycle without exactly its charge', about, evidence }]
  })
}

/** No cycle has two orders, and each has the one its cycle names. */
const oneOrderPerCycle: BillingRule = ({ cycles, cycleOrders }) => {
  const named = new Map(cycles.map(({ subscriptionId, no, orderId }) => [`${subscriptionId}/${no}`, orderId]))
  const orders = Map.groupBy(cycleOrders, ({ subscriptionId, cycleNo }) => `${subscriptionId}/${cycleNo}`)
  return [...orders].flatMap(([about, found]): Violation[] => {
    if (found.length === 1 && (named.get(about) ?? found[0]?.id) === found[0]?.id) return []
    const evidence = evidenceOf(named.get(about), ...found)
    return [{ rule: 'a cycle with other orders than its own', about: `cycle ${about}`, evidence }]
  })
}

/** Each paid cycle was announced once, no other one ever. */
const paidCyclesAreTold: BillingRule = ({ cycles, snapshot }) => {
  const told = Map.groupBy(
    snapshot.events.filter(({ type }) => type === 'shop.subscription.cycle-paid'),
    ({ subject }) => subject,
  )
  return cycles.flatMap((cycle): Violation[] => {
    const events = told.get(cycle.subscriptionId) ?? []
    const about = `cycle ${cycle.subscriptionId}/${cycle.no}`
    return events.length === (cycle.state === 'paid' ? 1 : 0)
      ? []
      : [{ rule: 'a payment was not told once', about, evidence: evidenceOf(cycle, ...events) }]
  })
}

const settled =
  (rule: Rule): BillingRule =>
  (billing) =>
    rule(settledPart(billing))

/** Everything that must hold after billing, whoever was killed, by the name shown to people. */
export const BILLING_RULES: Readonly<Record<string, BillingRule>> = {
  'no cycle charged twice': oneChargePerCycle,
  'no due cycle missed': noneMissed,
  'cycle = order = payment = charge': paidMeansPaid,
  'one order for one cycle': oneOrderPerCycle,
  'every paid cycle told once': paidCyclesAreTold,
  'payments = charges of the bank': settled(chargesMatchAttempts),
  'no order charged twice': settled(oneChargePerOrder),
  'refunds = refunds of the bank': settled(refundsMatch),
  'orders = money at the bank': settled(ordersMatchBank),
  'ledger = bank': settled(ledgerMatchesBank),
  'stock = initial − sold': settled(stockMatchesSales),
  'sales counts exact': settled(salesCountsAreExact),
  'held = what orders put aside': (billing) => holdsMatchWaitingOrders(holdingPart(billing)),
  'every event delivered, none parked': settled(nothingIsStuck),
  'every order told all its events': settled(ordersToldEverything),
  'every subscriber saw every event': settled(inboxIsComplete),
}

/** Applies every rule. @returns the violations of each, by the rule's name; all lists empty when all is well */
export function verifyBilling(billing: BillingSituation): ReadonlyMap<string, Violation[]> {
  return new Map(Object.entries(BILLING_RULES).map(([name, rule]) => [name, rule(billing)]))
}
