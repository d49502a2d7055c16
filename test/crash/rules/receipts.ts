import { evidenceOf, type Rule, sumOf, type Violation } from './violation.ts'

/** From this amount on one is issued without being asked, in won; written down once more, so that a change is a decision. */
const UNASKED_FROM = 100_000
/** Of what waits neither for the bank nor for a person. */
const NONE: readonly string[] = ['not_due', 'by_provider']
const ISSUED: readonly string[] = ['settled', 'given_up']

/**
 * Cash receipts (현금영수증): whoever paid out of an account has one where it was asked for or the law wants it, nobody else
 * has, and nobody has two. At the bank it stands for what was paid, less what was given back.
 */
export const receiptsMatchBank: Rule = ({ snapshot }) => {
  const atBank = Map.groupBy(snapshot.bankReceipts, ({ partnerOrderId }) => partnerOrderId)
  const ours = new Map(snapshot.receipts.map((receipt) => [receipt.attemptId, receipt]))
  const byTransfer = new Set(
    snapshot.charges.flatMap(({ partnerOrderId, byTransfer: is }) => (is ? [partnerOrderId] : [])),
  )
  const known = new Set(snapshot.attempts.map(({ id }) => id))
  const strange = snapshot.bankReceipts.filter(({ partnerOrderId }) => !known.has(partnerOrderId))
  const wrong = snapshot.attempts.flatMap((attempt): Violation[] => {
    const rows = atBank.get(attempt.id) ?? []
    const own = ours.get(attempt.id)
    const about = `payment ${attempt.id} of order ${attempt.orderId}`
    const found = (rule: string) => [{ rule, about, evidence: evidenceOf(attempt, own, ...rows) }]
    if (rows.filter(({ type }) => type === 'CONFIRM').length > 1)
      return found('two cash receipts for one payment')
    const isPaid = attempt.state === 'succeeded' && byTransfer.has(attempt.id)
    const isDue = isPaid && (own !== undefined || attempt.total >= UNASKED_FROM)
    const isAsItShould = isDue
      ? ISSUED.includes(own?.state ?? '')
      : own === undefined || NONE.includes(own.state)
    if (!isAsItShould) return found('a cash receipt is due and not settled, or settled and not due')
    const standing = sumOf(rows, ({ type, amount }) => (type === 'CONFIRM' ? amount : -amount))
    // Given up is by a person, who may have seen to it elsewhere: it stands for what is written down.
    const wanted = own?.state === 'settled' ? attempt.total - attempt.refunded : (own?.standing ?? 0)
    return standing === wanted && standing === (own?.standing ?? 0)
      ? []
      : found('a cash receipt stands for another amount than was paid and kept')
  })
  return [
    ...wrong,
    ...strange.map((row) => ({
      rule: 'a cash receipt without a payment of ours',
      about: row.partnerOrderId,
      evidence: evidenceOf(row),
    })),
  ]
}
