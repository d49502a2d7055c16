import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { orNull } from '../../../platform/http/schemas.ts'

/** What is to be done with a copy so that the hold shelf is what the catalogue says of it. */
export const PULL_TASKS = ['pull', 'relabel', 'take_down'] as const

export const PullSchema = Type.Object({
  barcode: Type.String(),
  task: Type.Enum(PULL_TASKS, {
    description:
      '`pull`: bring it to the hold shelf; `relabel`: it stands there with the slip of somebody else; `take_down`: it stands there for nobody',
  }),
  book: Type.Object({
    id: Type.String(),
    title: Type.String(),
    author: Type.String(),
    callNumber: Type.String(),
  }),
  hold: orNull(
    Type.Object({
      id: Type.String(),
      patronId: Type.String(),
      shelfUntil: orNull(Type.String({ format: 'date-time' })),
    }),
    'Whose slip goes into it; null when it is to be taken down',
  ),
})
export type PullView = Static<typeof PullSchema>

interface Row {
  barcode: string
  task: PullView['task']
  book_id: string
  title: string
  author: string
  call_number: string
  hold_id: string | null
  patron_id: string | null
  shelf_until: Temporal.Instant | null
}

const TO_MOVE = sql`(c.state = 'on_shelf' and c.stands_for is distinct from c.hold_id)
  or (c.state = 'available' and c.stands_for is not null)`

/** Copies to bring to the hold shelf, to give another slip, or to take down, in the order of a walk along the shelves. */
export async function listToPull(
  db: Db,
  { page, size }: { page: number; size: number },
): Promise<{ copies: PullView[]; totalElements: number }> {
  const [rows, count] = await Promise.all([
    sql<Row>`
      select c.barcode, t.id as book_id, t.title, t.author, t.call_number, h.id as hold_id, h.patron_id, h.shelf_until,
             case when c.hold_id is null then 'take_down' when c.stands_for is null then 'pull' else 'relabel' end as task
      from book.copy c join book.title t on t.id = c.book_id left join book.hold h on h.id = c.hold_id
      where ${TO_MOVE}
      order by c.stands_for is not null, t.call_number, t.title, c.barcode
      limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ found: number }>`select count(*)::int as found from book.copy c where ${TO_MOVE}`.execute(db),
  ])
  return { copies: rows.rows.map(viewOf), totalElements: count.rows[0]?.found ?? 0 }
}

const viewOf = (row: Row): PullView => ({
  barcode: row.barcode,
  task: row.task,
  book: { id: row.book_id, title: row.title, author: row.author, callNumber: row.call_number },
  hold:
    row.hold_id === null || row.patron_id === null
      ? null
      : { id: row.hold_id, patronId: row.patron_id, shelfUntil: row.shelf_until?.toString() ?? null },
})
