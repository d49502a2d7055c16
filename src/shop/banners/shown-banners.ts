import { createCache } from '../../platform/cache/cache.ts'
import type { Db } from '../../platform/database/database.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { type Banner, shownAt } from './banner.ts'
import { readBanners } from './banner-store.ts'

/** The banners of one moment. */
export interface ShownNow {
  /** Another one when others are shown, or when one of them has changed. */
  readonly tag: string
  readonly banners: readonly Banner[]
}

export interface ShownBanners {
  read(): Promise<ShownNow>
  /** The same at once; undefined while they are not kept. */
  now(): ShownNow | undefined
  /** Forgets what is kept; to be called when some have changed. */
  clear(): void
}

/** How long a change may be unknown whose broadcast was lost. */
const KEPT_MS = 10_000
const RENEW_AFTER_MS = 7_000

/**
 * What the first page shows, out of memory: all banners are kept, and which of them are in force is asked of the clock
 * every time, so that one begins and ends in its moment, in every process.
 */
export function createShownBanners({ db, clock }: { db: Db; clock: Clock }): ShownBanners {
  const kept = createCache<Banner[]>({ ttlMs: KEPT_MS, renewAfterMs: RENEW_AFTER_MS, maxEntries: 1 })
  const shown = (all: readonly Banner[]): ShownNow => {
    const banners = shownAt(all, clock.now())
    return { banners, tag: banners.map(({ id, version }) => `${id}.${version}`).join(' ') }
  }
  return {
    read: async () => shown(await kept.get('all', () => readBanners(db))),
    now: () => {
      const all = kept.peek('all')
      return all && shown(all)
    },
    clear: kept.clear,
  }
}
