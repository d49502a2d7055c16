import { sql } from 'kysely'
import { noteOfOthers } from '../../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { loseShelved, shelveCopy, standsFor } from '../copy-store.ts'
import { publishHold } from '../publish.ts'
import type { CopyTable } from '../tables.ts'
import { lockTitle, type TitleRow } from '../title-store.ts'
import { findHold, type HoldRow, saveHold } from './hold-store.ts'

interface Deps {
  db: Db
  clock: Clock
}

/** Where a copy stands now, and for whom. */
export interface PutCopy {
  kind: 'put'
  put: 'shelved' | 'taken_down'
  title: TitleRow
  hold: HoldRow | undefined
}

/**
 * Notes what somebody has just done with a copy in their hand: it stands on the hold shelf with the slip of its hold, or,
 * when it is kept for nobody, where it always does. Doing it twice is harmless.
 * Refusals: not_found, copy_not_to_pull (it is out, lost or withdrawn).
 */
export async function putOnShelf(
  { db }: Pick<Deps, 'db'>,
  barcode: string,
): Promise<PutCopy | Refused<'not_found' | 'copy_not_to_pull'>> {
  return transact<PutCopy | Refused<'not_found' | 'copy_not_to_pull'>>(db, async (tx) => {
    const found = await lockCopy(tx, barcode)
    if (!found) return refused('not_found')
    const { copy, title } = found
    if (copy.state !== 'on_shelf' && copy.state !== 'available') return refused('copy_not_to_pull')
    await standsFor(tx, barcode, copy.hold_id)
    if (copy.hold_id === null) return { kind: 'put', put: 'taken_down', title, hold: undefined }
    return { kind: 'put', put: 'shelved', title, hold: await findHold(tx, copy.hold_id) }
  })
}

export interface MissingCopy {
  kind: 'missing'
  /** What became of the hold: another copy is kept for it, or it waits again where it stood in the queue. */
  hold: 'served' | 'waiting'
}

/**
 * A copy that is kept for a hold is not where it should be: it counts as lost. The hold gets another copy that is free,
 * for the time that its patron was told, or waits again in its old place, which its patron is told.
 * Refusals: not_found, copy_not_to_pull (it is kept for nobody).
 */
export async function reportMissing(
  { db, clock }: Deps,
  { barcode, librarianId }: { barcode: string; librarianId: string },
): Promise<MissingCopy | Refused<'not_found' | 'copy_not_to_pull'>> {
  const now = clock.now()
  return transact<MissingCopy | Refused<'not_found' | 'copy_not_to_pull'>>(db, async (tx) => {
    const found = await lockCopy(tx, barcode)
    if (!found) return refused('not_found')
    const { copy, title } = found
    const hold = copy.hold_id === null ? undefined : await findHold(tx, copy.hold_id)
    if (!hold) return refused('copy_not_to_pull')
    await loseShelved(tx, barcode)
    const served = await shelveCopy(tx, title.id, hold.id)
    if (!served) await publishHold(tx, now, await saveHold(tx, hold, { state: 'waiting' }), title.title)
    await noteOfOthers(
      tx,
      now,
      { actorId: librarianId, ownerId: hold.patron_id },
      { action: 'hold.copy_missing', subject: { type: 'hold', id: hold.id }, after: { barcode, served } },
    )
    return { kind: 'missing', hold: served ? 'served' : 'waiting' }
  })
}

/** A copy as it stands once its title is locked. */
async function lockCopy(tx: Tx, barcode: string): Promise<{ copy: CopyTable; title: TitleRow } | undefined> {
  const read = async () => {
    const { rows } = await sql<CopyTable>`select * from book.copy where barcode = ${barcode}`.execute(tx)
    return rows[0]
  }
  const known = await read()
  const title = known && (await lockTitle(tx, known.book_id))
  const copy = title && (await read())
  return copy && title ? { copy, title } : undefined
}
