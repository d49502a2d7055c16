import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { HoldSchema } from '../holds/hold-view.ts'
import { CopySchema } from './copies.ts'

const Until = orNull(Type.String({ format: 'date-time' }), 'Until when a copy stands on the hold shelf')

export const DeskCopySchema = Type.Object({
  ...CopySchema.properties,
  book: Type.Object({
    id: Type.String(),
    title: Type.String(),
    author: Type.String(),
    callNumber: Type.String(),
    state: Type.Enum(['lendable', 'withdrawn']),
  }),
  hold: orNull(
    Type.Object({ id: Type.String(), patronId: Type.String(), shelfUntil: Until }),
    'For whom it stands on the hold shelf',
  ),
})

interface CopyRow {
  barcode: string
  copy_state: Static<typeof CopySchema>['state']
  loan_id: string | null
  book_id: string
  title: string
  author: string
  call_number: string
  title_state: 'lendable' | 'withdrawn'
  hold_id: string | null
  patron_id: string | null
  shelf_until: Temporal.Instant | null
}

/** A copy by its barcode, as the desk needs to know it. */
export async function findCopy(db: Db, barcode: string): Promise<Static<typeof DeskCopySchema> | undefined> {
  const { rows } = await sql<CopyRow>`
    select c.barcode, c.state as copy_state, c.loan_id, t.id as book_id, t.title, t.author, t.call_number,
           t.state as title_state, h.id as hold_id, h.patron_id, h.shelf_until
    from book.copy c join book.title t on t.id = c.book_id left join book.hold h on h.id = c.hold_id
    where c.barcode = ${barcode}`.execute(db)
  const [row] = rows
  if (!row) return undefined
  const { hold_id: id, patron_id: patronId } = row
  return {
    barcode: row.barcode,
    state: row.copy_state,
    loanId: row.loan_id,
    book: {
      id: row.book_id,
      title: row.title,
      author: row.author,
      callNumber: row.call_number,
      state: row.title_state,
    },
    hold:
      id === null || patronId === null
        ? null
        : { id, patronId, shelfUntil: row.shelf_until?.toString() ?? null },
  }
}

export const DeskHoldSchema = Type.Object({
  ...HoldSchema.properties,
  patronId: Type.String(),
  callNumber: Type.String(),
  barcode: orNull(Type.String(), 'The copy on the hold shelf'),
})

/** Rows that can be paged through, and up to which they are counted. */
export const MOST_HOLDS_LISTED = 10_000

interface HoldAtDesk {
  id: string
  book_id: string
  patron_id: string
  state: 'waiting' | 'shelved'
  placed_at: Temporal.Instant
  shelf_until: Temporal.Instant | null
  title: string
  author: string
  call_number: string
  barcode: string | null
  ahead: number
}

/** Open holds of everybody: what has to be off the shelf first, then who has waited longest. */
export async function listOpenHolds(
  db: Db,
  {
    state,
    patronId,
    page,
    size,
  }: {
    state?: 'waiting' | 'shelved' | undefined
    patronId?: string | undefined
    page: number
    size: number
  },
): Promise<{ holds: Static<typeof DeskHoldSchema>[]; totalElements: number }> {
  const where = sql.join(
    [
      state === undefined ? sql`h.state in ('waiting', 'shelved')` : sql`h.state = ${state}`,
      ...(patronId === undefined ? [] : [sql`h.patron_id = ${patronId}`]),
    ],
    sql` and `,
  )
  const [rows, count] = await Promise.all([
    sql<HoldAtDesk>`
      select h.id, h.book_id, h.patron_id, h.state, h.placed_at, h.shelf_until, t.title, t.author, t.call_number,
             c.barcode,
             (select count(*)::int from book.hold b
              where b.book_id = h.book_id and b.state = 'waiting' and b.place < h.place) as ahead
      from book.hold h join book.title t on t.id = h.book_id left join book.copy c on c.hold_id = h.id
      where ${where} order by h.shelf_until nulls last, h.place
      limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ found: number }>`
      select count(*)::int as found from (
        select 1 from book.hold h where ${where} limit ${MOST_HOLDS_LISTED}) as listed`.execute(db),
  ])
  const holds = rows.rows.map((row) => ({
    id: row.id,
    book: { id: row.book_id, title: row.title, author: row.author },
    state: row.state,
    ahead: row.state === 'waiting' ? row.ahead : null,
    placedAt: row.placed_at.toString(),
    shelfUntil: row.state === 'shelved' ? (row.shelf_until?.toString() ?? null) : null,
    patronId: row.patron_id,
    callNumber: row.call_number,
    barcode: row.barcode,
  }))
  return { holds, totalElements: count.rows[0]?.found ?? 0 }
}
