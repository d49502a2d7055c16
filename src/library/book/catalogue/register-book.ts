import { type Db, isUniqueViolation, type Tx } from '../../../platform/database/database.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { addCopies } from '../copy-store.ts'
import { publishTitle } from '../publish.ts'
import { books } from '../tables.ts'
import type { BookView } from './book-view.ts'
import { describeWhole } from './book-view.ts'
import { type BookDescription, titleColumns } from './describe-book.ts'

export interface RegisterBook {
  librarianId: string
  idempotencyKey: string
  asked: BookDescription & { copies: number }
}

/**
 * Registers a title with its copies. One key registers one title.
 */
export async function registerBook(
  { db, clock }: { db: Db; clock: Clock },
  { librarianId, idempotencyKey, asked }: RegisterBook,
): Promise<Answer<BookView> | Refused<'invalid_request' | 'isbn_taken' | KeyRefusal>> {
  const columns = titleColumns(asked)
  if (columns.kind === 'refused') return columns
  const now = clock.now()
  try {
    return await once(
      db,
      { scope: `library-books:${librarianId}`, key: idempotencyKey, body: asked },
      now,
      async (tx) => {
        const row = await insertTitle(tx, columns.columns, now)
        if (asked.copies > 0) await addCopies(tx, row.id, asked.copies)
        await publishTitle(tx, row, 'registered')
        const stock = { available: asked.copies, onLoan: 0, onShelf: 0, damaged: 0, lost: 0, waiting: 0 }
        const body = { ...describeWhole(row), stock }
        return { kind: 'answered', status: 201, body }
      },
    )
  } catch (error) {
    if (isUniqueViolation(error, 'title_isbn')) return refused('isbn_taken')
    throw error
  }
}

type Columns = Extract<ReturnType<typeof titleColumns>, { kind: 'columns' }>['columns']

async function insertTitle(tx: Tx, columns: Columns, now: Temporal.Instant) {
  return books(tx)
    .insertInto('book.title')
    .values({
      id: newId(),
      ...columns,
      state: 'lendable',
      version: 1,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}
