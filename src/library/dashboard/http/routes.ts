import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, actorOf, problems } from '../../../platform/http/app.ts'
import { DashboardSchema, readDashboard } from '../dashboard-view.ts'
import type { Watchers } from '../watchers.ts'
import { streamDashboard } from './stream.ts'

const config = { audience: 'signed-in' } as const
const tags = ['dashboard']

/** One’s own dashboard over HTTP: once, or as a stream that goes on. */
export function dashboardRoutes(app: App, deps: { db: Db; watchers: Watchers }): void {
  app.addHook('preClose', async () => deps.watchers.close())

  app.route({
    method: 'GET',
    url: '/api/dashboard',
    config,
    schema: {
      operationId: 'getDashboard',
      tags,
      summary: 'What one has borrowed, what it has cost, and what happened',
      description:
        'Made of events, so it may be a moment behind (`asOf`, `lagMs`); nothing is decided by it. A fee is charged at a return, never before.',
      response: { 200: DashboardSchema, ...problems(401) },
    },
    handler: (request) => readDashboard(deps.db, actorOf(request).userId),
  })

  app.route({
    method: 'GET',
    url: '/api/dashboard/stream',
    config,
    schema: {
      operationId: 'streamDashboard',
      tags,
      summary: 'The same, live, as server-sent events',
      description:
        'Each event `dashboard` holds the whole dashboard; its id is the revision. With `Last-Event-ID` what was seen is not sent again.',
      headers: Type.Object({
        'last-event-id': Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })),
      }),
      response: {
        200: { description: 'Events', content: { 'text/event-stream': { schema: Type.String() } } },
        ...problems(401),
      },
    },
    handler: (request, reply) => {
      streamDashboard(deps, request, reply, actorOf(request).userId)
    },
  })
}
