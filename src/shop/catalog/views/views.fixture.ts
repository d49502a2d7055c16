/** For the tests of views only: a process of the shop at which people look at items. */

import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { buildServer } from '../../../platform/http/server.ts'
import type { Redis } from '../../../platform/redis/redis.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { testPseudonym } from '../catalog.fixture.ts'
import { createViews, type Views } from './collect-views.ts'

export const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1'

/** Who has a token. */
export type Authenticate = (token: string) => Promise<Actor | 'invalid'>

interface Look {
  from?: string
  agent?: string
  method?: 'GET' | 'HEAD'
  headers?: Readonly<Record<string, string>>
}

/** A process behind one proxy; tokens are names of accounts unless told otherwise. */
export async function openViews({
  db,
  redis,
  authenticate = async (userId) => ({ userId, roles: ['customer'], sessionId: 's' }),
}: {
  db: Db
  redis: Redis | undefined
  authenticate?: Authenticate
}) {
  const log = createLog('silent')
  const views = createViews({ db, redis, log, pseudonym: testPseudonym, turnMs: 1 })
  const app = await buildServer({
    log,
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.get<{ Params: { id: string } }>(
          '/items/:id',
          { config: { audience: 'anyone' } },
          async (request) => {
            views.seen(request, request.params.id)
            return {}
          },
        )
      },
    ],
    authenticate,
    readiness: {},
    draining: () => false,
    trustedProxies: 1,
  })
  const look = async (itemId: string, asked: Look = {}): Promise<number> => {
    const { from = '203.0.113.1', agent = PHONE, method = 'GET' } = asked
    const headers = { 'x-forwarded-for': `10.9.9.9, ${from}`, 'user-agent': agent, ...asked.headers }
    return (await app.inject({ method, url: `/items/${itemId}`, headers })).statusCode
  }
  return { views, look, close: () => app.close() }
}

/** Flushes until so many have looked at an item: with Redis that may take more than one turn. */
export async function flushed(db: Db, views: Views, itemId: string, count: number): Promise<void> {
  await until(
    async () => {
      await views.flush()
      return (await countOf(db, itemId)) === count
    },
    { what: `${count} visitors`, deadlineMs: 5_000 },
  )
}

/** How many have looked at an item, as the database knows. */
export async function countOf(db: Db, itemId: string): Promise<number | undefined> {
  const { rows } = await sql<{ views: number }>`
    select view_count as views from catalog.item_numbers where item_id = ${itemId}`.execute(db)
  return rows[0]?.views
}
