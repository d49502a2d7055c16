import { evidenceOf, SUCCEEDED, type Violation } from '../rules/violation.ts'
import { type BillingSituation, inReview } from './snapshot.ts'
import {
  certainFaults,
  leastKills,
  leastPaid,
  losesAnswers,
  lostAnswers,
  lostWithoutCharge,
  mustHappen,
} from './storm.ts'

type BillingRule = (billing: BillingSituation) => Violation[]

/** At most this share may be left for the calm after the storm. */
const MOST_AFTER_THE_STORM = 0.1
/** Share of kills that are for billing workers; the others are for the server. */
const WORKERS_SHARE = 0.85

/** As many cycles are paid as the faults alone leave. "Not paid, for a reason" is not enough: the reason must be theirs. */
export const enoughIsPaid: BillingRule = ({ cycles, storm }) => {
  const paid = cycles.filter(({ state }) => state === 'paid').length
  const least = leastPaid(storm)
  const evidence = evidenceOf({ paid, least, cycles: storm.cycles, unchanged: storm.unchanged })
  return paid >= least
    ? []
    : [{ rule: 'fewer cycles were paid than the faults explain', about: 'run', evidence }]
}

/** The storm was one: somebody was killed as often as asked for, among the work and not after it. */
export const killsHappened: BillingRule = ({ storm }) => {
  const { kills, seconds, killEvery, cycles, notBegun } = storm
  const all = kills.worker + kills.server
  const least = leastKills(storm)
  const evidence = evidenceOf({ ...kills, least, seconds, killEvery, notBegun })
  const violation = (rule: string): Violation => ({ rule, about: 'run', evidence })
  return [
    ...(all < least ? [violation('hardly anybody was killed')] : []),
    ...(kills.worker === 0 && mustHappen(WORKERS_SHARE, all)
      ? [violation('no billing worker was killed')]
      : []),
    ...(notBegun > cycles * MOST_AFTER_THE_STORM ? [violation('the storm ended before the work')] : []),
  ]
}

/** Each fault that a run of this size cannot be spared struck at the bank; of refusals the journal tells, too. */
export const faultsStruck: BillingRule = ({ storm, refusals }) => {
  const certain = certainFaults(storm)
  const missing = certain.flatMap((fault): Violation[] => {
    const { id, effect } = fault
    const struck = storm.struck.get(id) ?? 0
    const told = effect.kind !== 'decline' || (refusals.length > 0 && refusals.length <= struck)
    if (struck > 0 && told) return []
    const evidence = evidenceOf(fault, { struck, refusals: refusals.length })
    return [{ rule: 'a fault never struck, or not as the journal says', about: `fault ${id}`, evidence }]
  })
  return losesAnswers(storm) && lostAnswers(storm) === 0
    ? [
        ...missing,
        { rule: 'every charge was answered', about: 'run', evidence: evidenceOf([...storm.struck]) },
      ]
    : missing
}

/** Nothing is in doubt but what operators have before them; and there was something to doubt. */
export const unknownsAreKnown: BillingRule = (billing) => {
  const { attempts, everUnknown, queue, storm } = billing
  const shown = new Set(queue)
  const states = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const lost = everUnknown.flatMap((id): Violation[] => {
    const attempt = states.get(id)
    const resolved = attempt && (SUCCEEDED.includes(attempt.state) || attempt.state === 'declined')
    const waits = attempt?.state === 'unknown' && attempt.needsReview && shown.has(id)
    return resolved === true || waits
      ? []
      : [
          {
            rule: 'an unknown charge that nobody looks after',
            about: `payment ${id}`,
            evidence: evidenceOf(attempt),
          },
        ]
  })
  const waiting = new Set(inReview(billing).map(({ id }) => id))
  const strange = queue.filter((id) => !waiting.has(id))
  const hidden = [...waiting].filter((id) => !shown.has(id))
  const counts = evidenceOf({
    unknown: everUnknown.length,
    lost: lostWithoutCharge(storm),
    queue: queue.length,
  })
  return [
    ...lost,
    ...[...strange, ...hidden].map((id) => ({
      rule: 'operators do not see what waits for them',
      about: `payment ${id}`,
      evidence: evidenceOf(states.get(id), { shown: shown.has(id) }),
    })),
    ...(lostWithoutCharge(storm) >= LOST_FOR_SURE && everUnknown.length === 0
      ? [{ rule: 'answers were lost, and nothing was unknown', about: 'run', evidence: counts }]
      : []),
  ]
}

/** A lost answer may come together with another fault of the same call; not so often. */
const LOST_FOR_SURE = 3

/**
 * A charge nobody can decide is held fast with its order and its stock, and nothing is sent after it: not lost, and not
 * charged again.
 */
export const doubtsAreHeld: BillingRule = (billing) => {
  const { attempts, cycles, cycleOrders, snapshot, storm } = billing
  const review = inReview(billing)
  const cycleOf = new Map(cycles.map((cycle) => [cycle.attemptId, cycle]))
  const held = new Map(cycleOrders.map(({ id, stockHeld }) => [id, stockHeld]))
  const orders = new Map(snapshot.orders.map((order) => [order.id, order]))
  const byOrder = Map.groupBy(attempts, ({ orderId }) => orderId)
  const charged = new Set(snapshot.charges.map(({ partnerOrderId }) => partnerOrderId))
  const wrong = review.flatMap((attempt): Violation[] => {
    const cycle = cycleOf.get(attempt.id)
    const order = orders.get(attempt.orderId)
    const others = (byOrder.get(attempt.orderId) ?? []).filter(({ id }) => id !== attempt.id)
    // Ids grow with time.
    const sentAfter = others.filter(({ id }) => id > attempt.id)
    const takenBeside = others.filter(({ id }) => charged.has(id))
    const about = `payment ${attempt.id} of order ${attempt.orderId}`
    const evidence = evidenceOf(attempt, cycle, order, ...others)
    if (sentAfter.length > 0 || takenBeside.length > 0)
      return [{ rule: 'charged again while in doubt', about, evidence }]
    const fast = cycle?.state === 'frozen' && cycle.reason === 'unknown_outcome'
    const waits = order?.state === 'awaiting_payment' && held.get(order.id) === true
    return fast && waits ? [] : [{ rule: 'a charge in doubt is lost', about, evidence }]
  })
  const lost = lostWithoutCharge(storm)
  const vacuous = storm.unchanged === 'review' && lost >= LOST_FOR_SURE && review.length === 0
  return vacuous
    ? [
        ...wrong,
        {
          rule: 'charges without a sign, and no person was asked',
          about: 'run',
          evidence: evidenceOf({ lost }),
        },
      ]
    : wrong
}
