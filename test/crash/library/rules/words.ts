import { evidenceOf, keyed, type Rule, type Violation } from './violation.ts'

/** Where a loan may be that somebody once saw in this state. */
const LOAN_AFTER: Readonly<Record<string, readonly string[]>> = {
  active: ['active', 'overdue', 'returned', 'lost'],
  overdue: ['active', 'overdue', 'returned', 'lost'],
  cancelling: ['cancelled'],
  cancelled: ['cancelled'],
  returned: ['returned'],
  lost: ['lost', 'returned'],
}

const HOLD_AFTER: Readonly<Record<string, readonly string[]>> = {
  shelved: ['shelved', 'collected', 'expired', 'cancelled'],
  collected: ['collected'],
  cancelled: ['cancelled'],
  expired: ['expired'],
}

const lost = (about: string, ...rows: readonly unknown[]): Violation => ({
  rule: 'what was acknowledged is lost',
  about,
  evidence: evidenceOf(...rows),
})

export const acknowledgedLoansStand: Rule = ({ snapshot, acknowledged }) => {
  const loans = keyed(snapshot.loans, ({ id }) => id)
  return [...acknowledged.loans].flatMap(([id, seen]) => {
    const loan = loans.get(id)
    const evidence = { ...seen, states: [...seen.states] }
    if (loan === undefined) return [lost(`loan ${id}`, evidence)]
    const other =
      loan.patronId !== seen.patronId || loan.bookId !== seen.bookId || loan.quantity !== seen.quantity
    const denied = [...seen.states].some((state) => !(LOAN_AFTER[state]?.includes(loan.state) ?? true))
    const renewed = loan.renewals < (acknowledged.renewals.get(id) ?? 0)
    return other || denied || renewed ? [lost(`loan ${id}`, evidence, loan)] : []
  })
}

export const acknowledgedReturnsStand: Rule = ({ snapshot, acknowledged }) => {
  const returns = keyed(snapshot.returns, ({ loanId, no }) => `${loanId}/${no}`)
  return [...acknowledged.returns].flatMap(([about, seen]) => {
    const row = returns.get(about)
    return row?.copies === seen.copies && row.fee === seen.fee ? [] : [lost(`return ${about}`, seen, row)]
  })
}

/** A machine says yes about the copy in it, no other one. */
export const scannedCopiesStand: Rule = ({ snapshot, acknowledged }) => {
  const copies = keyed(snapshot.loanCopies, ({ loanId, barcode }) => `${loanId}/${barcode}`)
  return [...acknowledged.scanned].flatMap(([loanId, seen]) => {
    const row = copies.get(`${loanId}/${seen.barcode}`)
    return row !== undefined && (row.backNo !== null || !seen.isBack)
      ? []
      : [lost(`copy ${seen.barcode}`, { loanId, ...seen }, row)]
  })
}

export const acknowledgedHoldsStand: Rule = ({ snapshot, acknowledged }) => {
  const holds = keyed(snapshot.holds, ({ id }) => id)
  return [...acknowledged.holds].flatMap(([id, seen]) => {
    const hold = holds.get(id)
    const denied = [...seen.states].some(
      (state) => hold !== undefined && !(HOLD_AFTER[state]?.includes(hold.state) ?? true),
    )
    return hold?.bookId === seen.bookId && !denied ? [] : [lost(`hold ${id}`, [...seen.states], hold)]
  })
}

export const acknowledgedPaymentsStand: Rule = ({ snapshot, acknowledged }) => {
  const entries = keyed(snapshot.fees, ({ id }) => id)
  return [...acknowledged.payments].flatMap(([id, seen]) => {
    const entry = entries.get(id)
    const right =
      entry?.kind === 'payment' && entry.amount === seen.amount && entry.patronId === seen.patronId
    return right ? [] : [lost(`payment ${id}`, seen, entry)]
  })
}

export const acknowledgedAccountsStand: Rule = ({ snapshot, acknowledged }) => {
  const accounts = new Set(snapshot.accounts)
  return [...acknowledged.accounts].flatMap((email) =>
    accounts.has(email) ? [] : [lost(`account ${email}`)],
  )
}

/** One Idempotency-Key, one effect: as it was answered, as it is kept, and as it is answered once more. */
export const oneKeyOneEffect: Rule = ({ snapshot, acknowledged, repeats }) => {
  const kept = Map.groupBy(snapshot.keys, ({ key }) => key)
  const twice = [...acknowledged.keys].flatMap(([key, answers]): Violation[] => {
    const rows = kept.get(key) ?? []
    const evidence = evidenceOf([...answers], ...rows)
    if (answers.size > 1) return [{ rule: 'one key had two effects', about: key, evidence }]
    return rows.length === 1 && answers.has(rows[0]?.about ?? '')
      ? []
      : [lost(`key ${key}`, [...answers], ...rows)]
  })
  const otherwise = repeats
    .filter(({ before, after }) => before !== after)
    .map((repeat) => ({
      rule: 'a repeated request was answered otherwise',
      about: repeat.key,
      evidence: evidenceOf(repeat),
    }))
  // Nothing was made but by a key that was asked with: whoever got no answer asked again.
  const made = new Map<string, number>()
  for (const { scope, about } of snapshot.keys) {
    // A renewal is about a loan that another key made.
    if (scope !== 'library-renewals') made.set(`${about}`, (made.get(`${about}`) ?? 0) + 1)
  }
  const doubled = [...made]
    .filter(([, n]) => n > 1)
    .map(([about, n]) => ({ rule: 'two keys had one effect', about, evidence: `${n} keys` }))
  return [...twice, ...otherwise, ...doubled]
}

/** Every loan was asked for by somebody: none came out of a request that was sent twice. */
export const noLoanUnasked: Rule = ({ snapshot, acknowledged, lentEarlier }) => {
  const keyOf = new Set(snapshot.keys.map(({ about }) => about))
  return snapshot.loans
    .filter(({ id }) => !lentEarlier.has(id) && !(keyOf.has(id) && acknowledged.loans.has(id)))
    .map((loan) => ({ rule: 'a loan that nobody was told of', about: loan.id, evidence: evidenceOf(loan) }))
}
