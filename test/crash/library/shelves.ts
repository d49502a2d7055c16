import { createLending } from '../../../src/library/borrow/index.ts'
import { openDatabase } from '../../../src/platform/database/database.ts'
import { createLog } from '../../../src/platform/telemetry/log.ts'
import { systemClock } from '../../../src/platform/time/clock.ts'
import { surprise } from '../people/insist.ts'
import type { Person } from './people.ts'
import type { VisitPlan } from './plan.ts'
import type { House } from './steps.ts'
import { asCopies, asNamed } from './views.ts'

const SCARCE = { titles: 4, copies: 2 }
const PLENTY = { titles: 8 }
const LATE_DAYS = [16, 20, 24, 30, 40, 50] as const
/** Days of a loan of these are always open: due dates are those that can be read off. */
const ALWAYS_OPEN = { closedWeekdays: [], closedOnHolidays: false, closedDates: new Set<string>() }

export interface Shelves {
  titles: House['titles']
  /** Copies owned of each title. */
  owned: ReadonlyMap<string, number>
  lateLoans: House['lateLoans']
  machineCopies: House['selfCheck']['copies']
}

/** Registers titles, a few of them scarce, and lends what is to come back late. */
export async function stockShelves(
  desk: Person,
  readers: readonly Person[],
  visits: readonly VisitPlan[],
  lendingUrl: string,
): Promise<Shelves> {
  const owned = new Map<string, number>()
  const register = async (title: string, copies: number) => {
    const json = { title, author: '', publisher: '', callNumber: '', kdc: '813', copies }
    const key = `crash-library-register-${title}`
    const answer = await desk.send({ method: 'POST', path: '/api/books', json, key })
    const book = asNamed(answer.body)
    if (answer.status !== 201 || book === undefined) throw surprise('a title', answer)
    owned.set(book.id, copies)
    return book.id
  }
  const scarce: string[] = []
  const plenty: string[] = []
  for (let n = 0; n < SCARCE.titles; n++) scarce.push(await register(`scarce-${n}`, SCARCE.copies))
  const many = Math.max(30, Math.ceil(visits.length / 4))
  for (let n = 0; n < PLENTY.titles; n++) plenty.push(await register(`plenty-${n}`, many))

  const late = visits.filter(({ journey }) => journey === 'late')
  const copiesOfLate = late.reduce((sum, { copies }) => sum + copies, 0)
  const old = await register('lent-long-ago', Math.max(1, copiesOfLate))
  const lateLoans = await lendEarlier(lendingUrl, old, late, readers)

  const atMachine = visits.filter(({ journey }) => journey === 'machine')
  const bookId = await register('at-the-machine', Math.max(1, atMachine.length))
  const copies = asCopies((await desk.send({ path: `/api/books/${bookId}/copies` })).body)?.data ?? []
  const machineCopies = new Map(
    atMachine.map(({ number }, n) => {
      const barcode = copies[n]?.barcode
      if (barcode === undefined) throw new Error('there are not enough copies at the machine')
      return [number, { bookId, barcode }] as const
    }),
  )
  return { titles: { scarce, plenty }, owned, lateLoans, machineCopies }
}

async function lendEarlier(
  lendingUrl: string,
  bookId: string,
  late: readonly VisitPlan[],
  readers: readonly Person[],
): Promise<House['lateLoans']> {
  const { db, close } = openDatabase({ url: lendingUrl, poolSize: 2, statementTimeoutMs: 30_000 })
  try {
    const stock = { ask: async () => ({ kind: 'no_answer' }) as const }
    const lending = createLending({
      db,
      clock: systemClock,
      log: createLog('silent'),
      calendar: ALWAYS_OPEN,
      stock,
    })
    const lateLoans = new Map<number, { loanId: string; reader: Person; copies: number }>()
    const wishes = late.map(({ number, copies }, n) => {
      const reader = readers[n % readers.length]
      if (reader === undefined) throw new Error('there are no readers')
      const daysAgo = (LATE_DAYS[n % LATE_DAYS.length] ?? 20) + Math.floor(n / readers.length)
      return {
        number,
        reader,
        copies,
        loan: { patronId: reader.id, bookId, title: 'lent-long-ago', copies, daysAgo },
      }
    })
    await lending.seedDemo(wishes.map(({ loan }) => loan))
    for (const reader of readers) {
      const { loans } = await lending.pages.list(actorOf(reader), { open: true, page: 1, size: 100 })
      const mine = wishes.filter((wish) => wish.reader === reader)
      for (const { number, copies } of mine) {
        const place = loans.findIndex((loan) => loan.quantity === copies)
        const [loan] = place < 0 ? [] : loans.splice(place, 1)
        if (loan === undefined) throw new Error(`the late loan of visit ${number} is not there`)
        lateLoans.set(number, { loanId: loan.id, reader, copies })
      }
    }
    return lateLoans
  } finally {
    await close()
  }
}

const actorOf = ({ id }: Person) => ({ userId: id, roles: ['customer'] as const, sessionId: 'crash' })
