import { until } from '../../../src/platform/resilience/poll-until.ts'
import { surprise } from '../people/insist.ts'
import { noteLoan, noteReturn, returnOf } from './acknowledged.ts'
import { wish } from './people.ts'
import { keyOf, refusedLoan, think, type Visit, waitUntilSettled } from './steps.ts'
import { asCopies, asEntry, asFees, asLoan, asPatron, asReturn, type LoanView } from './views.ts'

/** Lending hears of accounts by events, which may be as late as anything that was killed. */
const KNOWN_WITHIN_MS = 150_000
const BOOK_DROP_DAYS = 2

/** A librarian lends a copy that lies on the desk, and mostly takes it back. */
export async function byDesk(visit: Visit): Promise<string> {
  const { house, bookId, plan } = visit
  const { desk, log } = house
  const copies = asCopies((await desk.send({ path: `/api/books/${bookId}/copies` })).body)?.data ?? []
  const there = copies.filter(({ state }) => state === 'available')
  const barcode = there[Math.floor(plan.random() * there.length)]?.barcode
  if (barcode === undefined) return 'nothing on the desk'
  const card = await cardOf(visit)
  await think(visit)
  const lent = await wish(log, desk, {
    path: '/api/loans/desk',
    json: { card, barcode, bookId },
    key: keyOf(visit, 'desk-loan'),
    read: asLoan,
    nameOf: ({ id }) => id,
  })
  if (lent.kind === 'refused') return refusedLoan(lent.answer)
  noteLoan(log, lent.view)
  const settled = await waitUntilSettled({ ...visit, reader: desk }, lent.view)
  if (settled.out === 0) return 'came to nothing'
  if (plan.random() < 0.3) return 'lent at the desk'
  const back = await wish(log, desk, {
    path: '/api/loans/desk/returns',
    json: { barcode },
    key: keyOf(visit, 'desk-return'),
    read: asReturn,
    nameOf: returnOf,
  })
  if (back.kind === 'refused') throw surprise(`a return of ${barcode}`, back.answer)
  noteReturn(log, back.view)
  return 'taken back at the desk'
}

/** The card of who visits, once lending knows of them. */
export async function cardOf({ house, reader }: Visit): Promise<string> {
  return until(
    async () => asPatron((await house.desk.send({ path: `/api/patrons/${reader.id}` })).body)?.card,
    { what: 'lending to know a reader', deadlineMs: KNOWN_WITHIN_MS, everyMs: 250 },
  )
}

/** A loan of weeks ago comes back, in parts, by its reader or out of the book drop; then something is paid. */
export async function lateVisit(visit: Visit): Promise<string> {
  const { house, plan } = visit
  const known = house.lateLoans.get(plan.number)
  if (known === undefined) throw new Error(`there is no late loan for visit ${plan.number}`)
  const answer = await known.reader.send({ path: `/api/loans/${known.loanId}` })
  const loan = asLoan(answer.body)
  if (loan === undefined) throw surprise(`loan ${known.loanId}`, answer)
  let { out } = loan
  while (out > 0) {
    await think(visit)
    const copies = plan.random() < 0.6 ? 1 : out
    const fromDrop = plan.random() < 0.4
    const effectiveAt = Temporal.Now.instant()
      .subtract({ hours: 24 * BOOK_DROP_DAYS })
      .toString()
    const back = await wish(house.log, fromDrop ? house.desk : known.reader, {
      path: `/api/loans/${loan.id}/returns`,
      json: { copies, ...(fromDrop ? { effectiveAt } : {}) },
      key: keyOf(visit, `late-${out}`),
      read: asReturn,
      nameOf: returnOf,
    })
    if (back.kind === 'refused') throw surprise(`a return of ${loan.id}`, back.answer)
    noteReturn(house.log, back.view)
    out = back.view.loan.out
    if (plan.random() < 0.2) break
  }
  return payFees({ ...visit, reader: known.reader })
}

async function payFees(visit: Visit): Promise<string> {
  const { house, reader, plan } = visit
  const path = `/api/patrons/${reader.id}`
  const { balance = 0 } = asFees((await house.desk.send({ path: `${path}/fees` })).body) ?? {}
  if (balance <= 0) return 'owes nothing'
  const amount = plan.random() < 0.5 ? balance : Math.ceil(balance / 2)
  const key = keyOf(visit, 'pay')
  const paid = await wish(house.log, house.desk, {
    path: `${path}/payments`,
    json: { amount },
    key,
    read: asEntry,
    nameOf: ({ id }) => id,
  })
  if (paid.kind === 'granted') {
    house.log.payments.set(paid.view.id, { patronId: reader.id, amount: paid.view.amount })
    return 'paid'
  }
  // Another visit of the same reader was quicker.
  if (paid.answer.code !== 'more_than_owed') throw surprise('a payment', paid.answer)
  return 'owed less by then'
}

/** Copies are given up; half of them turn up again. */
export async function loseCopies({ house, plan }: Visit, loan: LoanView): Promise<string> {
  const declare = (what: 'lost' | 'found') =>
    house.desk.send({ method: 'POST', path: `/api/loans/${loan.id}/${what}` })
  const lost = await declare('lost')
  const view = asLoan(lost.body)
  if (lost.status !== 200 || view === undefined) throw surprise('a loan given up', lost)
  noteLoan(house.log, view)
  if (plan.random() < 0.5) return 'lost'
  const found = await declare('found')
  const after = asLoan(found.body)
  if (found.status === 200 && after !== undefined) noteLoan(house.log, after)
  // The answer to the first try was lost.
  else if (found.code !== 'loan_not_lost') throw surprise('copies found', found)
  return 'lost and found'
}
