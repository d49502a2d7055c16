/** Titles in bulk: a file is shown first and done after, a command does it for large ones, and all goes out again. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { iso2709, marcXml, TOJI, without } from '../../src/library/book/formats/kormarc.fixture.ts'
import { onlyBarcode } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { emptyDatabase } from '../support/database.ts'
import { colleague, type Person } from '../support/people.ts'
import { start, temporaryFolder } from '../support/server-process.ts'
import { type System, startSystem } from '../support/system.ts'

const Note = Type.Object({
  number: Type.Integer(),
  place: Type.Integer(),
  code: Type.String(),
  message: Type.String(),
})
const Told = Type.Object({
  applied: Type.Boolean(),
  read: Type.Integer(),
  added: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Integer(),
  copies: Type.Integer(),
  fileProblems: Type.Array(Type.Object({ code: Type.String() })),
  rows: Type.Array(
    Type.Object({
      number: Type.Integer(),
      action: Type.String(),
      title: Type.String(),
      copies: Type.Integer(),
    }),
  ),
  rejections: Type.Array(Note),
  doubts: Type.Array(Note),
  token: Type.String(),
})
const Books = Type.Object({ data: Type.Array(Type.Object({ id: Type.String(), title: Type.String() })) })

let system: System
let librarian: Person
beforeAll(async () => {
  system = await startSystem()
  librarian = await colleague(system, 'librarian')
})
afterAll(() => system?.stop())

const bring = (body: Buffer, query: Record<string, string> = {}) =>
  librarian.api.post(`/api/books/import?${new URLSearchParams(query)}`, {
    raw: { body, type: 'application/octet-stream' },
  })
const told = async (body: Buffer, query?: Record<string, string>) =>
  expectBody(await bring(body, query), 200, Told)

/** Titles of this run alone: the catalogue may have others. */
const MARK = Math.random().toString(36).slice(2, 8).toUpperCase()
const record = (n: number, ...more: readonly string[]) => [
  '056 ## $a813.6',
  `245 00 $a교환 ${MARK} ${n}`,
  `049 0# $l${MARK}-${n}`,
  ...more,
]
const listed = async () =>
  expectBody(await librarian.api.get(`/api/books?keyword=${MARK}&size=50`), 200, Books).data

test('a file is told first, done by its token, and changes nothing when it comes again', async () => {
  const wrong = iso2709(record(9))
  wrong.write('00009', 0)
  const file = Buffer.concat([
    iso2709(record(1)),
    wrong,
    iso2709(record(2), { encoding: 'cp949' }),
    iso2709(without(record(3, '082 04 $a895.73'), '056')),
  ])
  const preview = await told(file)
  expect(preview).toMatchObject({
    applied: false,
    read: 4,
    added: 3,
    rejected: 1,
    copies: 3,
    fileProblems: [],
  })
  expect(preview.rows.map(({ number, action, title, copies }) => [number, action, title, copies])).toEqual([
    [1, 'added', `교환 ${MARK} 1`, 1],
    [3, 'added', `교환 ${MARK} 2`, 1],
    [4, 'added', `교환 ${MARK} 3`, 1],
  ])
  expect(preview.rejections).toMatchObject([
    { number: 2, place: iso2709(record(1)).length, code: 'wrong_length' },
  ])
  expect(preview.doubts).toMatchObject([{ number: 4, code: 'class_of_ddc' }])
  expect(await listed()).toEqual([])

  expect((await bring(file, { token: preview.token, update: 'true' })).code).toBe('import_differs')
  expect((await bring(iso2709(record(1)), { token: preview.token })).code).toBe('import_differs')
  expect(await listed()).toEqual([])

  expect(await told(file, { token: preview.token })).toMatchObject({ applied: true, added: 3, copies: 3 })
  const titles = await listed()
  expect(titles.map(({ title }) => title).toSorted()).toEqual([1, 2, 3].map((n) => `교환 ${MARK} ${n}`))
  const first = titles.find(({ title }) => title.endsWith('1'))
  expect(await onlyBarcode(librarian, first?.id ?? '')).toBe(`${MARK}-1`)

  expect(await told(file, { token: preview.token })).toMatchObject({ added: 0, unchanged: 3, rejected: 1 })
  const renamed = iso2709([...without(record(1), '245'), `245 00 $a고침 ${MARK}`])
  expect(await told(renamed)).toMatchObject({ changed: 0, unchanged: 1 })
  const wish = { update: 'true' }
  const change = await told(renamed, wish)
  expect(change.rows).toMatchObject([
    { action: 'changed', changes: [{ field: 'title', before: `교환 ${MARK} 1`, after: `고침 ${MARK}` }] },
  ])
  await told(renamed, { ...wish, token: change.token })
  expect((await listed()).map(({ title }) => title)).toContain(`고침 ${MARK}`)

  const all = await librarian.api.get('/api/books/export?format=marc')
  expect(all.headers.get('content-disposition')).toContain('books.mrc')
  for (const format of ['csv', 'marcxml']) {
    const { status, body } = await librarian.api.get(`/api/books/export?format=${format}`)
    expect(status).toBe(200)
    expect(String(body)).toContain(`${MARK}-2`)
  }
})

test('what is too much, or no such file, is said', async () => {
  const many = Buffer.from(`title,kdc\n${'책,800\n'.repeat(5_001)}`)
  const refused = await bring(many)
  expect([refused.status, refused.code]).toEqual([422, 'too_many_records'])
  expect((await bring(Buffer.alloc(4_100_000, 'x'))).status).toBe(413)
  const dtd = await told(Buffer.from('<!DOCTYPE x [<!ENTITY a "b">]><collection/>'))
  expect(dtd).toMatchObject({ read: 0, fileProblems: [{ code: 'doctype' }] })
})

test('the commands bring files in and out, with what was rejected in a file and in the exit code', async () => {
  const folder = await temporaryFolder()
  const database = await emptyDatabase()
  const run = async (...args: string[]) => {
    const command = start(args, { DATABASE_URL: database.url, DATA_DIR: join(folder.path, 'data') })
    return { code: await command.exit, output: command.output() }
  }
  try {
    const path = (name: string) => join(folder.path, name)
    const wrong = iso2709(TOJI)
    wrong.write('99999', 0)
    await writeFile(path('a.mrc'), Buffer.concat([iso2709(TOJI), wrong]))
    const first = await run('import', 'books', '--rejected', path('rejected.json'), path('a.mrc'))
    expect(first.output).toContain(
      '2 records read: 1 titles added, 0 changed, 0 unchanged, 1 rejected; 2 new copies',
    )
    expect(first.output).toContain(`record 2 at ${iso2709(TOJI).length}`)
    expect(first.code).toBe(1)
    expect(JSON.parse(await readFile(path('rejected.json'), 'utf8'))).toMatchObject({
      code: 'wrong_length',
      number: 2,
    })

    expect((await run('export', 'books', '--format', 'marc', path('out.mrc'))).code).toBe(0)
    await writeFile(path('b.xml'), `<collection>${marcXml(TOJI)}</collection>`)
    const files = [path('out.mrc'), path('b.xml')]
    const again = await run('import', 'books', '--update', '--expect', '3', ...files)
    expect(again.output).toContain('2 records read: 0 titles added, 0 changed, 2 unchanged, 0 rejected')
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('3 records were expected')])
    expect((await run('import', 'books', path('none.mrc'))).code).toBe(1)
  } finally {
    await database.drop()
    await folder.remove()
  }
})
