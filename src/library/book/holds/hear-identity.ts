import { accountWithdrawn } from '../../../contracts/account-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { lockTitle } from '../title-store.ts'
import { endHold, isOpen } from './end-holds.ts'
import { findHold, openHoldsOf } from './hold-store.ts'
import { type ShelfTime, serveHolds } from './serve-holds.ts'

interface Deps {
  clock: Clock
  shelfTime: ShelfTime
}

/** Whoever has left waits for nothing: no copy stands on the shelf for them while others wait. */
export function holdsSubscriber(deps: Deps): Subscriber {
  return {
    name: 'book.holds',
    handlers: [on(accountWithdrawn, (tx, { data }) => endHoldsOf(deps, tx, data.accountId))],
  }
}

async function endHoldsOf({ clock, shelfTime }: Deps, tx: Tx, patronId: string): Promise<void> {
  const now = clock.now()
  for (const { id, book_id } of await openHoldsOf(tx, patronId)) {
    const title = await lockTitle(tx, book_id)
    const hold = await findHold(tx, id)
    if (!title || !hold || !isOpen(hold)) continue
    await endHold(tx, title, hold, 'cancelled', now)
    await serveHolds(tx, title, now, shelfTime)
  }
}
