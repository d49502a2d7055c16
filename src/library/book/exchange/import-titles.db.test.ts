import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { newId } from '../../../platform/ids.ts'
import { memoryFiles } from '../../../platform/pictures/photo.fixture.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { virtualClock } from '../../../platform/time/clock.ts'
import { setCopies } from '../catalogue/change-book.ts'
import { iso2709, marcXml, TOJI, without } from '../formats/kormarc.fixture.ts'
import { placeHold } from '../holds/place-hold.ts'
import { bookSchema, createBooks } from '../index.ts'
import type { ImportOptions, NamedFile, RowNote } from './import-titles.ts'
import type { FileFormat } from './read-titles.ts'
import { tellImport } from './tell-import.ts'

const calendar = { closedWeekdays: [], closedOnHolidays: false, closedDates: new Set<string>() }
const clock = virtualClock(Temporal.Instant.from('2026-11-30T03:00:00Z'))
const shelfTime = { calendar, openDays: 3 }

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([bookSchema])
})
afterAll(() => database?.drop())
beforeEach(async () => {
  await sql`truncate book.title, book.copy, book.hold, platform.outbox restart identity cascade`.execute(
    database.db,
  )
})

const deps = () => ({
  db: database.db,
  browsing: database.db,
  clock,
  log: createLog('silent'),
  shelfTime,
  files: memoryFiles(),
})
const books = () => createBooks(deps())

