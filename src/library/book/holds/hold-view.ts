import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { HoldRow } from './hold-store.ts'

export const HOLD_STATES = ['waiting', 'shelved', 'collected', 'expired', 'cancelled'] as const

export const HoldSchema = Type.Object({
  id: Type.String(),
  book: Type.Object({ id: Type.String(), title: Type.String(), author: Type.String() }),
  state: Type.Enum(HOLD_STATES),
  ahead: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'How many wait in front; null when waiting no more',
  }),
  placedAt: Type.String({ format: 'date-time' }),
  shelfUntil: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'Until when a copy stands on the hold shelf',
  }),
})
export type HoldView = Static<typeof HoldSchema>

type ViewRow = HoldRow & { title: string; author: string; ahead: number }

const SELECT = sql`
  select h.*, t.title, t.author,
         (select count(*)::int from book.hold b
          where b.book_id = h.book_id and b.state = 'waiting' and b.place < h.place) as ahead
  from book.hold h join book.title t on t.id = h.book_id`

function viewOf(row: ViewRow): HoldView {
  return {
    id: row.id,
    book: { id: row.book_id, title: row.title, author: row.author },
    state: row.state,
    ahead: row.state === 'waiting' ? row.ahead : null,
    placedAt: row.placed_at.toString(),
    shelfUntil: row.state === 'shelved' ? (row.shelf_until?.toString() ?? null) : null,
  }
}

/** A hold as its patron sees it, with its title and its place in the queue. */
export async function holdView(db: Db | Tx, hold: HoldRow): Promise<HoldView> {
  const { rows } = await sql<ViewRow>`${SELECT} where h.id = ${hold.id}`.execute(db)
  const [row] = rows
  if (!row) throw new Error(`hold ${hold.id} is gone`)
  return viewOf(row)
}

/** A patron's holds, newest first; the open ones alone, or with those of the past. */
export async function listHolds(
  db: Db,
  patronId: string,
  { all, limit }: { all: boolean; limit: number },
): Promise<HoldView[]> {
  const { rows } = await sql<ViewRow>`${SELECT}
    where h.patron_id = ${patronId} and (${all} or h.state in ('waiting', 'shelved'))
    order by h.place desc limit ${limit}`.execute(db)
  return rows.map(viewOf)
}

/** The queue of a title, in order. */
export async function queueOf(db: Db, bookId: string): Promise<(HoldView & { patronId: string })[]> {
  const { rows } = await sql<ViewRow>`${SELECT}
    where h.book_id = ${bookId} and h.state in ('waiting', 'shelved') order by h.place`.execute(db)
  return rows.map((row) => ({ ...viewOf(row), patronId: row.patron_id }))
}
