import { inboxIsComplete, nothingIsStuck, ordersToldEverything } from '../rules/events.ts'
import {
  chargesMatchAttempts,
  ledgerMatchesBank,
  oneChargePerOrder,
  ordersMatchBank,
  refundsMatch,
} from '../rules/money.ts'
import { holdsMatchWaitingOrders, salesCountsAreExact, stockMatchesSales } from '../rules/stock.ts'
import { evidenceOf, PAID_STATES, type Rule, SUCCEEDED, type Violation } from '../rules/violation.ts'
import { doubtsAreHeld, enoughIsPaid, faultsStruck, killsHappened, unknownsAreKnown } from './rules-storm.ts'
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

/** Every subscription that was due has exactly one new cycle: paid, or unpaid for a cause that this test brought. */
const noneMissed: BillingRule = (billing) => {
  const cycles = Map.groupBy(billing.cycles, ({ subscriptionId }) => subscriptionId)
  const review = new Set(inReview(billing).map(({ id }) => id))
  const refused = refusalsByOrder(billing)
  return billing.seeds.flatMap((seed): Violation[] => {
    const found = cycles.get(seed.subscriptionId) ?? []
    const [cycle] = found
    const about = `subscription ${seed.subscriptionId}`
    const evidence = evidenceOf(...found)
    if (cycle === undefined) return [{ rule: 'a due cycle was missed', about, evidence: evidenceOf(seed) }]
    if (found.length > 1 || cycle.no !== 2) return [{ rule: 'cycles that were not due', about, evidence }]
    const cause = causeOf(cycle, review, refused.get(cycle.orderId ?? '') ?? 0)
    return cause === 'ours' ? [] : [{ rule: cause, about, evidence }]
  })
}

/** The first try, and the one right after it. The next one is for tomorrow. */
const TRIES_OF_ONE_DAY = 2

/** Nobody skips or cancels here, and there is stock for all: a cycle that is left out for such a reason was not billed. */
function causeOf(
  { state, reason, attemptId, waitUntil }: CycleRow,
  review: ReadonlySet<string>,
  refusals: number,
): string {
  switch (state) {
    case 'paid':
      return 'ours'
    case 'declined': {
      const waits = waitUntil !== null && Temporal.Instant.compare(waitUntil, Temporal.Now.instant()) > 0
      if (!waits) return 'a cycle is stuck'
      return refusals >= TRIES_OF_ONE_DAY
        ? 'ours'
        : 'a cycle counts as refused, and the bank did not refuse it'
    }
    case 'frozen':
      return reason === 'unknown_outcome' && review.has(attemptId ?? '') ? 'ours' : 'a cycle is stuck'
    case 'skipped':
    case 'failed':
      return 'a cycle was left out without a cause'
    default:
      return 'a cycle is stuck'
  }
}

/** How often the bank refused to charge each order, by its journal. */
function refusalsByOrder({ attempts, refusals }: BillingSituation): ReadonlyMap<string, number> {
  const orderOf = new Map(attempts.map(({ id, orderId }) => [id, orderId]))
  const byOrder = Map.groupBy(refusals, ({ partnerOrderId }) => orderOf.get(partnerOrderId) ?? '')
  return new Map([...byOrder].map(([orderId, rows]) => [orderId, rows.length]))
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
  'paid as far as faults allow': enoughIsPaid,
  'killed as planned': killsHappened,
  'every fault struck': faultsStruck,
  'unknown: resolved or with operators': unknownsAreKnown,
  'in doubt: held, not charged again': doubtsAreHeld,
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
