import {
  evidenceOf,
  PAID_STATES,
  type Rule,
  type Situation,
  SUCCEEDED,
  sumOf,
  type Violation,
} from './violation.ts'

/** An attempt has succeeded exactly when the bank charged it, once, at the provider that was asked, with the same amount. */
export const chargesMatchAttempts: Rule = ({ snapshot }) => {
  const charges = Map.groupBy(snapshot.charges, (row) => row.partnerOrderId)
  const known = new Set(snapshot.attempts.map(({ id }) => id))
  const wrong: Violation[] = snapshot.attempts.flatMap((attempt) => {
    const taken = charges.get(attempt.id) ?? []
    const about = `payment ${attempt.id} of order ${attempt.orderId}`
    const evidence = evidenceOf(attempt, ...taken)
    if (taken.length > 1) return [{ rule: 'money taken twice', about, evidence }]
    if (!SUCCEEDED.includes(attempt.state))
      return taken.length === 0 ? [] : [{ rule: 'charged at the bank, not with us', about, evidence }]
    return taken[0]?.amount === attempt.total && taken[0].provider === attempt.provider
      ? []
      : [{ rule: 'succeeded with us, not so charged at the bank', about, evidence }]
  })
  const strange = snapshot.charges.filter((row) => !known.has(row.partnerOrderId))
  return [
    ...wrong,
    ...strange.map((row) => ({
      rule: 'charge without a payment of ours',
      about: row.partnerOrderId,
      evidence: evidenceOf(row),
    })),
  ]
}

/** No order was ever charged by two of its attempts. */
export const oneChargePerOrder: Rule = ({ snapshot }) => {
  const orderOf = new Map(snapshot.attempts.map(({ id, orderId }) => [id, orderId]))
  const byOrder = Map.groupBy(snapshot.charges, (row) => orderOf.get(row.partnerOrderId) ?? '')
  return [...byOrder].flatMap(([orderId, taken]) =>
    orderId !== '' && new Set(taken.map((row) => row.partnerOrderId)).size > 1
      ? [{ rule: 'two charges for one order', about: `order ${orderId}`, evidence: evidenceOf(...taken) }]
      : [],
  )
}

/** What the bank gave back for an attempt is what we recorded: the same refunds, the same amounts, once each. */
export const refundsMatch: Rule = ({ snapshot }) => {
  const given = Map.groupBy(snapshot.bankRefunds, (row) => row.partnerOrderId)
  const recorded = Map.groupBy(snapshot.refunds, (row) => row.attemptId)
  const attempts = new Map(snapshot.attempts.map((attempt) => [attempt.id, attempt]))
  return [...new Set([...given.keys(), ...recorded.keys(), ...attempts.keys()])].flatMap((attemptId) => {
    const there = given.get(attemptId) ?? []
    const all = recorded.get(attemptId) ?? []
    const here = all.filter(({ state }) => state === 'succeeded')
    const attempt = attempts.get(attemptId)
    const about = `payment ${attemptId}`
    const evidence = evidenceOf(attempt, ...all, ...there)
    const sum = sumOf(there, ({ amount }) => amount)
    if (attempt !== undefined && sum > attempt.total)
      return [{ rule: 'more given back than taken', about, evidence }]
    const sameIds =
      new Set(there.map(({ aid }) => aid)).symmetricDifference(
        new Set(here.map((row) => row.providerRefundId)),
      ).size === 0
    if (there.length !== here.length || !sameIds || sum !== sumOf(here, ({ amount }) => amount))
      return [{ rule: 'refunds of the bank are not ours', about, evidence }]
    return sum === (attempt?.refunded ?? 0)
      ? []
      : [{ rule: 'refunded sum of a payment is wrong', about, evidence }]
  })
}

/** A paid order keeps exactly its total, less what was given back of it, at the bank; every other order keeps nothing there. */
export const ordersMatchBank: Rule = ({ snapshot }) => {
  const attemptsOf = Map.groupBy(snapshot.attempts, (attempt) => attempt.orderId)
  const taken = Map.groupBy(snapshot.charges, (row) => row.partnerOrderId)
  const given = Map.groupBy(snapshot.bankRefunds, (row) => row.partnerOrderId)
  return snapshot.orders.flatMap((order): Violation[] => {
    const attempts = attemptsOf.get(order.id) ?? []
    const charges = attempts.flatMap(({ id }) => taken.get(id) ?? [])
    const refunds = attempts.flatMap(({ id }) => given.get(id) ?? [])
    const kept = sumOf(charges, (row) => row.amount) - sumOf(refunds, (row) => row.amount)
    const about = `order ${order.id}`
    const evidence = evidenceOf(order, ...attempts, ...charges, ...refunds)
    if (PAID_STATES.includes(order.state)) {
      const paidBy = attempts.find(({ id }) => id === order.paidAttemptId)
      if (kept !== order.total - (order.refundedTotal ?? 0))
        return [{ rule: 'a paid order without its money', about, evidence }]
      return paidBy?.state === 'succeeded' ? [] : [{ rule: 'paid by no payment', about, evidence }]
    }
    if (kept !== 0) return [{ rule: 'money without an order', about, evidence }]
    return order.state !== 'refunded' || refunds.length > 0
      ? []
      : [{ rule: 'refunded order without a refund', about, evidence }]
  })
}

/** Every ledger transaction balances, belongs to a payment or refund, and the accounts say what the bank says. */
export const ledgerMatchesBank: Rule = ({ snapshot }) => {
  const expected = new Map<string, number>()
  for (const { id, state, total } of snapshot.attempts) if (SUCCEEDED.includes(state)) expected.set(id, total)
  for (const { id, state, amount } of snapshot.refunds) if (state === 'succeeded') expected.set(id, -amount)
  const transactions = Map.groupBy(snapshot.ledger, (entry) => entry.transactionId)
  const wrong = [...new Set([...expected.keys(), ...transactions.keys()])].flatMap((id): Violation[] => {
    const entries = transactions.get(id) ?? []
    const about = `ledger transaction ${id}`
    const receivable = entries.filter(({ account }) => account.startsWith('receivable:'))
    if (sumOf(entries, ({ amount }) => amount) !== 0)
      return [{ rule: 'a ledger transaction does not balance', about, evidence: evidenceOf(...entries) }]
    return sumOf(receivable, ({ amount }) => amount) === (expected.get(id) ?? 0)
      ? []
      : [
          {
            rule: 'the ledger is not what happened',
            about,
            evidence: evidenceOf(expected.get(id), ...entries),
          },
        ]
  })
  return [...wrong, ...PROVIDERS.flatMap((provider) => owedOtherwise(snapshot, provider))]
}

const PROVIDERS = ['kakaopay', 'toss']

/** What a provider owes us by our ledger is what it has taken for us and not given back, by its own journal. */
function owedOtherwise({ ledger, charges, bankRefunds }: Situation['snapshot'], provider: string) {
  const sum = (rows: readonly { amount: number }[]) => sumOf(rows, ({ amount }) => amount)
  const own = (rows: readonly { amount: number; provider: string }[]) =>
    sum(rows.filter((row) => row.provider === provider))
  const booked = sum(ledger.filter(({ account }) => account === `receivable:${provider}`))
  const atBank = own(charges) - own(bankRefunds)
  const about = `what ${provider} owes`
  return booked === atBank
    ? []
    : [{ rule: 'ledger and bank disagree', about, evidence: evidenceOf({ booked, atBank }) }]
}
