import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../../test/support/redis.ts'
import { openRedis, type Redis } from '../../../platform/redis/redis.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { type Authenticate, countOf, flushed, openViews, PHONE } from './views.fixture.ts'

const FORMS = ['the database alone', ...(hasRedis ? ['Redis'] : [])]

let test: TestCatalog
let redis: Redis | undefined
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  test = await openCatalog()
})
afterAll(async () => {
  for (const close of closing) await close()
  await test.database.drop()
})

async function server(authenticate?: Authenticate) {
  const opened = await openViews({ db: test.database.db, redis, ...(authenticate ? { authenticate } : {}) })
  closing.push(opened.close)
  return opened
}
const count = (itemId: string) => countOf(test.database.db, itemId)

describe.each(FORMS)('views with %s', (form) => {
  let redisServer: RedisServer | undefined
  beforeAll(async () => {
    if (form !== 'Redis') return
    redisServer = await startRedis()
    redis = await openRedis({ url: redisServer.url, prefix: 'test', log: createLog('silent') })
  })
  afterAll(async () => {
    await redis?.close()
    redis = undefined
    await redisServer?.close()
  })

  it('counts people by the address in front of the proxy and their kind of device, each once', async () => {
    const { views, look } = await server()
    const id = await addItem(test)
    for (let n = 0; n < 3; n += 1) await look(id)
    await look(id, { agent: PHONE.replace('18_1', '18_2').replace('18.1', '18.2') })
    await look(id, { from: '203.0.113.2' })
    await look(id, { agent: `${PHONE} KAKAOTALK 10.8.0` })
    // One /64 of IPv6 is one customer of a provider.
    for (const last of ['1', 'ffff:2']) await look(id, { from: `2001:db8:1:2::${last}` })
    expect(await count(id)).toBe(0)
    await flushed(test.database.db, views, id, 4)
    await look(id)
    await flushed(test.database.db, views, id, 4)
  })

  it('counts no programs that say so, no heads and nothing fetched ahead', async () => {
    const { views, look } = await server()
    const id = await addItem(test)
    await look(id, { agent: 'Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)' })
    await look(id, { method: 'HEAD' })
    await look(id, { headers: { 'sec-purpose': 'prefetch' } })
    await views.flush()
    expect(await count(id)).toBe(0)
  })

  it('counts an account once, wherever it is signed in, and by its address when nobody can say whose it is', async () => {
    let isAway = false
    const { views, look } = await server(async (userId) => {
      if (isAway) throw new Error('away')
      return userId === 'unknown' ? 'invalid' : { userId, roles: ['customer'], sessionId: 's' }
    })
    const id = await addItem(test)
    await look(id, { from: '203.0.113.1', headers: { authorization: 'Bearer ann' } })
    await look(id, { from: '203.0.113.2', headers: { authorization: 'Bearer ann' } })
    await look(id, { from: '203.0.113.1', headers: { authorization: 'Bearer bob' } })
    await flushed(test.database.db, views, id, 2)
    await look(id, { from: '203.0.113.3', headers: { authorization: 'Bearer unknown' } })
    isAway = true
    await look(id, { from: '203.0.113.4', headers: { authorization: 'Bearer ann' } })
    await flushed(test.database.db, views, id, 4)
  })

  it('lets no page wait while it is asked who looks, and asks of a few at a time', async () => {
    const answers: ((who: 'invalid') => void)[] = []
    const { views, look } = await server(
      () =>
        new Promise((done) => {
          answers.push(done)
        }),
    )
    const id = await addItem(test)
    for (let n = 1; n <= 20; n += 1)
      await look(id, { from: `203.0.113.${n}`, headers: { authorization: 'Bearer slow' } })
    expect(answers).toHaveLength(8)
    for (const answer of answers) answer('invalid')
    await flushed(test.database.db, views, id, 20)
  })

  it('keeps what could not be stored for the next time, and stores the last of it when it stops', async () => {
    const { db } = test.database
    const { views, look } = await server()
    const ids = await Promise.all(Array.from({ length: 60 }, () => addItem(test)))
    for (const id of ids) await look(id)
    await sql`alter table catalog.item_views rename to away`.execute(db)
    await expect(views.flush()).rejects.toThrow('does not exist')
    await look(ids[0] ?? '', { from: '203.0.113.2' })
    // Who stops never fails for it.
    await views.stop()
    await sql`alter table catalog.away rename to item_views`.execute(db)
    await views.stop()
    expect(await Promise.all(ids.map(count))).toEqual([2, ...ids.slice(1).map(() => 1)])
  })

  it('stores by itself from its start on', async () => {
    const { views, look } = await server()
    const id = await addItem(test)
    await look(id)
    views.start()
    await until(async () => (await count(id)) === 1, { what: 'the first flush', deadlineMs: 10_000 })
    await views.stop()
  })
})