async function* piecesOf(bytes: Uint8Array, size = 1_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const fileOf = (bytes: Uint8Array, name = 'a.mrc'): NamedFile => ({ name, pieces: piecesOf(bytes) })

/** What an import says: counts, and what was wrong by record. */
async function bring(bytes: Uint8Array | readonly NamedFile[], wish: Partial<ImportOptions> = {}) {
  const notes: RowNote[] = []
  const note = (row: RowNote) => void notes.push(row)
  const files = bytes instanceof Uint8Array ? [fileOf(bytes)] : bytes
  const { read, added, changed, unchanged, rejected, copies, ...report } = await books().importTitles(files, {
    update: false,
    copies: 1,
    encoding: 'auto',
    unclassed: undefined,
    onRejected: note,
    onDoubt: note,
    ...wish,
  })
  expect(read).toBe(added + changed + unchanged + rejected)
  return { counts: { added, changed, unchanged, rejected, copies }, report, notes }
}
const exported = async (format: FileFormat) => {
  const pieces = []
  for await (const piece of books().exportTitles(format)) pieces.push(piece)
  return Buffer.concat(pieces)
}
const stored = async () => {
  const { rows } = await sql<{ title: string; barcodes: string[] }>`
    select title, author, publisher, published_year, isbn, call_number, kdc, cover, series, series_volume, edition, extent, subjects,
           array(select barcode from book.copy where book_id = t.id order by barcode) as barcodes
    from book.title t order by title`.execute(database.db)
  return rows
}
const events = async () => {
  const { rows } = await sql<{ type: string; n: number }>`
    select type, count(*)::int as n from platform.outbox group by type order by type`.execute(database.db)
  return Object.fromEntries(rows.map(({ type, n }) => [type, n]))
}

/** 한강's novel in the library's old system, in CP949, with a syllable that EUC-KR lacks, and no ISBN. */
const OLD = [
  '049 0# $lEM0000099001',
  '056 ## $a813.7',
  '245 00 $a똠방의 시간 /$d한수영 지음',
  '260 ## $b한결,$c1998',
  '490 00 $a한결 소설선 ;$v12',
]

test('a file twice, in every format and encoding, is one library; its titles go out and come back the same', async () => {
  const file = Buffer.concat([iso2709(TOJI), iso2709(OLD, { encoding: 'cp949' })])
  expect((await bring(file)).counts).toEqual({ added: 2, changed: 0, unchanged: 0, rejected: 0, copies: 3 })
  const nothing = { added: 0, changed: 0, unchanged: 2, rejected: 0, copies: 0 }
  expect((await bring(file, { update: true })).counts).toEqual(nothing)
  const xml = Buffer.from(`<collection>${marcXml(TOJI)}${marcXml(OLD)}</collection>`)
  expect((await bring(xml, { update: true })).counts).toEqual(nothing)
  expect(await events()).toEqual({ 'library.book.registered': 2 })
  const before = await stored()
  expect(before.map(({ title, barcodes }) => [title, ...barcodes])).toEqual([
    ['똠방의 시간', 'EM0000099001'],
    ['토지 : 대하소설. 1', 'EM0000012345', 'EM0000012346'],
  ])
  for (const format of ['csv', 'marc', 'marcxml'] as const) {
    const whole = await exported(format)
    expect((await bring(whole, { update: true })).counts).toEqual(nothing)
    await sql`truncate book.title, book.copy, book.hold restart identity cascade`.execute(database.db)
    expect((await bring(whole)).counts).toMatchObject({ added: 2, rejected: 0, copies: 3 })
    expect(await stored()).toEqual(before)
  }
})

test('a damaged record costs itself: its number, place and reason are told, and what follows is read', async () => {
  const good = iso2709(TOJI)
  const wrong = Buffer.from(good)
  wrong.write('00099', 0)
  const other = iso2709(OLD)
  const classless = iso2709(without(OLD, '056'))
  const { counts, notes, report } = await bring(
    Buffer.concat([wrong, other, classless, good.subarray(0, 200)]),
  )
  expect(counts).toMatchObject({ added: 1, rejected: 3 })
  expect(notes.map(({ number, place, code, title }) => [number, place, code, title])).toEqual([
    [1, 0, 'wrong_length', ''],
    [3, good.length + other.length, 'no_class', ''],
    [4, good.length + other.length + classless.length, 'truncated', ''],
  ])
  expect(notes[0]?.message.ko).toContain('길이')
  expect(report.refusedFiles).toMatchObject([{ file: 'a.mrc', code: 'truncated' }])
})

test('several files, and those that are none: each is named with its reason', async () => {
  const csv = 'title,kdc,isbn,copies\n가,800,,2\n나,8,,\n다,800,9788937460770,\n'
  const oai = `<OAI-PMH>${marcXml(TOJI)}<resumptionToken completeListSize="9">x</resumptionToken></OAI-PMH>`
  const { counts, report, notes } = await bring([
    fileOf(Buffer.from(csv), 'a.csv'),
    fileOf(Buffer.from(oai), 'oai.xml'),
    fileOf(Buffer.from('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><collection/>'), 'dtd.xml'),
    fileOf(Buffer.from('<html><body>404</body></html>'), 'page.html'),
    fileOf(Buffer.from('author\n김\n'), 'b.csv'),
    fileOf(Buffer.from(`title,kdc\n"${'가'.repeat(1_100_000)}`), 'endless.csv'),
    fileOf(Buffer.from('\ufeff책', 'utf16le'), 'utf16.csv'),
    fileOf(Buffer.alloc(0), 'empty'),
  ])
  expect(counts).toEqual({ added: 2, changed: 0, unchanged: 0, rejected: 2, copies: 4 })
  expect(notes.map(({ file, number, place, code }) => [file, number, place, code])).toEqual([
    ['a.csv', 2, 3, 'wrong_field'],
    ['a.csv', 3, 4, 'wrong_field'],
  ])
  expect(report.missing).toEqual([{ file: 'oai.xml', announced: 9, read: 1 }])
  expect(report.refusedFiles.map(({ file, code }) => [file, code])).toEqual([
    ['dtd.xml', 'doctype'],
    ['page.html', 'unknown_format'],
    ['b.csv', 'no_column'],
    ['endless.csv', 'row_too_long'],
    ['utf16.csv', 'unknown_encoding'],
    ['empty', 'empty'],
  ])
})

test('a table of Korean Windows is read, also with a syllable that EUC-KR lacks', async () => {
  const iconv = await import('iconv-lite')
  const table = iconv.default.encode('제목,저자,분류기호,등록번호\n햏자의 책,펲,813.6,EM-1 EM-2\n', 'cp949')
  expect((await bring(table)).counts).toMatchObject({ added: 1, copies: 2 })
  expect(await stored()).toMatchObject([{ title: '햏자의 책', author: '펲', barcodes: ['EM-1', 'EM-2'] }])
})

test('a new copy of a known title goes to who waits, and what is lent or lost stays', async () => {
  await bring(iso2709(TOJI))
  const { rows } = await sql<{ id: string }>`select id from book.title`.execute(database.db)
  const bookId = rows[0]?.id ?? ''
  await sql`update book.copy set state = 'on_loan', loan_id = ${newId()}`.execute(database.db)
  const hold = await placeHold(deps(), { bookId, patronId: newId(), idempotencyKey: newId() })
  expect(hold.kind).toBe('answered')
  const more = [...without(TOJI, '049'), '049 0# $lEM0000077777']
  expect((await bring(iso2709(more))).counts).toMatchObject({ changed: 1, copies: 1 })
  const copies = await sql<{ barcode: string; state: string }>`
    select barcode, state from book.copy order by barcode`.execute(database.db)
  expect(copies.rows).toEqual([
    { barcode: 'EM0000012345', state: 'on_loan' },
    { barcode: 'EM0000012346', state: 'on_loan' },
    { barcode: 'EM0000077777', state: 'on_shelf' },
  ])
})

test('imports at the same time add each title and copy once', async () => {
  const lines = Array.from({ length: 40 }, (_, n) => [
    '056 ## $a800',
    `245 00 $a책 ${n}`,
    `049 0# $lRACE-${n}`,
    ...(n % 2 === 0 ? [`020 ## $a${isbn(n)}`] : []),
  ])
  const file = Buffer.concat(lines.map((each) => iso2709(each)))
  const all = await Promise.all([1, 2, 3, 4].map(() => bring(file)))
  expect(all.map(({ counts }) => counts.added).toSorted()).toEqual([0, 0, 0, 40])
  expect(all.every(({ counts }) => counts.rejected === 0)).toBe(true)
  expect((await stored()).length).toBe(40)
})

test('own barcodes go on behind those that came in', async () => {
  const copies = ['PL00000002', 'PL00000005'].map((barcode) => `049 0# $l${barcode}`)
  await bring(iso2709([...without(TOJI, '049'), ...copies]))
  const { rows } = await sql<{ id: string }>`select id from book.title`.execute(database.db)
  expect(await setCopies(deps(), rows[0]?.id ?? '', 4)).toEqual({ kind: 'changed' })
  expect((await stored())[0]?.barcodes).toHaveLength(4)
})

/** Some ISBN. */
function isbn(n: number): string {
  const twelve = `97889${String(n).padStart(7, '0')}`
  const sum = [...twelve].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0)
  return twelve + String((10 - (sum % 10)) % 10)
}

test('a file of nothing but ends of records is refused before it is taken apart', async () => {
  const bytes = Buffer.alloc(4_000_000, 0x1d)
  const taken = vi.spyOn(bytes, 'subarray')
  const wish = { update: false, copies: 1, encoding: 'auto', unclassed: undefined } as const
  expect(await tellImport(deps(), { bytes, token: undefined, ...wish })).toMatchObject({
    code: 'too_many_records',
  })
  expect(taken.mock.calls).toEqual([[0, 65_536]])
})
