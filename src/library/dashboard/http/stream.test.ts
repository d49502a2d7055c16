import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../platform/database/database.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { createWatchers } from '../watchers.ts'
import { dashboardRoutes } from './routes.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

it('ends with the session of who reads, though the database is away', async () => {
  const { promise: isOpen, resolve: opened } = Promise.withResolvers<void>()
  const watchers = createWatchers()
  const watch: typeof watchers.watch = (...asked) => {
    opened()
    return watchers.watch(...asked)
  }
  // Nobody listens there.
  const database = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    poolSize: 1,
    statementTimeoutMs: 1_000,
  })
  let isSignedIn = true
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [(scope) => dashboardRoutes(scope, { db: database.db, watchers: { ...watchers, watch } })],
    authenticate: async () =>
      isSignedIn
        ? { userId: '0199c0de-0000-7000-8000-000000000001', roles: ['customer'], sessionId: 's' }
        : 'invalid',
    readiness: {},
    draining: () => false,
  })
  const answer = app.inject({ url: '/api/dashboard/stream', headers: { authorization: 'Bearer token' } })
  await isOpen
  await vi.advanceTimersByTimeAsync(15_000)
  isSignedIn = false
  await vi.advanceTimersByTimeAsync(15_000)
  expect((await answer).body).toBe('retry: 2000\n\n: still here\n\n')
  await app.close()
  await database.close()
})
