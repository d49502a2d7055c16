/** The face of banners: what the merchant shows at the top of the first page. */
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { Module } from '../../platform/module.ts'
import type { BannerDeps } from './deps.ts'
import { bannerProblems } from './problems.ts'
import { bannerRoutes } from './routes.ts'
import { seedDemoBanners } from './samples.ts'
import { createShownBanners, type ShownBanners } from './shown-banners.ts'
import { bannersChanged } from './topics.ts'

export { addressOf as bannerAddress, type Banner } from './banner.ts'
export type { ShownNow } from './shown-banners.ts'

export const bannersSchema: SchemaMigrations = {
  schema: 'banners',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Banners {
  module: Module
  /** What the first page shows at this moment. */
  shown: Pick<ShownBanners, 'read' | 'now'>
  /** A few to look at, where there are none. */
  seedDemo(): Promise<void>
}

/** Banners of one process; it hears of changes by others by broadcast. */
export function createBanners(deps: BannerDeps): Banners {
  const shown = createShownBanners(deps)
  deps.broadcast.subscribe(bannersChanged, { heard: shown.clear, missed: shown.clear })
  return {
    shown,
    seedDemo: () => seedDemoBanners(deps),
    module: {
      name: 'banners',
      schema: bannersSchema,
      problems: bannerProblems,
      routes: bannerRoutes(deps, shown),
    },
  }
}
