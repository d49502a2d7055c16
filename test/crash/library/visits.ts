import { setTimeout as pause } from 'node:timers/promises'
import { surprise } from '../people/insist.ts'
import { noteHold, noteLoan } from './acknowledged.ts'
import { byDesk, lateVisit, loseCopies } from './desk.ts'
import { byMachine } from './machine.ts'
import { wish } from './people.ts'
import type { Journey, VisitPlan } from './plan.ts'
import {
  borrow,
  borrowing,
  giveBack,
  giveBackAll,
  type House,
  keyOf,
  think,
  type Visit,
  waitUntilSettled,
} from './steps.ts'
import { asHold, asHolds, asLoan, type HoldView } from './views.ts'

const ON_SHELF_WITHIN_MS = 15_000
/** More than a third of what anybody may have at a time. */
const GREEDY_COPIES = 4

/** Goes through one visit. @returns how it ended; throws at an answer that nobody should ever get */
export async function visit(house: House, plan: VisitPlan): Promise<string> {
  const shelf = plan.scarce ? house.titles.scarce : house.titles.plenty
  const reader = house.readers[plan.reader % house.readers.length]
  const bookId = shelf[plan.title % shelf.length]
  if (reader === undefined || bookId === undefined) throw new Error('there are no readers or no titles')
  return WAYS[plan.journey]({ house, plan, reader, bookId })
}

const WAYS: Readonly<Record<Journey, (visit: Visit) => Promise<string>>> = {
  return_all: (visit) => borrowing(visit, (loan) => giveBackAll(visit, loan)),
  return_some: (visit) =>
    borrowing(visit, async (loan) => {
      const back = await giveBack(visit, loan, 1)
      return visit.plan.random() < 0.5 ? 'brought some back' : giveBackAll(visit, back.loan)
    }),
  double_click: async (visit) => {
    const both = await Promise.all([borrow(visit), borrow(visit)])
    const loan = both.find((answer) => typeof answer !== 'string')
    if (loan === undefined || typeof loan === 'string')
      return both.find((answer) => typeof answer === 'string') ?? 'refused'
    const settled = await waitUntilSettled(visit, loan)
    if (settled.out === 0) return 'came to nothing'
    const again = () => giveBack(visit, settled, settled.out, { atOnce: true })
    await think(visit)
    await Promise.all([again(), again()])
    return 'brought all back'
  },
  renew: (visit) =>
    borrowing(visit, async (loan) => {
      await think(visit)
      const key = keyOf(visit, 'renew')
      const path = `/api/loans/${loan.id}/renew`
      const read = asLoan
      const renewed = await wish(visit.house.log, visit.reader, {
        path,
        json: {},
        key,
        read,
        nameOf: ({ id }) => id,
      })
      if (renewed.kind === 'refused' && renewed.answer.code !== 'renewal_refused')
        throw surprise('a renewal', renewed.answer)
      if (renewed.kind === 'granted') noteLoan(visit.house.log, renewed.view)
      return visit.plan.random() < 0.5 ? renewed.kind.replace('granted', 'renewed') : giveBackAll(visit, loan)
    }),
  keep: (visit) => borrowing(visit, async () => 'kept'),
  cancel: cancelAtOnce,
  greedy: async (visit) => {
    const { plenty } = visit.house.titles
    const wanted = [0, 1, 2].map((n) => plenty[(visit.plan.title + n) % plenty.length] ?? visit.bookId)
    const loans = await Promise.all(
      wanted.map((bookId, n) => borrow({ ...visit, bookId }, { n, copies: GREEDY_COPIES })),
    )
    for (const [n, loan] of loans.entries()) {
      if (typeof loan === 'string') continue
      const settled = await waitUntilSettled(visit, loan)
      if (settled.out > 0 && n > 0) await giveBackAll({ ...visit, bookId: settled.book.id }, settled)
    }
    return `asked for three, got ${loans.filter((loan) => typeof loan !== 'string').length}`
  },
  hold: waitForBook,
  desk: byDesk,
  machine: byMachine,
  late: lateVisit,
  lost: (visit) => borrowing(visit, (loan) => loseCopies(visit, loan)),
}

async function cancelAtOnce(visit: Visit): Promise<string> {
  const { house, reader } = visit
  const loan = await borrow(visit)
  if (typeof loan === 'string') return loan
  const answer = await reader.send({ method: 'POST', path: `/api/loans/${loan.id}/cancel` })
  const cancelled = asLoan(answer.body)
  if (answer.status === 200 && cancelled !== undefined) noteLoan(house.log, cancelled)
  else if (answer.code !== 'loan_not_pending') throw surprise('a cancelled loan', answer)
  const settled = await waitUntilSettled(visit, loan)
  if (settled.out > 0) return giveBackAll(visit, settled)
  return settled.state === 'cancelled' ? 'cancelled' : `cancelled, but ${settled.state}`
}

async function waitForBook(visit: Visit): Promise<string> {
  const { house, reader, bookId, plan } = visit
  const path = `/api/books/${bookId}/holds`
  const asked = { path, json: undefined, key: keyOf(visit, 'hold'), read: asHold, nameOf: idOf }
  const answer = await wish(house.log, reader, asked)
  if (answer.kind === 'refused') {
    if (answer.answer.code === 'copies_available') return borrowing(visit, async () => 'kept')
    if (answer.answer.code !== 'hold_exists') throw surprise('a hold', answer.answer)
    return 'waits already'
  }
  const hold = answer.view
  noteHold(house.log, hold)
  const drawn = plan.random()
  if (drawn < 0.3) return 'waits'
  await think(visit)
  if (drawn < 0.55) {
    const ended = await reader.send({ method: 'DELETE', path: `/api/holds/${hold.id}` })
    const view = asHold(ended.body)
    if (ended.status !== 200 || view === undefined) throw surprise('the end of a hold', ended)
    noteHold(house.log, view)
    return 'waits no more'
  }
  const deadline = performance.now() + ON_SHELF_WITHIN_MS
  while (performance.now() < deadline) {
    const { body } = await reader.send({ path: '/api/holds' })
    const now = asHolds(body)?.data.find(({ id }) => id === hold.id)
    if (now !== undefined) noteHold(house.log, now)
    if (now?.state === 'shelved')
      return borrowing({ ...visit, plan: { ...plan, copies: 1 } }, async (loan) => {
        return plan.random() < 0.5 ? 'collected' : giveBackAll(visit, loan)
      })
    await pause(500)
  }
  return 'waits'
}

const idOf = ({ id }: HoldView) => id
