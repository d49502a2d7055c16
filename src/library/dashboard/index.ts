/** What patrons see of their loans, made of events only. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import type { Db } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { Module } from '../../platform/module.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { type Dashboard, readDashboard } from './dashboard-view.ts'
import { dashboardSubscriber } from './hear-loans.ts'
import { dashboardRoutes } from './http/routes.ts'
import { streamDashboard } from './http/stream.ts'
import { type Rebuilt, rebuildDashboard } from './rebuild.ts'
import { createWatchers } from './watchers.ts'

export type { Dashboard } from './dashboard-view.ts'
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
  /** Makes the read model anew from the log, and then shows it; makes no further step once aborted; see rebuild.ts. */
  rebuild(signal?: AbortSignal): Promise<Rebuilt>
  pages: {
    read(patronId: string): Promise<Dashboard>
    /** Answers the request with the patron's dashboard as server-sent events, until either side ends it. */
    stream(request: FastifyRequest, reply: FastifyReply, patronId: string): void
  }
}

/** The dashboards of one process: kept from events, and live for the pages that are open here. */
export function createDashboard({ db, clock, broadcast }: DashboardParts): Dashboards {
  const watchers = createWatchers()
  let stopHearing = () => {}
  return {
    rebuild: (signal) => rebuildDashboard({ db, clock, broadcast, signal }),
    pages: {
      read: (patronId) => readDashboard(db, patronId),
      stream: (request, reply, patronId) => streamDashboard({ db, watchers }, request, reply, patronId),
    },
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
