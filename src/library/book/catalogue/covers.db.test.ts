import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { newId } from '../../../platform/ids.ts'
import { type MemoryFiles, memoryFiles, photo } from '../../../platform/pictures/photo.fixture.ts'
import { type VirtualClock, virtualClock } from '../../../platform/time/clock.ts'
import { bookSchema } from '../index.ts'
import { type Covers, createCovers } from './covers.ts'
import { registerBook } from './register-book.ts'

let database: TestDatabase
let clock: VirtualClock
let files: MemoryFiles
let covers: Covers
beforeAll(async () => {
  database = await testDatabase([bookSchema])
})
afterAll(() => database.drop())
beforeEach(() => {
  clock = virtualClock(Temporal.Instant.from('2026-11-30T03:00:00Z'))
  files = memoryFiles()
  const { db } = database
  covers = createCovers({ db, browsing: db, clock, files })
})

async function book(): Promise<string> {
  const asked = {
    title: '표지가 있는 책',
    author: '',
    publisher: '',
    year: null,
    isbn: null,
    callNumber: '',
    kdc: '813',
    cover: null,
    series: '',
    seriesVolume: '',
    edition: '',
    extent: '',
    subjects: '',
    copies: 0,
  }
  const { db } = database
  const wish = { librarianId: newId(), idempotencyKey: newId(), asked }
  const result = await registerBook({ db, clock }, wish)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.body.id
}
const give = async (bookId: string, version: number, shade: number) =>
  covers.give({ bookId, version, bytes: await photo(shade), by: 'librarian' })
const pictureOf = async (bookId: string) => {
  const { rows } = await sql<{ picture: string | null }>`
    select picture from book.title where id = ${bookId}`.execute(database.db)
  return rows[0]?.picture ?? ''
}
const filesOf = (id: string) => [...files.kept.keys()].filter((name) => name.startsWith(id)).length

it('keeps what a title shows, and removes the rest a day after it was let go of', async () => {
  const [first, second] = [await book(), await book()]
  await give(first, 1, 41)
  await give(second, 1, 41)
  const shared = await pictureOf(first)
  expect(await pictureOf(second)).toBe(shared)
  expect(filesOf(shared)).toBe(5)
  clock.advance({ hours: 48 })
  expect(await covers.removeUnused()).toBe(0)
  await give(first, 2, 42)
  expect(await covers.take({ bookId: second, version: 2 })).toEqual({ kind: 'changed' })
  clock.advance({ hours: 23 })
  expect(await covers.removeUnused()).toBe(0)
  expect(filesOf(shared)).toBe(5)
  clock.advance({ hours: 2 })
  expect(await covers.removeUnused()).toBe(1)
  expect(filesOf(shared)).toBe(0)
  expect(filesOf(await pictureOf(first))).toBe(5)
  // What went may be sent anew.
  expect(await give(second, 3, 41)).toEqual({ kind: 'changed' })
  expect(filesOf(shared)).toBe(5)
})

it('shows nothing that is being removed, and its files lie apart from those of the shop', async () => {
  const id = await book()
  await give(id, 1, 43)
  const picture = await pictureOf(id)
  expect([...files.kept.keys()].every((name) => name.includes('-cover-'))).toBe(true)
  expect(await covers.read(`${picture}-320.webp`)).toBeInstanceOf(Buffer)
  expect(await covers.read(`${picture}-cover-320.webp`)).toBeUndefined()
  await covers.take({ bookId: id, version: 2 })
  await sql`update book.picture set leaving = true where id = ${picture}`.execute(database.db)
  expect(await give(id, 3, 43)).toMatchObject({ code: 'pictures_busy' })
  expect(await covers.read(`${picture}-320.webp`)).toBeUndefined()
})

it('takes no picture from a title without one, and makes no new version of it', async () => {
  const id = await book()
  expect(await covers.take({ bookId: id, version: 1 })).toEqual({ kind: 'unchanged' })
  await give(id, 1, 46)
  expect(await covers.take({ bookId: id, version: 2 })).toEqual({ kind: 'changed' })
  expect(await covers.take({ bookId: id, version: 3 })).toEqual({ kind: 'unchanged' })
  const { rows } = await sql<{ version: number; events: number }>`
    select version, (select count(*)::int from platform.outbox where subject = ${id}) as events
    from book.title where id = ${id}`.execute(database.db)
  expect(rows).toEqual([{ version: 3, events: 3 }])
})

it('lets one of two who give a cover at once do it', async () => {
  const id = await book()
  const results = await Promise.all([give(id, 1, 44), give(id, 1, 45)])
  expect(results.map((result) => (result.kind === 'refused' ? result.code : 'given')).toSorted()).toEqual([
    'book_changed_meanwhile',
    'given',
  ])
})
