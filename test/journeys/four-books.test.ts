import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  askLoan,
  askReturn,
  atLoan,
  borrow,
  Loan,
  Returned,
  readBook,
  registerBook,
  untilDashboard,
  untilStock,
} from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

/** The library in whatever form the run has: nothing here needs a clock that can be moved. */
let system: System
let reader: Person
let librarian: Person
beforeAll(async () => {
  system = await startSystem()
  ;[reader, librarian] = await Promise.all([customer(system), colleague(system, 'librarian')])
})
afterAll(async () => {
  await system?.stop()
})

test('four copies lent three weeks ago, three brought back late: one is borrowed, and it cost 500 won', async () => {
  const book = await registerBook(librarian, 5)
  // Two weeks are the rule, so they are seven days late, or a day or two less when that day was a closed one.
  const lent = { patronId: reader.id, bookId: book.id, title: book.title, copies: 4, daysAgo: 21 }
  await system.services.borrow.seedDemo([lent])
  const { loans } = await untilDashboard(reader, 'four', ({ borrowed }) => borrowed === 4)
  await untilStock(reader, book.id, 'one left', ({ available, onLoan }) => available === 1 && onLoan === 4)
  const loanId = loans[0]?.loanId ?? ''
  const back = expectBody(await askReturn(reader, loanId, { copies: 3 }), 200, Returned)
  expect(back).toMatchObject({ fee: 500, loan: { out: 1, lateFees: 500 } })
  expect(back.lateDays).toBeGreaterThan(0)
  expect(back.lateDays).toBeLessThanOrEqual(7)
  const seen = await untilDashboard(reader, 'one', ({ borrowed }) => borrowed === 1)
  expect(seen).toMatchObject({ borrowed: 1, lateFees: 500, pending: 0 })
  await untilStock(reader, book.id, 'four again', ({ available, onLoan }) => available === 4 && onLoan === 1)
})

test('a loan becomes active, is renewed, refused beyond the stock, and comes back', async () => {
  const friend = await customer(system)
  const book = await registerBook(librarian, 2)
  const loan = await borrow(friend, book.id, 2)
  await untilStock(friend, book.id, 'none left', ({ available }) => available === 0)
  const other = await customer(system)
  const refused = await askLoan(other, book.id)
  expect(refused.status).toBe(409)
  const renewed = expectBody(
    await friend.api.post(`/api/loans/${loan.id}/renew`, { key: true, json: {} }),
    200,
    Loan,
  )
  expect(Temporal.PlainDate.compare(renewed.dueOn, loan.dueOn)).toBe(1)
  const hold = await other.api.post(`/api/books/${book.id}/holds`, { key: true, json: {} })
  expect(hold.status).toBe(201)
  expectBody(await askReturn(friend, loan.id, { copies: 2 }), 200, Returned)
  // The one who waits gets a copy before any walk-in.
  await untilStock(
    other,
    book.id,
    'one on the shelf',
    ({ available, onShelf }) => available === 1 && onShelf === 1,
  )
  await atLoan(friend, loan.id, 'returned')
  await untilDashboard(friend, 'nothing', ({ borrowed }) => borrowed === 0)
  expect((await readBook(other, book.id)).stock.onLoan).toBe(0)
})
