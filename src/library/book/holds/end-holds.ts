import { sql } from 'kysely'
import { noteOfOthers } from '../../../platform/audit/audit.ts'
import { type Db, isDatabaseUnavailable, type Tx, transact } from '../../../platform/database/database.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import type { Refused } from '../../../platform/refusal.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { unshelveCopy } from '../copy-store.ts'
import { publishHold } from '../publish.ts'
import { lockTitle, type TitleRow } from '../title-store.ts'
import { findHold, type HoldRow, saveHold } from './hold-store.ts'
import { type HoldView, holdView } from './hold-view.ts'
import { type ShelfTime, serveHolds } from './serve-holds.ts'

/** Ends a hold; its copy, if one stood on the shelf, goes to the next who waits. The title is locked. */
export async function endHold(
  tx: Tx,
  title: TitleRow,
  hold: HoldRow,
  state: 'expired' | 'cancelled',
  now: Temporal.Instant,
): Promise<HoldRow> {
  if (hold.state === 'shelved') await unshelveCopy(tx, hold.id)
  const ended = await saveHold(tx, hold, { state, at: now })
  await publishHold(tx, now, ended, title.title)
  return ended
}

/** Whether the hold waits for a copy, or has one on the shelf. */
export const isOpen = ({ state }: HoldRow) => state === 'waiting' || state === 'shelved'

/** Waits no more. Doing it twice is harmless. Librarians may do it for patrons. */
export async function cancelHold(
  deps: { db: Db; clock: Clock; shelfTime: ShelfTime },
  { holdId, actor }: { holdId: string; actor: Actor },
): Promise<{ kind: 'hold'; hold: HoldView } | Refused<'not_found'>> {
  const now = deps.clock.now()
  return transact<{ kind: 'hold'; hold: HoldView } | Refused<'not_found'>>(deps.db, async (tx) => {
    const known = await findHold(tx, holdId)
    const seen = owned(actor, known && { hold: known, ownerId: known.patron_id }, ['librarian', 'admin'])
    if ('kind' in seen) return seen
    const title = await lockTitle(tx, seen.hold.book_id)
    const hold = await findHold(tx, holdId)
    if (title && hold && isOpen(hold)) {
      const ended = await endHold(tx, title, hold, 'cancelled', now)
      await noteOfOthers(
        tx,
        now,
        { actorId: actor.userId, ownerId: hold.patron_id },
        { action: 'hold.cancelled', subject: { type: 'hold', id: holdId } },
      )
      await serveHolds(tx, title, now, deps.shelfTime)
      return { kind: 'hold', hold: await holdView(tx, ended) }
    }
    return { kind: 'hold', hold: await holdView(tx, hold ?? seen.hold) }
  })
}

const BATCH = 100

/**
 * Ends holds whose copy was not collected in time; each in its own transaction, so one that fails does not stop the
 * others. @returns how many
 * @throws when the database is away: the next one would not go better
 */
export async function expireHolds(deps: {
  db: Db
  clock: Clock
  log: Logger
  shelfTime: ShelfTime
}): Promise<number> {
  let expired = 0
  let after = 0
  for (;;) {
    const { rows } = await sql<{ id: string; book_id: string; place: number }>`
      select id, book_id, place from book.hold
      where state = 'shelved' and shelf_until < ${deps.clock.now()} and place > ${after}
      order by place limit ${BATCH}`.execute(deps.db)
    for (const row of rows) {
      try {
        if (await expireOne(deps, row.id, row.book_id)) expired += 1
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error
        deps.log.error({ err: error, hold: row.id }, 'a hold could not be ended')
      }
    }
    const last = rows.at(-1)
    if (!last) return expired
    after = last.place
  }
}

async function expireOne(
  { db, clock, shelfTime }: { db: Db; clock: Clock; shelfTime: ShelfTime },
  holdId: string,
  bookId: string,
): Promise<boolean> {
  return transact(db, async (tx) => {
    const title = await lockTitle(tx, bookId)
    const hold = await findHold(tx, holdId)
    const now = clock.now()
    if (!title || hold?.state !== 'shelved' || !hold.shelf_until) return false
    if (Temporal.Instant.compare(hold.shelf_until, now) >= 0) return false
    await endHold(tx, title, hold, 'expired', now)
    await serveHolds(tx, title, now, shelfTime)
    return true
  })
}
