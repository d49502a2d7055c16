import { differences } from './stock.ts'
import { evidenceOf, keyed, outOf, type Rule, type Violation } from './violation.ts'

const GRANTED = 'library.stock.decreased'
const REFUSED = 'library.stock.out'

/** Every loan was granted or came to nothing, never both, and none is left in between. */
export const everyLoanSettled: Rule = ({ snapshot }) => {
  const answers = Map.groupBy(
    [...snapshot.logs.values()].flat().filter(({ type }) => type === GRANTED || type === REFUSED),
    ({ subject }) => subject,
  )
  const steps = Map.groupBy(snapshot.told, ({ loanId }) => loanId)
  return snapshot.loans.flatMap((loan): Violation[] => {
    const states = (steps.get(loan.id) ?? []).map(({ state }) => state)
    const kinds = new Set((answers.get(loan.id) ?? []).map(({ type }) => type))
    const open = loan.state === 'pending' || loan.state === 'cancelling'
    const both = kinds.has(GRANTED) && kinds.has(REFUSED)
    const revived = states.includes('cancelled') && states.includes('active')
    return open || both || revived
      ? [
          {
            rule: 'a loan is not settled, or twice',
            about: loan.id,
            evidence: evidenceOf(loan, states, [...kinds]),
          },
        ]
      : []
  })
}

/** Returns never exceed what was borrowed, and add up to what the loan says. */
export const returnsAddUp: Rule = ({ snapshot }) => {
  const returns = Map.groupBy(snapshot.returns, ({ loanId }) => loanId)
  return snapshot.loans.flatMap((loan): Violation[] => {
    const rows = returns.get(loan.id) ?? []
    const copies = rows.reduce((sum, row) => sum + row.copies, 0)
    // What was given up and found again has come back without a return.
    const found = loan.state === 'returned' && loan.replacement !== null ? loan.returned - copies : 0
    const right =
      copies + found === loan.returned && rows.length === loan.returns && loan.returned <= loan.quantity
    return right
      ? []
      : [{ rule: 'returns do not add up', about: loan.id, evidence: evidenceOf(loan, ...rows) }]
  })
}

/** Late fees of one return in won, by days late: what the library publishes. */
const BANDS = [
  { from: 15, fee: 2_000 },
  { from: 8, fee: 1_000 },
  { from: 1, fee: 500 },
] as const

/** A late return was charged once, by the published bands; nothing else was, and the loan says the same sum. */
export const lateFeesOnce: Rule = ({ snapshot }) => {
  const entries = snapshot.fees.filter(({ kind }) => kind === 'late_fee')
  const wanted = snapshot.returns.flatMap((row) => {
    const fee = BANDS.find(({ from }) => row.lateDays >= from)?.fee ?? 0
    return fee > 0 ? [`${row.loanId}/${row.no}: ${fee}`] : []
  })
  const charged = entries.map(({ loanId, returnNo, amount }) => `${loanId}/${returnNo}: ${amount}`)
  const sums = snapshot.loans.flatMap((loan): Violation[] => {
    const mine = entries.filter(({ loanId }) => loanId === loan.id)
    const sum = mine.reduce((won, { amount }) => won + amount, 0)
    return sum === loan.lateFees
      ? []
      : [
          {
            rule: 'a loan tells another fee than was charged',
            about: loan.id,
            evidence: evidenceOf(loan, ...mine),
          },
        ]
  })
  const lost = snapshot.fees.filter(({ kind }) => kind === 'replacement').map(({ loanId }) => `${loanId}`)
  const givenUp = snapshot.loans.filter(({ replacement }) => (replacement ?? 0) > 0).map(({ id }) => id)
  const owed = [...Map.groupBy(snapshot.fees, ({ patronId }) => patronId)].flatMap(
    ([patronId, rows]): Violation[] => {
      const paid = rows.filter(({ kind }) => kind === 'payment' || kind === 'waiver')
      const debts = rows.filter(({ kind }) => kind === 'late_fee' || kind === 'replacement')
      const total = (list: typeof rows) => list.reduce((won, { amount }) => won + amount, 0)
      return total(paid) <= total(debts)
        ? []
        : [{ rule: 'more was paid than was owed', about: patronId, evidence: evidenceOf(...rows) }]
    },
  )
  return [
    ...differences('a late fee was not charged once', wanted, charged),
    ...sums,
    ...differences('a replacement was not charged once', givenUp, lost),
    ...owed,
  ]
}

/** Nobody ever had or waited for more copies than they may: what lending told is gone through step by step. */
export const limitsKept: Rule = ({ snapshot, lentEarlier }) => {
  const limits = keyed(snapshot.limits, ({ patronId }) => patronId)
  return [...Map.groupBy(snapshot.told, ({ patronId }) => patronId)].flatMap(
    ([patronId, steps]): Violation[] => {
      const limit = limits.get(patronId)?.limit ?? 0
      const counted = new Map<string, number>()
      return steps.flatMap((step): Violation[] => {
        counted.set(step.loanId, step.state === 'pending' ? step.quantity : step.out)
        const sum = [...counted.values()].reduce((copies, n) => copies + n, 0)
        const asked = step.state === 'pending' && !lentEarlier.has(step.loanId)
        return asked && sum > limit
          ? [
              {
                rule: 'a reader has more than they may',
                about: patronId,
                evidence: evidenceOf({ limit, sum }, step),
              },
            ]
          : []
      })
    },
  )
}

/** The dashboard shows each loan as lending has it, has heard every step it shows, and answers readers the sums. */
export const dashboardMatchesLoans: Rule = ({ snapshot, dashboards }) => {
  const shownAs = (row: { state: string; quantity: number; lateFees: number; dueOn: string }, out: number) =>
    `${row.state}, ${out} of ${row.quantity}, ${row.lateFees} won, due ${row.dueOn}`
  const wanted = snapshot.loans.map((loan) => `${loan.id}: ${shownAs(loan, outOf(loan))}`)
  const shown = snapshot.shown.map((row) => `${row.loanId}: ${shownAs(row, row.out)}`)
  const told = snapshot.told
    .filter(({ type }) => type !== 'library.loan.due-soon')
    .map(({ loanId, version }) => `${loanId} version ${version}`)
  const heard = snapshot.shownEvents.map(({ loanId, version }) => `${loanId} version ${version}`)
  const mine = Map.groupBy(snapshot.loans, ({ patronId }) => patronId)
  const answers = dashboards.flatMap((seen): Violation[] => {
    const loans = mine.get(seen.patronId) ?? []
    const sum = (amount: (loan: (typeof loans)[number]) => number) =>
      loans.reduce((n, loan) => n + amount(loan), 0)
    const right = {
      patronId: seen.patronId,
      borrowed: sum(outOf),
      pending: sum(({ state, quantity }) => (state === 'pending' ? quantity : 0)),
      lateFees: sum(({ lateFees }) => lateFees),
    }
    return JSON.stringify(right) === JSON.stringify(seen)
      ? []
      : [
          {
            rule: 'a dashboard answers other sums',
            about: seen.patronId,
            evidence: evidenceOf({ right, seen }),
          },
        ]
  })
  return [
    ...differences('the dashboard shows a loan otherwise', wanted, shown),
    ...differences('the dashboard did not hear every step once', told, heard),
    ...answers,
  ]
}
