import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import { type Db, transact } from '../../../platform/database/database.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { type ShelfTime, serveHolds } from '../holds/serve-holds.ts'
import type { CopyTable } from '../tables.ts'
import { lockTitle } from '../title-store.ts'

export const CopySchema = Type.Object({
  barcode: Type.String(),
  state: Type.Enum(['available', 'on_loan', 'on_shelf', 'lost', 'damaged', 'withdrawn']),
  loanId: orNull(Type.String()),
})
export type CopyView = Static<typeof CopySchema>

const viewOf = ({ barcode, state, loan_id }: CopyTable): CopyView => ({ barcode, state, loanId: loan_id })

/** The copies of a title by barcode. */
export async function listCopies(db: Db, bookId: string): Promise<CopyView[]> {
  const { rows } = await sql<CopyTable>`
    select * from book.copy where book_id = ${bookId} order by barcode`.execute(db)
  return rows.map(viewOf)
}

/** States a librarian may put a copy into; the others follow from loans and holds. */
export const SET_STATES = ['available', 'damaged', 'lost', 'withdrawn'] as const

/**
 * Notes what became of a copy in the house: damaged, not to be found, withdrawn, or available again. Of a copy on loan
 * the loan decides, of one on the hold shelf the hold.
 */
export async function markCopy(
  { db, clock, shelfTime }: { db: Db; clock: Clock; shelfTime: ShelfTime },
  { bookId, barcode, state }: { bookId: string; barcode: string; state: (typeof SET_STATES)[number] },
): Promise<{ kind: 'copy'; copy: CopyView } | Refused<'not_found' | 'book_withdrawn' | 'copy_in_use'>> {
  return transact<{ kind: 'copy'; copy: CopyView } | Refused<'not_found' | 'book_withdrawn' | 'copy_in_use'>>(
    db,
    async (tx) => {
      const title = await lockTitle(tx, bookId)
      const { rows } = await sql<CopyTable>`
      select * from book.copy where barcode = ${barcode} and book_id = ${bookId}`.execute(tx)
      const [copy] = rows
      if (!title || !copy) return refused('not_found')
      if (title.state === 'withdrawn') return refused('book_withdrawn')
      if (copy.state === 'on_loan' || copy.state === 'on_shelf' || copy.loan_id !== null)
        return refused('copy_in_use')
      const changed = await sql<CopyTable>`
      update book.copy set state = ${state}, stands_for = case when ${state} = 'available' then stands_for end
      where barcode = ${barcode} returning *`.execute(tx)
      if (state === 'available') await serveHolds(tx, title, clock.now(), shelfTime)
      return { kind: 'copy', copy: viewOf(changed.rows[0] ?? copy) }
    },
  )
}
