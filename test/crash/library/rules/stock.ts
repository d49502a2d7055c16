import { evidenceOf, keyed, outOf, RUNNING, type Rule, type Violation } from './violation.ts'

/** Of each title as many copies are there as are owned, each in one place that its loan or hold confirms. */
export const copiesAddUp: Rule = ({ snapshot, owned }) => {
  const counted = Map.groupBy(snapshot.copies, ({ bookId }) => bookId)
  const stock = keyed(snapshot.loanStock, ({ loanId }) => loanId)
  const numbers = [...owned].flatMap(([bookId, wanted]): Violation[] => {
    const copies = counted.get(bookId) ?? []
    const states = Object.fromEntries(
      [...Map.groupBy(copies, ({ state }) => state)].map(([state, list]) => [state, list.length]),
    )
    return copies.length === wanted
      ? []
      : [{ rule: 'copies are missing or too many', about: bookId, evidence: evidenceOf({ wanted }, states) }]
  })
  const held = Map.groupBy(
    snapshot.copies.filter(({ loanId }) => loanId !== null),
    ({ loanId }) => loanId ?? '',
  )
  const byLoan = [...new Set([...stock.keys(), ...held.keys()])].flatMap((loanId): Violation[] => {
    const { taken = 0, back = 0, lost = 0 } = stock.get(loanId) ?? {}
    const copies = held.get(loanId) ?? []
    const onLoan = copies.filter(({ state }) => state === 'on_loan').length
    const gone = copies.filter(({ state }) => state === 'lost').length
    return onLoan === taken - back - lost && gone === lost
      ? []
      : [
          {
            rule: 'copies of a loan are not what was taken for it',
            about: `loan ${loanId}`,
            evidence: evidenceOf({ taken, back, lost }, ...copies),
          },
        ]
  })
  return [...numbers, ...byLoan]
}

/** What the catalogue took for a loan is what lending says of it. */
export const stockMatchesLoans: Rule = ({ snapshot }) => {
  const stock = keyed(snapshot.loanStock, ({ loanId }) => loanId)
  const known = new Set(snapshot.loans.map(({ id }) => id))
  const unknown = snapshot.loanStock
    .filter(({ loanId }) => !known.has(loanId))
    .map((row) => ({ rule: 'copies were taken for no loan', about: row.loanId, evidence: evidenceOf(row) }))
  const unlike = snapshot.loans.flatMap((loan): Violation[] => {
    const row = stock.get(loan.id)
    const out = row === undefined ? 0 : row.taken - row.back - row.lost
    const handedOver = [...RUNNING, 'returned', 'lost'].includes(loan.state)
    const right = handedOver
      ? row?.state === 'taken' && row.taken === loan.quantity && out === outOf(loan)
      : row !== undefined && row.state !== 'taken' && out === 0
    return right
      ? []
      : [
          {
            rule: 'catalogue and lending disagree about a loan',
            about: loan.id,
            evidence: evidenceOf(loan, row),
          },
        ]
  })
  return [...unknown, ...unlike]
}

/** Each return raised stock once, by as many copies; nothing else did. */
export const returnsRaiseStockOnce: Rule = ({ snapshot }) => {
  const wanted = snapshot.returns.map(({ loanId, no, copies }) => `${loanId}/${no}: ${copies}`)
  const moved = snapshot.moves
    .filter(({ kind }) => kind === 'return')
    .map(({ loanId, no, copies }) => `${loanId}/${no}: ${copies}`)
  const sums = snapshot.loanStock.flatMap((row): Violation[] => {
    const moves = snapshot.moves.filter(({ loanId }) => loanId === row.loanId)
    const sum = (kinds: readonly string[]) =>
      moves.filter(({ kind }) => kinds.includes(kind)).reduce((copies, move) => copies + move.copies, 0)
    const right =
      sum(['take']) === row.taken &&
      sum(['return', 'release', 'found']) === row.back &&
      sum(['lost']) - sum(['found']) === row.lost
    return right
      ? []
      : [
          {
            rule: 'movements do not add up',
            about: `loan ${row.loanId}`,
            evidence: evidenceOf(row, ...moves),
          },
        ]
  })
  return [...differences('a return did not raise stock once', wanted, moved), ...sums]
}

/** No copy is with two readers, and lending and catalogue agree on who has which. */
export const noCopyLentTwice: Rule = ({ snapshot }) => {
  const running = new Set(snapshot.loans.filter((loan) => outOf(loan) > 0).map(({ id }) => id))
  const out = snapshot.loanCopies.filter(({ loanId, backNo }) => backNo === null && running.has(loanId))
  const twice = [...Map.groupBy(out, ({ barcode }) => barcode)].flatMap(([barcode, rows]): Violation[] =>
    rows.length === 1
      ? []
      : [{ rule: 'a copy is out by two loans', about: barcode, evidence: evidenceOf(...rows) }],
  )
  const lendings = out.map(({ loanId, barcode }) => `${barcode} by ${loanId}`)
  const catalogues = snapshot.copies
    .filter(({ state }) => state === 'on_loan')
    .map(({ barcode, loanId }) => `${barcode} by ${loanId}`)
  return [...twice, ...differences('catalogue and lending disagree about a copy', catalogues, lendings)]
}

/** A copy stands on the hold shelf for each hold that has one, nobody waits beside a free copy, and lending knows. */
export const queueIsServed: Rule = ({ snapshot }) => {
  const free = Map.groupBy(
    snapshot.copies.filter(({ state }) => state === 'available'),
    ({ bookId }) => bookId,
  )
  const shelved = snapshot.copies.filter(({ state }) => state === 'on_shelf').map(({ holdId }) => `${holdId}`)
  const wanted = snapshot.holds.filter(({ state }) => state === 'shelved').map(({ id }) => id)
  const ignored = snapshot.holds
    .filter(({ state, bookId }) => state === 'waiting' && free.has(bookId))
    .map((hold) => ({
      rule: 'somebody waits beside a free copy',
      about: hold.id,
      evidence: evidenceOf(hold),
    }))
  const twice = [
    ...Map.groupBy(
      snapshot.holds.filter(({ state }) => state === 'waiting' || state === 'shelved'),
      ({ bookId, patronId }) => `${bookId} ${patronId}`,
    ),
  ].flatMap(([about, rows]): Violation[] =>
    rows.length === 1
      ? []
      : [{ rule: 'somebody waits twice for a title', about, evidence: evidenceOf(...rows) }],
  )
  const waiting = snapshot.holds.filter(({ state }) => state === 'waiting').map(({ id }) => id)
  const heard = snapshot.heardHolds.filter((hold) => hold.waiting).map(({ holdId }) => holdId)
  return [
    ...differences('the hold shelf is not what the queue says', wanted, shelved),
    ...ignored,
    ...twice,
    ...differences('lending does not know who waits', waiting, heard),
  ]
}

/** What is in one list and not as often in the other. */
export function differences(rule: string, wanted: readonly string[], found: readonly string[]): Violation[] {
  const count = new Map<string, number>()
  for (const one of wanted) count.set(one, (count.get(one) ?? 0) + 1)
  for (const one of found) count.set(one, (count.get(one) ?? 0) - 1)
  return [...count]
    .filter(([, n]) => n !== 0)
    .map(([about, n]) => ({ rule, about, evidence: n > 0 ? `missing ${n} times` : `too often by ${-n}` }))
}
