import type { Tx } from '../../../platform/database/database.ts'
import { keepFor } from '../copy-store.ts'
import { publishRestored } from '../publish.ts'
import type { TitleRow } from '../title-store.ts'
import { collectedBy, hasOpenHold, saveHold } from './hold-store.ts'

/**
 * The loan that collected a hold was a slip of the hand: one of its copies, which are available again, stands on the hold
 * shelf as before, for the time that was left. Not when the patron has joined the queue anew meanwhile, the time is over,
 * or the title is lent no more. The title is locked; to be called before anybody else is served.
 * @param barcodes the copies that came back
 */
export async function restoreHold(
  tx: Tx,
  title: TitleRow,
  { loanId, barcodes }: { loanId: string; barcodes: readonly string[] },
  now: Temporal.Instant,
): Promise<void> {
  const hold = await collectedBy(tx, loanId)
  const [barcode] = barcodes
  if (!hold?.shelf_until || barcode === undefined || title.state !== 'lendable') return
  if (Temporal.Instant.compare(hold.shelf_until, now) <= 0) return
  if (await hasOpenHold(tx, title.id, hold.patron_id)) return
  const restored = await saveHold(tx, hold, { state: 'shelved', shelfUntil: hold.shelf_until })
  if (!(await keepFor(tx, barcode, hold.id)))
    throw new Error(`copy ${barcode} has come back and is not available`)
  await publishRestored(tx, now, restored, title.title)
}
