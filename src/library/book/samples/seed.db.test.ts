import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { virtualClock } from '../../../platform/time/clock.ts'
import { listBooks } from '../catalogue/list-books.ts'
import { bookSchema } from '../index.ts'
import { seedBooks } from './seed.ts'

let database: TestDatabase
const clock = virtualClock(Temporal.Instant.from('2026-11-21T03:00:00Z'))
beforeAll(async () => {
  database = await testDatabase([bookSchema])
})
afterAll(() => database.drop())

it('adds what is missing, once, with copies, and lists it by title', async () => {
  const deps = { db: database.db, clock }
  expect(await seedBooks(deps, { count: 20, seed: 'a' })).toEqual({ added: 20 })
  expect(await seedBooks(deps, { count: 20, seed: 'a' })).toEqual({ added: 0 })
  expect(await seedBooks(deps, { count: 25, seed: 'a' })).toEqual({ added: 5 })
  const { rows } = await sql<{ bare: number }>`
    select count(*)::int as bare from book.title t
    where not exists (select from book.copy c where c.book_id = t.id)`.execute(database.db)
  expect(rows).toEqual([{ bare: 0 }])
  const list = await listBooks(database.db, { sort: 'title', page: 1, size: 25 })
  const titles = list.books.map(({ title }) => title)
  expect(titles).toHaveLength(25)
  expect(titles).toEqual(titles.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
})
