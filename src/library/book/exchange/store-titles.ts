import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { addCopies, addNamedCopies } from '../copy-store.ts'
import { type ShelfTime, serveHolds } from '../holds/serve-holds.ts'
import { publishTitle } from '../publish.ts'
import { searchDocumentOf } from '../rules/search.ts'
import { lockTitle, type TitleRow } from '../title-store.ts'
import type { Decision, Described, KnownTitle } from './decide-import.ts'

/** Something changed between reading and writing: everything is read again. */
export class Outdated extends Error {}

/**
 * Writes what was decided: new titles with their copies, then known ones in the order of their ids, each locked.
 * @throws Outdated when somebody has changed a title since it was read
 */
export async function storeTitles(
  tx: Tx,
  decisions: readonly Decision[],
  now: Temporal.Instant,
  shelfTime: ShelfTime,
): Promise<void> {
  const touched = new Set(
    decisions.flatMap((one) => (one.kind === 'added' || one.kind === 'changed' ? [one.known] : [])),
  )
  await insertTitles(
    tx,
    [...touched].filter(({ id }) => id === undefined),
    now,
  )
  const redescribed = new Set(
    decisions.flatMap((one) => (one.kind === 'changed' && one.changes.length > 0 ? [one.known] : [])),
  )
  const known = [...touched].flatMap((title) =>
    title.id === undefined ? [] : [{ ...title, id: title.id, title }],
  )
  for (const { id, version, described, added, title } of known.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const locked = await lockTitle(tx, id)
    if (locked?.version !== version || locked.state !== 'lendable') throw new Outdated(`title ${id}`)
    const row = redescribed.has(title) ? await redescribe(tx, locked, described, now) : locked
    if (added.length === 0) continue
    await addNamedCopies(
      tx,
      added.map((barcode) => ({ bookId: id, barcode })),
    )
    await serveHolds(tx, row, now, shelfTime)
  }
}

async function redescribe(
  tx: Tx,
  title: TitleRow,
  described: Described,
  now: Temporal.Instant,
): Promise<TitleRow> {
  const { rows } = await sql<TitleRow>`
    update book.title set title = ${described.title}, author = ${described.author}, publisher = ${described.publisher},
      published_year = ${described.year}, isbn = ${described.isbn}, call_number = ${described.callNumber},
      kdc = ${described.kdc}, cover = ${described.cover}, series = ${described.series},
      series_volume = ${described.seriesVolume}, edition = ${described.edition}, extent = ${described.extent},
      subjects = ${described.subjects}, search_doc = ${searchDocumentOf(described)},
      version = version + 1, updated_at = ${now}
    where id = ${title.id} returning *`.execute(tx)
  const [row] = rows
  if (!row) throw new Error(`title ${title.id} was locked and is gone`)
  await publishTitle(tx, row, 'changed')
  return row
}

async function insertTitles(tx: Tx, titles: readonly KnownTitle[], now: Temporal.Instant): Promise<void> {
  if (titles.length === 0) return
  const given = titles.map(({ described, added, unnamed }) => {
    const {
      year: published_year,
      callNumber: call_number,
      seriesVolume: series_volume,
      ...columns
    } = described
    const search_doc = searchDocumentOf(described)
    return { id: newId(), ...columns, published_year, call_number, series_volume, search_doc, added, unnamed }
  })
  const { rows } = await sql<TitleRow>`
    insert into book.title (id, search_doc, title, author, publisher, published_year, isbn, call_number, kdc, cover,
                            series, series_volume, edition, extent, subjects, state, version, created_at, updated_at)
    select id, search_doc, title, author, publisher, published_year, isbn, call_number, kdc, cover,
           series, series_volume, edition, extent, subjects, 'lendable', 1, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as book (
      id uuid, search_doc text, title text, author text, publisher text, published_year smallint, isbn text,
      call_number text, kdc text, cover text, series text, series_volume text, edition text, extent text, subjects text)
    returning *`.execute(tx)
  await addNamedCopies(
    tx,
    given.flatMap(({ id: bookId, added }) => added.map((barcode) => ({ bookId, barcode }))),
  )
  for (const { id, unnamed } of given) if (unnamed > 0) await addCopies(tx, id, unnamed)
  for (const row of rows) await publishTitle(tx, row, 'registered')
}
