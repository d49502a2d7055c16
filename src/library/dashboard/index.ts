/** What patrons see of their loans, made of events only. */
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import type { Db } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { Module } from '../../platform/module.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { dashboardSubscriber } from './hear-loans.ts'
import { dashboardRoutes } from './http/routes.ts'
import { type Rebuilt, rebuildDashboard } from './rebuild.ts'
import { createWatchers } from './watchers.ts'

export type { Rebuilt } from './rebuild.ts'

export const dashboardSchema: SchemaMigrations = {
  schema: 'dashboard',
  folder: new URL('./migrations/', import.meta.url),
}

export interface DashboardParts {
  db: Db
  clock: Clock
  broadcast: Broadcast
}

export interface Dashboards {
  module: Module
  /** Makes the read model anew from the events kept; see rebuild.ts. */
  rebuild(): Promise<Rebuilt>
}

export function createDashboard({ db, clock, broadcast }: DashboardParts): Dashboards {
  const watchers = createWatchers()
  let stopHearing = () => {}
  return {
    rebuild: () => rebuildDashboard(db),
    module: {
      name: 'dashboard',
      schema: dashboardSchema,
      start: async () => {
        stopHearing = watchers.start(broadcast)
      },
      stop: async () => stopHearing(),
      routes: (app) => dashboardRoutes(app, { db, watchers }),
      subscribers: [dashboardSubscriber(clock, broadcast)],
    },
  }
}
