import { afterEach, expect, it } from 'vitest'
import { hasRedis, startRedis } from '../../../../test/support/redis.ts'
import { createBroadcast } from '../../../platform/broadcast/broadcast.ts'
import { postgresBroadcast } from '../../../platform/broadcast/postgres.ts'
import { redisBroadcast } from '../../../platform/broadcast/redis.ts'
import { startRelay } from '../../../platform/events/relay.ts'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { newId } from '../../../platform/ids.ts'
import type { Module } from '../../../platform/module.ts'
import { openRedis, type Redis } from '../../../platform/redis/redis.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { testPictures } from '../../pictures/pictures.fixture.ts'
import { addItem, openCatalog, type TestCatalog, testPseudonym } from '../catalog.fixture.ts'
import { createCatalog } from '../index.ts'

const log = createLog('silent')
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** What two processes share beside the database: nothing, or a Redis, to which each has its own connection. */
const FORMS: [form: string, connect: () => Promise<() => Promise<Redis | undefined>>][] = [
  ['PostgreSQL alone', async () => async () => undefined],
]
if (hasRedis) FORMS.push(['Redis', connectToRedis])
async function connectToRedis() {
  const server = await startRedis()
  closing.push(server.close)
  return async () => {
    const redis = await openRedis({ url: server.url, prefix: 'test', log })
    closing.push(redis.close)
    return redis
  }
}

async function serverOf(module: Module): Promise<App> {
  const app = await buildServer({
    log,
    metrics: createMetrics(),
    version: 'test',
    problems: [module.problems ?? {}],
    routes: module.routes ? [module.routes] : [],
    authenticate: async () => ({ userId: newId(), roles: ['merchant'], sessionId: newId() }),
    readiness: {},
    draining: () => false,
  })
  closing.push(() => app.close())
  return app
}

it.each(FORMS)(
  'a change of an item reaches the kept lists of a second process long before they would expire (%s)',
  async (_form, open) => {
    const connect = await open()
    const test: TestCatalog = await openCatalog(await connect())
    closing.push(() => test.database.drop())
    const id = await addItem(test, { categories: ['EYE'] })
    const first = await serverOf(test.catalog.module)
    const redis = await connect()
    const byDatabase = postgresBroadcast({ url: test.database.url, log })
    const transport = redis ? redisBroadcast(redis, byDatabase) : byDatabase
    const broadcast = createBroadcast({ transport, log })
    closing.push(() => broadcast.close())
    const { db } = test.database
    const pictures = testPictures({ db, clock: test.clock })
    const second = await serverOf(
      createCatalog({
        db,
        browsing: db,
        clock: test.clock,
        log,
        broadcast,
        redis,
        pictures,
        pseudonym: testPseudonym,
        enqueue: async () => {},
      }).module,
    )
    await broadcast.start()
    // Events are handed over by the first process only.
    const relay = startRelay({
      db,
      url: test.database.url,
      subscribers: test.catalog.module.subscribers ?? [],
      now: test.clock.now,
      log,
    })
    closing.push(() => relay.stop())

    const eyes = async () => {
      const { data } = (await second.inject('/api/categories')).json<{
        data: { code: string; itemCount: number }[]
      }>()
      return data.find(({ code }) => code === 'EYE')?.itemCount
    }
    const price = async () =>
      (await second.inject('/api/items?category=EYE')).json<{ data: { realPrice: number }[] }>().data[0]
        ?.realPrice
    expect([await eyes(), await price()]).toEqual([1, 10_000])
    const change = (payload: object) =>
      first.inject({
        method: 'PATCH',
        url: `/api/admin/items/${id}`,
        headers: { authorization: 'Bearer merchant' },
        payload,
      })
    expect((await change({ version: 1, originPrice: 12_000 })).statusCode).toBe(200)
    await until(async () => (await price()) === 12_000, { deadlineMs: 1_000, what: 'the new price' })
    // Counts are kept for five seconds unless somebody says that they are out of date.
    expect(await eyes()).toBe(1)
    expect((await change({ version: 2, status: 'hidden' })).statusCode).toBe(200)
    await until(async () => (await eyes()) === 0, { deadlineMs: 2_000, what: 'the new count' })
  },
)
