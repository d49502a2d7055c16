import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { photo } from '../../src/platform/pictures/photo.fixture.ts'
import { registerBook } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, type Person } from '../support/people.ts'
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

const Book = Type.Object({
  version: Type.Integer(),
  picture: Type.Union([Type.String(), Type.Null()]),
})
const give = async (id: string, version: number, bytes: Buffer) =>
  librarian.api.send('PUT', `/api/books/${id}/picture?version=${version}`, {
    raw: { body: bytes, type: 'image/jpeg' },
  })
const take = (id: string, version: number) =>
  librarian.api.send('DELETE', `/api/books/${id}/picture?version=${version}`)
const fileOf = (picture: string | null, width: string) =>
  fetch(`${system.url}/api/books/pictures/${picture}-${width}.webp`)

test('a librarian gives a cover its picture, readers see it in sizes, and it goes when it is taken', async () => {
  const { id } = await registerBook(librarian, 1)
  const drawn = `${system.url}/pictures/books/${id}.svg`
  const before = await fetch(drawn)
  expect(before.headers.get('content-type')).toContain('image/svg+xml')
  // Nobody sees the drawn one for long who might see a picture, nor is led to a picture that is gone.
  expect(before.headers.get('cache-control')).toBe('public, max-age=60')
  const shown = expectBody(await give(id, 1, await photo(31, 500, 700)), 200, Book)
  expect(shown).toMatchObject({ version: 2, picture: expect.stringMatching(/^[0-9a-f]{32}$/) })
  const file = await fileOf(shown.picture, '320')
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'content-type': 'image/webp',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  const bytes = Buffer.from(await file.arrayBuffer())
  expect(bytes.subarray(8, 12).toString()).toBe('WEBP')
  const page = String((await system.api().get(`/library/books/${id}`)).body)
  expect(page).toContain(`/api/books/pictures/${shown.picture}-320.webp`)
  const led = await fetch(drawn, { redirect: 'manual' })
  expect(led.headers.get('cache-control')).toBe('no-cache')
  expect(led.headers.get('location')).toBe(`/api/books/pictures/${shown.picture}-320.webp`)

  // Another one in its place; who has not seen it yet changes nothing.
  const other = expectBody(await give(id, 2, await photo(32, 500, 700)), 200, Book)
  expect(await give(id, 2, await photo(33, 500, 700))).toMatchObject({
    code: 'book_changed_meanwhile',
    body: { version: 3 },
  })
  expect(other.picture).not.toBe(shown.picture)
  expect((await fileOf(shown.picture, '320')).status).toBe(404)
  expect(expectBody(await take(id, 3), 200, Book)).toMatchObject({ version: 4, picture: null })
  expect(await take(id, 3)).toMatchObject({ code: 'book_changed_meanwhile' })
  expect((await fileOf(other.picture, '320')).status).toBe(404)
  expect((await fetch(drawn)).headers.get('content-type')).toContain('image/svg+xml')
})

test('what is no picture, or of no book, is refused and changes nothing', async () => {
  const { id } = await registerBook(librarian, 1)
  expect(await give(id, 1, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toMatchObject({
    status: 422,
    code: 'picture_kind_refused',
  })
  const nobody = '01890000-0000-7000-8000-000000000000'
  expect(await give(nobody, 1, await photo(34))).toMatchObject({ status: 404 })
  expect(await take(nobody, 1)).toMatchObject({ status: 404 })
  expect((await fileOf('0'.repeat(32), '320')).status).toBe(404)
  const shown = await execute(system.databaseUrl, `select picture from book.title where id = '${id}'`)
  expect(shown).toEqual([{ picture: null }])
})
