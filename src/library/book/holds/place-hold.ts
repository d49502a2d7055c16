import type { Db } from '../../../platform/database/database.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { publishHold } from '../publish.ts'
import { lendableTo } from '../rules/loan-stock.ts'
import { lockTitle, shelfFor } from '../title-store.ts'
import { insertHold } from './hold-store.ts'
import { type HoldView, holdView } from './hold-view.ts'

/**
 * Joins the queue for a title of which no copy is free. One key makes one hold.
 * Refusals: book_not_found, book_withdrawn, hold_exists, copies_available (nobody needs to wait),
 * idempotency_key_reused, request_in_progress.
 */
export async function placeHold(
  deps: { db: Db; clock: Clock },
  { bookId, patronId, idempotencyKey }: { bookId: string; patronId: string; idempotencyKey: string },
): Promise<
  Answer<HoldView> | Refused<'not_found' | 'book_withdrawn' | 'hold_exists' | 'copies_available' | KeyRefusal>
> {
  const now = deps.clock.now()
  const key = { scope: `library-holds:${patronId}`, key: idempotencyKey, body: { bookId } }
  return once(deps.db, key, now, async (tx) => {
    const title = await lockTitle(tx, bookId)
    if (!title) return refused('not_found')
    if (title.state === 'withdrawn') return refused('book_withdrawn')
    const shelf = await shelfFor(tx, bookId, patronId)
    const hold = await insertHold(tx, { id: newId(), bookId, patronId, at: now })
    if (!hold) return refused('hold_exists')
    if (shelf && lendableTo(shelf) > 0) return refused('copies_available')
    await publishHold(tx, now, hold, title.title)
    return { kind: 'answered', status: 201, body: await holdView(tx, hold) }
  })
}
