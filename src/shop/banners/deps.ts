import { writeAudit } from '../../platform/audit/audit.ts'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { itemsForSale } from '../catalog/index.ts'
import type { Pictures } from '../pictures/index.ts'
import type { Banner, Target } from './banner.ts'
import { bannersChanged } from './topics.ts'

export interface BannerDeps {
  readonly db: Db
  readonly clock: Clock
  readonly broadcast: Broadcast
  readonly catalog: { readonly itemsForSale: typeof itemsForSale }
  readonly pictures: Pick<Pictures, 'takeIn' | 'use' | 'letGo'>
}

/** Whether there is what a banner leads to: an item may not be. What else a page of ours shows is not asked. */
export async function leadsSomewhere({ db, catalog }: BannerDeps, { kind, value }: Target): Promise<boolean> {
  return (
    kind !== 'item' || (await catalog.itemsForSale(db, [value])).some(({ status }) => status !== 'hidden')
  )
}

type Deed = 'banner.added' | 'banner.changed' | 'banner.removed'

/** Writes down what was done to a banner, and has every process forget what it keeps of them once that is committed. */
export async function tellChange(
  tx: Tx,
  { clock, broadcast }: Pick<BannerDeps, 'clock' | 'broadcast'>,
  deed: { by: string; action: Deed; id: string; before?: Banner | undefined; after?: Banner | undefined },
): Promise<void> {
  const { by: actorId, action, id, before, after } = deed
  await writeAudit(tx, clock.now(), {
    actorId,
    action,
    subject: { type: 'banner', id },
    before: before && audited(before),
    after: after && audited(after),
  })
  broadcast.publishAfterCommit(tx, bannersChanged, {})
}

const audited = ({ id: _same, startsAt, endsAt, ...rest }: Banner) => ({
  ...rest,
  startsAt: startsAt.toString(),
  endsAt: endsAt.toString(),
})
