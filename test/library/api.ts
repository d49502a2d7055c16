import Type, { type Static } from 'typebox'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import type { Person } from '../support/people.ts'
import type { System } from '../support/system.ts'

const orNull = Type.Union([Type.String(), Type.Null()])

/** The parts of the answers that tests look at; the whole of every answer is checked against the document. */
export const Book = Type.Object({
  id: Type.String(),
  title: Type.String(),
  isbn: orNull,
  state: Type.String(),
  version: Type.Integer(),
  stock: Type.Object({
    available: Type.Integer(),
    onLoan: Type.Integer(),
    onShelf: Type.Integer(),
    lost: Type.Integer(),
    waiting: Type.Integer(),
  }),
})
export type Book = Static<typeof Book>

export const Loan = Type.Object({
  id: Type.String(),
  patronId: Type.String(),
  book: Type.Object({ id: Type.String(), title: orNull }),
  quantity: Type.Integer(),
  out: Type.Integer(),
  state: Type.String(),
  dueOn: Type.String(),
  renewals: Type.Integer(),
  lateFees: Type.Integer(),
  wouldBe: Type.Union([Type.Object({ lateDays: Type.Integer(), fee: Type.Integer() }), Type.Null()]),
  reason: orNull,
  offers: Type.Array(Type.String()),
})
export type Loan = Static<typeof Loan>

export const Returned = Type.Object({
  loan: Loan,
  returnNo: Type.Integer(),
  lateDays: Type.Integer(),
  fee: Type.Integer(),
})

export const Hold = Type.Object({
  id: Type.String(),
  state: Type.String(),
  ahead: Type.Union([Type.Integer(), Type.Null()]),
  shelfUntil: orNull,
})
export type Hold = Static<typeof Hold>

export const Fees = Type.Object({
  balance: Type.Integer(),
  entries: Type.Array(Type.Object({ id: Type.String(), kind: Type.String(), amount: Type.Integer() })),
})

export const Dashboard = Type.Object({
  borrowed: Type.Integer(),
  pending: Type.Integer(),
  overdue: Type.Integer(),
  lateFees: Type.Integer(),
  loans: Type.Array(Type.Object({ loanId: Type.String(), state: Type.String(), out: Type.Integer() })),
  history: Type.Array(Type.Object({ loanId: Type.String(), what: Type.String() })),
  revision: Type.Integer(),
})
export type Dashboard = Static<typeof Dashboard>

export const Policy = Type.Object({
  version: Type.Integer(),
  rules: Type.Object({ copiesPerPatron: Type.Object({ adult: Type.Integer() }), lateFee: Type.Object({}) }),
})

export const Opening = Type.Object({
  version: Type.Integer(),
  closedWeekdays: Type.Array(Type.Integer()),
  closedOnHolidays: Type.Boolean(),
  days: Type.Array(Type.Object({ day: Type.String(), isOpen: Type.Boolean(), reason: Type.String() })),
})

export const Patron = Type.Object({ id: Type.String(), card: Type.String() })

const Copies = Type.Object({ data: Type.Array(Type.Object({ barcode: Type.String() })) })

/** The barcode of a book's only copy, or its first. */
export async function onlyBarcode(librarian: Person, bookId: string): Promise<string> {
  const { data } = expectBody(await librarian.api.get(`/api/books/${bookId}/copies`), 200, Copies)
  if (!data[0]) throw new Error(`book ${bookId} has no copy`)
  return data[0].barcode
}

/** The card of somebody, once the desk knows them. */
export const cardOf = (librarian: Person, { id }: Person): Promise<string> =>
  until(
    async () => {
      const answer = await librarian.api.get(`/api/patrons/${id}`)
      return answer.status === 200 && expectBody(answer, 200, Patron).card
    },
    { deadlineMs: 10_000, what: `the desk to know ${id}` },
  )

let registered = 0

/** A new book with so many copies, registered by a librarian over HTTP. */
export async function registerBook(
  librarian: Person,
  copies: number,
  title = `새 책 ${++registered}`,
): Promise<Book> {
  const json = {
    title,
    author: '김하나',
    publisher: '샘물',
    callNumber: '813.7 김92ㅅ',
    kdc: '813.7',
    edition: '개정판',
    extent: '352 p.',
    subjects: '한국 소설;도서관',
    copies,
  }
  return expectBody(await librarian.api.post('/api/books', { key: true, json }), 201, Book)
}

export const readBook = async (person: Person, id: string): Promise<Book> =>
  expectBody(await person.api.get(`/api/books/${id}`), 200, Book)

export const readLoan = async (person: Person, id: string): Promise<Loan> =>
  expectBody(await person.api.get(`/api/loans/${id}`), 200, Loan)

export const readDashboard = async (person: Person): Promise<Dashboard> =>
  expectBody(await person.api.get('/api/dashboard'), 200, Dashboard)

/** Borrows and does not wait for what becomes of it. */
export const askLoan = (person: Person, bookId: string, more: object = {}) =>
  person.api.post('/api/loans', { key: true, json: { bookId, ...more } })

export const atLoan = (person: Person, id: string, state: string): Promise<Loan> =>
  until(
    async () => {
      const loan = await readLoan(person, id)
      return loan.state === state && loan
    },
    { deadlineMs: 10_000, what: `loan ${id} to be ${state}` },
  )

/** Borrows copies that are there, and waits until they were handed over. */
export async function borrow(person: Person, bookId: string, copies = 1): Promise<Loan> {
  const loan = expectBody(await askLoan(person, bookId, { copies }), 201, Loan)
  return atLoan(person, loan.id, 'active')
}

export const askReturn = (person: Person, loanId: string, json: object = { copies: 1 }) =>
  person.api.post(`/api/loans/${loanId}/returns`, { key: true, json })

/** Waits until the dashboard shows what is awaited. */
export const untilDashboard = (
  person: Person,
  what: string,
  wanted: (dashboard: Dashboard) => boolean,
): Promise<Dashboard> =>
  until(
    async () => {
      const dashboard = await readDashboard(person)
      return wanted(dashboard) && dashboard
    },
    { deadlineMs: 10_000, what: `the dashboard to show ${what}` },
  )

export const untilStock = (
  person: Person,
  bookId: string,
  what: string,
  wanted: (stock: Book['stock']) => boolean,
): Promise<Book> =>
  until(
    async () => {
      const book = await readBook(person, bookId)
      return wanted(book.stock) && book
    },
    { deadlineMs: 10_000, what: `book ${bookId} to have ${what}` },
  )

/** Waits until lending has heard of those who wait for a book: the queue is the catalogue's. */
export const untilLendingKnows = (system: System, bookId: string, waiting: number): Promise<unknown> =>
  until(
    async () => {
      const known = `select 1 from borrow.waiting_hold where book_id = '${bookId}'`
      return (await execute(system.databaseOf('borrow'), known)).length === waiting
    },
    { deadlineMs: 10_000, what: 'lending to know who waits' },
  )
