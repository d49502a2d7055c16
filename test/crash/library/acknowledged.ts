import type { Person } from './people.ts'
import type { HoldView, LoanView, ReturnView } from './views.ts'

/** A request with a key that was answered: sent once more it must do nothing and answer the same. */
export interface KeptAnswer {
  person: Person
  path: string
  json: unknown
  key: string
  /** What the answer was about. */
  about: string
  /** What another answer is about; undefined when it has another form. */
  nameIn(body: unknown): string | undefined
}

/** What readers and librarians have been told: it must still be true after any crash. */
export interface Acknowledged {
  accounts: Set<string>
  loans: Map<string, { patronId: string; bookId: string; quantity: number; states: Set<string> }>
  /** By loan and number of the return. */
  returns: Map<string, { copies: number; fee: number }>
  /** What the self-check machine has lent and taken back, by loan. */
  scanned: Map<string, { barcode: string; isBack: boolean }>
  /** The most renewals seen of a loan. */
  renewals: Map<string, number>
  holds: Map<string, { bookId: string; states: Set<string> }>
  /** What was paid or waived at the desk, by the id of the entry. */
  payments: Map<string, { patronId: string; amount: number }>
  /** What was answered for each Idempotency-Key: never more than one thing. */
  keys: Map<string, Set<string>>
  answers: KeptAnswer[]
}

/** Before the first visit. */
export function nothingAcknowledged(): Acknowledged {
  return {
    accounts: new Set(),
    loans: new Map(),
    returns: new Map(),
    scanned: new Map(),
    renewals: new Map(),
    holds: new Map(),
    payments: new Map(),
    keys: new Map(),
    answers: [],
  }
}

/** Notes a loan from a 2xx answer. */
export function noteLoan(log: Acknowledged, loan: LoanView): void {
  const { id, patronId, book, quantity, state, renewals } = loan
  const known = entry(log.loans, id, () => ({
    patronId,
    bookId: book.id,
    quantity,
    states: new Set<string>(),
  }))
  known.states.add(state)
  log.renewals.set(id, Math.max(log.renewals.get(id) ?? 0, renewals))
}

/** Notes a return from a 2xx answer. */
export function noteReturn(log: Acknowledged, back: ReturnView): void {
  noteLoan(log, back.loan)
  log.returns.set(returnOf(back), { copies: back.copies, fee: back.fee })
}

/** By what a return is known. */
export const returnOf = ({ loan, returnNo }: ReturnView) => `${loan.id}/${returnNo}`

/** Notes a hold from a 2xx answer. */
export function noteHold(log: Acknowledged, hold: HoldView): void {
  entry(log.holds, hold.id, () => ({ bookId: hold.book.id, states: new Set<string>() })).states.add(
    hold.state,
  )
}

/** Notes what a request with a key was answered. */
export function noteKey(log: Acknowledged, answer: KeptAnswer): void {
  entry(log.keys, answer.key, () => new Set<string>()).add(answer.about)
  log.answers.push(answer)
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
