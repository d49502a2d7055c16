/** Processes that share a Redis: which of them count a client's requests together, and which apart. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../../test/support/redis.ts'
import { openRedis, type Redis } from '../../redis/redis.ts'
import { until } from '../../resilience/poll-until.ts'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { buildServer } from '../server.ts'

const log = createLog('silent')
const MOST = 20
/** In the middle of a minute of the clock. */
const MOMENT = 1_700_000_010_000

describe.skipIf(!hasRedis)('requests of one client', () => {
  let server: RedisServer
  const open: { close(): Promise<unknown> }[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: MOMENT }))
  afterEach(async () => {
    vi.useRealTimers()
    for (const one of open.splice(0)) await one.close()
    await server.flush()
  })

  /** A process that hosts these services. */
  async function hosting(as: string, limits: { requestsPerMinute: number; changesPerMinute: number }) {
    const redis: Redis = await openRedis({ url: server.url, prefix: 'test', log })
    const app: App = await buildServer({
      log,
      metrics: createMetrics(),
      version: 'test',
      problems: [],
      routes: [
        (scope) => {
          for (const method of ['GET', 'POST'] as const)
            scope.route({ method, url: '/api/note', config: { audience: 'anyone' }, handler: async () => 1 })
        },
      ],
      authenticate: async () => 'invalid',
      readiness: {},
      draining: () => false,
      limits: { ...limits, together: { redis, as } },
    })
    open.push(app, redis)
    return async (method: 'GET' | 'POST') =>
      (await app.inject({ method, url: '/api/note', remoteAddress: '203.0.113.9' })).statusCode
  }

  it.each([
    ['requests', 'GET', { requestsPerMinute: MOST, changesPerMinute: 1_000 }],
    ['changes', 'POST', { requestsPerMinute: 1_000, changesPerMinute: MOST }],
  ] as const)(
    'count together where the same is hosted, and apart where one passes them on to the other (%s)',
    async (_what, method, limits) => {
      const [pages, morePages, service] = [
        await hosting('identity+shop', limits),
        await hosting('identity+shop', limits),
        await hosting('shop', limits),
      ]
      for (let sent = 0; sent < MOST; sent += 1) expect(await pages(method)).toBe(200)
      expect(await pages(method)).toBe(429)
      let letThrough = 0
      const isRefused = async () => {
        const status = await morePages(method)
        if (status === 200) letThrough += 1
        return status === 429
      }
      await until(isRefused, { what: 'the other process to know of them', deadlineMs: 10_000, everyMs: 100 })
      // By itself it would have let as many through as the first one.
      expect(letThrough).toBeLessThan(MOST)
      // Whoever looks at a page that asks the service has not used up twice as much.
      for (let sent = 0; sent < MOST; sent += 1) expect(await service(method)).toBe(200)
      expect(await service(method)).toBe(429)
    },
  )
})
