import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import {
  askLoan,
  askReturn,
  borrow,
  Loan,
  Policy,
  readBook,
  registerBook,
  untilStock,
} from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, crowd, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let librarian: Person
beforeAll(async () => {
  system = await startSystem()
  librarian = await colleague(system, 'librarian')
})
afterAll(async () => {
  await system?.stop()
})

test('of 200 who want the last copy at once one gets it', async () => {
  const { id } = await registerBook(librarian, 1)
  const people = await crowd(system, 200)
  const answers = await Promise.all(people.map((person) => askLoan(person, id)))
  for (const { status, code } of answers) expect([201, 409], code).toContain(status)
  const states = () =>
    execute(
      system.databaseOf('borrow'),
      `select state, count(*)::int as loans from borrow.loan where book_id = '${id}' group by state`,
    )
  await until(
    async () => (await states()).every(({ state }) => state === 'active' || state === 'cancelled'),
    {
      deadlineMs: 20_000,
      what: 'all loans to be settled',
    },
  )
  expect((await states()).find(({ state }) => state === 'active')).toEqual({ state: 'active', loans: 1 })
  expect((await readBook(librarian, id)).stock).toMatchObject({ available: 0, onLoan: 1 })
  expect(
    await execute(
      system.databaseOf('book'),
      `select sum(copies)::int as taken from book.stock_move join book.loan_stock using (loan_id) where book_id = '${id}' and kind = 'take'`,
    ),
  ).toEqual([{ taken: 1 }])
})

test('twenty requests at once do not get past a limit of five', async () => {
  const { version, rules } = expectBody(await librarian.api.get('/api/loans/policy'), 200, Policy)
  const copiesPerPatron = { ...rules.copiesPerPatron, adult: 5 }
  await librarian.api.send('PUT', '/api/loans/policy', {
    json: { version, rules: { ...rules, copiesPerPatron } },
  })
  const { id } = await registerBook(librarian, 20)
  const minji = await customer(system)
  const answers = await Promise.all(Array.from({ length: 20 }, () => askLoan(minji, id)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5)
  for (const { body } of answers.filter(({ status }) => status !== 201))
    expect(body).toMatchObject({ code: 'borrow_refused', errors: [{ code: 'over_limit' }] })
  await untilStock(librarian, id, '15 left', ({ available }) => available === 15)
})

test('one key makes one loan, and one copy comes back once, however many ask at once', async () => {
  const { id } = await registerBook(librarian, 3)
  const minji = await customer(system)
  const asked = { key: 'library-races-key-01', json: { bookId: id } }
  const answers = await Promise.all(Array.from({ length: 8 }, () => minji.api.post('/api/loans', asked)))
  const loans = new Set(answers.map((answer) => expectBody(answer, 201, Loan).id))
  expect(loans.size).toBe(1)
  expect(await minji.api.post('/api/loans', { ...asked, json: { bookId: id, copies: 2 } })).toMatchObject({
    status: 422,
  })
  const loan = await borrow(minji, id)
  const returns = await Promise.all(Array.from({ length: 8 }, () => askReturn(minji, loan.id)))
  expect(returns.filter(({ status }) => status === 200)).toHaveLength(1)
  for (const { status, code } of returns.filter((answer) => answer.status !== 200))
    expect({ status, code }).toEqual({ status: 409, code: 'loan_not_active' })
  await untilStock(librarian, id, '2 left', ({ available, onLoan }) => available === 2 && onLoan === 1)
})
