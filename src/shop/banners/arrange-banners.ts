import { writeAudit } from '../../platform/audit/audit.ts'
import { transact } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Banner } from './banner.ts'
import { lockBanners, readBanners, writeOrder } from './banner-store.ts'
import type { BannerDeps } from './deps.ts'
import { bannersChanged } from './topics.ts'

/**
 * Gives all banners another order, by who has read the one they have (`was`): of two who order them at once one does, and the
 * other one is told. Refusals: banners_changed_meanwhile.
 */
export function arrangeBanners(
  { db, clock, broadcast }: BannerDeps,
  { by, ids, was }: { by: string; ids: readonly string[]; was: readonly string[] },
): Promise<{ kind: 'arranged'; banners: readonly Banner[] } | Refused<'banners_changed_meanwhile'>> {
  return transact(db, async (tx) => {
    await lockBanners(tx)
    const before = (await readBanners(tx)).map(({ id }) => id)
    const wanted = new Set(ids)
    const isRead = was.length === before.length && before.every((id, at) => was[at] === id)
    const isSame = wanted.size === ids.length && ids.length === before.length
    if (!isRead || !isSame || before.some((id) => !wanted.has(id)))
      return refused('banners_changed_meanwhile')
    await writeOrder(tx, ids)
    await writeAudit(tx, clock.now(), {
      actorId: by,
      action: 'banners.arranged',
      subject: { type: 'banner', id: 'all' },
      before: { ids: before },
      after: { ids },
    })
    broadcast.publishAfterCommit(tx, bannersChanged, {})
    return { kind: 'arranged', banners: await readBanners(tx) }
  })
}
