import { setTimeout as pause } from 'node:timers/promises'
import { surprise } from '../people/insist.ts'
import { noteLoan, noteReturn, returnOf } from './acknowledged.ts'
import type { SelfCheck } from './machine.ts'
import { type Person, type Visiting, wish } from './people.ts'
import type { VisitPlan } from './plan.ts'
import { asLoan, asReturn, type LoanView, objectionsIn } from './views.ts'

/** The library as those see it who come. */
export interface House extends Visiting {
  seed: number
  readers: readonly Person[]
  desk: Person
  /** Ids of titles of which there are few copies, and of which there are enough. */
  titles: { scarce: readonly string[]; plenty: readonly string[] }
  selfCheck: SelfCheck
  /** By the number of the visit: the loan of weeks ago that is brought back then. */
  lateLoans: ReadonlyMap<number, { loanId: string; reader: Person; copies: number }>
}

export interface Visit {
  house: House
  plan: VisitPlan
  reader: Person
  bookId: string
}

const SETTLED_WITHIN_MS = 150_000
/** The key of one step of a visit: the same whenever the step is repeated, and in every run with this seed. */
export const keyOf = ({ house, plan }: Visit, step: string) =>
  `crash-library-${house.seed}-${plan.number}-${step}`

const EXPECTED_OBJECTIONS: readonly string[] = [
  'over_limit',
  'not_enough_stock',
  'held_for_others',
  'copy_out',
]

/** How a refused loan ends; throws when it was refused for what cannot be. */
export function refusedLoan(answer: { code: string; status: number; body: unknown }): string {
  const objections = objectionsIn(answer.body)
  if (answer.code !== 'borrow_refused' || !objections.every((code) => EXPECTED_OBJECTIONS.includes(code)))
    throw surprise('a loan', { ...answer, location: undefined })
  return `refused: ${objections.join(', ')}`
}

/** Asks for copies. @returns the loan, or how it was refused */
export async function borrow(
  visit: Visit,
  { n = 0, copies = visit.plan.copies }: { n?: number; copies?: number } = {},
): Promise<LoanView | string> {
  const { house, reader, bookId } = visit
  const json = { bookId, copies }
  const key = keyOf(visit, `borrow-${n}`)
  const asked = { path: '/api/loans', json, key, read: asLoan, nameOf: ({ id }: LoanView) => id }
  const answer = await wish(house.log, reader, asked)
  if (answer.kind === 'refused') return refusedLoan(answer.answer)
  noteLoan(house.log, answer.view)
  return answer.view
}

/** Waits until the catalogue has answered, however long it is away. */
export async function waitUntilSettled({ house, reader }: Visit, loan: LoanView): Promise<LoanView> {
  const deadline = performance.now() + SETTLED_WITHIN_MS
  for (let everyMs = 20; ; everyMs = Math.min(1_000, everyMs * 2)) {
    const answer = await reader.send({ path: `/api/loans/${loan.id}` })
    const now = asLoan(answer.body)
    if (answer.status !== 200 || now === undefined) throw surprise(`loan ${loan.id}`, answer)
    noteLoan(house.log, now)
    if (now.state !== 'pending' && now.state !== 'cancelling') return now
    if (performance.now() > deadline) throw new Error(`loan ${loan.id} stays ${now.state}`)
    await pause(everyMs)
  }
}

/** Borrows, waits for the copies, and goes on with what was got. */
export async function borrowing(visit: Visit, then: (loan: LoanView) => Promise<string>): Promise<string> {
  const loan = await borrow(visit)
  if (typeof loan === 'string') return loan
  const settled = await waitUntilSettled(visit, loan)
  return settled.out === 0 ? 'came to nothing' : then(settled)
}

const MOST_THINKING_MS = 500

/** People do not do the next thing at once: so there is somebody in the middle of a visit whenever something dies. */
export const think = ({ plan }: Visit) => pause(plan.random() * MOST_THINKING_MS)

/** Brings copies back. The key counts by what was out before, so a repetition is the same return. */
export async function giveBack(visit: Visit, loan: LoanView, copies: number, { atOnce = false } = {}) {
  const { house, reader } = visit
  if (!atOnce) await think(visit)
  const answer = await wish(house.log, reader, {
    path: `/api/loans/${loan.id}/returns`,
    json: { copies },
    key: keyOf(visit, `return-${loan.id.slice(-12)}-of-${loan.out}`),
    read: asReturn,
    nameOf: returnOf,
  })
  if (answer.kind === 'refused') throw surprise(`a return of ${loan.id}`, answer.answer)
  noteReturn(house.log, answer.view)
  return answer.view
}

/** Brings back whatever is out. */
export async function giveBackAll(visit: Visit, loan: LoanView): Promise<string> {
  await giveBack(visit, loan, loan.out)
  return 'brought all back'
}
