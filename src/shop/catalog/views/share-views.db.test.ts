import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../../test/support/redis.ts'
import { newId } from '../../../platform/ids.ts'
import { openRedis, type Redis } from '../../../platform/redis/redis.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { estimateOf, type Registers, registersOf, union } from '../rules/hyperloglog.ts'
import { shareViews } from './share-views.ts'
import { storeViews } from './store-views.ts'
import { countOf, flushed, openViews } from './views.fixture.ts'

type Visits = ReadonlyMap<string, ReadonlySet<bigint>>

const visitors = (from: number, size: number) =>
  new Set(Array.from({ length: size }, (_, n) => BigInt(1_000 + from + n)))

describe.skipIf(!hasRedis)('views in Redis', () => {
  let server: RedisServer
  let test: TestCatalog
  const open: Redis[] = []
  beforeAll(async () => {
    test = await openCatalog()
  })
  afterAll(() => test.database.drop())
  beforeEach(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
    await server.close()
  })
  async function connect() {
    const redis = await openRedis({ url: server.url, prefix: 'test', log: createLog('silent') })
    open.push(redis)
    return redis
  }
  const count = (itemId: string) => countOf(test.database.db, itemId)
  /** Redis is given a tenth of a second, which a busy machine may not have: then it is told once more. */
  const told = (by: { add(some: Visits): Promise<boolean> }, some: Visits) =>
    until(() => by.add(some), { what: 'Redis to hear of them', deadlineMs: 10_000 })
  const left = () => server.look((client) => client.keys('test:views*'))

  it.each([1, 40, 900, 5_000, 20_000])('are the registers we would have: %d visitors', async (size) => {
    const found = new Map<string, Registers>()
    const store = async (some: ReadonlyMap<string, Registers>) => {
      for (const [itemId, registers] of some) found.set(itemId, registers)
    }
    const shared = shareViews(await connect(), store, 1)
    const id = newId()
    await told(shared, new Map([[id, visitors(0, size)]]))
    const counted = await server.look((client) => client.pfcount(`test:views:${id}`))
    await until(
      async () => {
        await shared.settle()
        return found.size > 0
      },
      { what: 'the visitors to be brought', deadlineMs: 5_000 },
    )
    expect(found).toEqual(new Map([[id, registersOf(visitors(0, size))]]))
    expect(estimateOf(found.get(id) ?? registersOf([]))).toBe(counted)
    expect((await left()).filter((key) => key !== 'test:views-turn')).toEqual([])
  })

  it.each([1_000, 100_000])(
    'of %d people are counted through two processes as the method promises',
    async (size) => {
      const { db } = test.database
      const id = await addItem(test)
      const shared = await Promise.all(
        [0, 1].map(async () => shareViews(await connect(), (some) => storeViews(db, some), 1)),
      )
      // Half of them look at it in both processes, and some once more after a flush.
      const seen = [visitors(0, size * 0.75), visitors(size * 0.25, size * 0.75)]
      for (const [at, who] of seen.entries()) {
        const people = [...who]
        // As processes tell of them: some at a time, and once more what Redis was too busy to hear.
        for (let from = 0; from < people.length; from += 2_500) {
          const some = new Map([[id, new Set(people.slice(from, from + 2_500))]])
          if (shared[at]) await told(shared[at], some)
        }
        await until(
          async () => {
            await shared[at]?.settle()
            return (await left()).every((key) => key === 'test:views-turn')
          },
          { what: 'the visitors to be brought', deadlineMs: 5_000 },
        )
      }
      // Three times what is typical: 1.04 / √16384.
      const counted = await count(id)
      expect(Math.abs((counted ?? 0) - size) / size, `${counted} of ${size}`).toBeLessThan(3 * 0.0081)
      const { rows } = await sql<{ bytes: number }>`
      select pg_column_size(v.*)::int as bytes from catalog.item_views v where item_id = ${id}`.execute(db)
      expect(rows[0]?.bytes).toBeLessThan(12 * 1_024 + 256)
    },
  )

  it('are brought to the database by one process at a time, for all', async () => {
    const { db } = test.database
    const id = await addItem(test)
    let written = 0
    const store = async (some: ReadonlyMap<string, Registers>) => {
      written += 1
      await storeViews(db, some)
    }
    const processes = await Promise.all([0, 1, 2].map(async () => shareViews(await connect(), store, 10_000)))
    await Promise.all(processes.map((one, n) => told(one, new Map([[id, visitors(n * 10, 15)]]))))
    // Whoever had the turn may have been told so too late; then nobody has it until it is over.
    await until(
      async () => {
        await Promise.all(processes.map((one) => one.settle()))
        return (await count(id)) === 35
      },
      { what: 'the visitors to be brought', deadlineMs: 25_000 },
    )
    expect(written).toBe(1)
  })

  it('stay when somebody comes while they are stored, or when storing fails', async () => {
    const id = newId()
    const redis = await connect()
    const other = shareViews(await connect(), async () => {}, 1)
    let all = registersOf([])
    let fails = true
    const shared = shareViews(
      redis,
      async (some) => {
        if (fails) throw new Error('no database')
        all = union(all, some.get(id) ?? all)
        if (estimateOf(all) === 10) await told(other, new Map([[id, visitors(100, 5)]]))
      },
      1,
    )
    await told(shared, new Map([[id, visitors(0, 10)]]))
    await until(
      () =>
        shared.settle().then(
          () => false,
          (error: unknown) => String(error).includes('no database'),
        ),
      {
        what: 'storing to fail',
        deadlineMs: 10_000,
      },
    )
    fails = false
    const settled = async (count: number) =>
      until(
        async () => {
          await shared.settle()
          return estimateOf(all) === count
        },
        { what: `${count} visitors`, deadlineMs: 5_000 },
      )
    await settled(10)
    await settled(15)
    expect(all).toEqual(registersOf([...visitors(0, 10), ...visitors(100, 5)]))
  })

  it('go on without it when it is killed or hangs, and count nobody twice or never', async () => {
    const id = await addItem(test)
    const redis = await connect()
    const { views, look: lookFrom, close } = await openViews({ db: test.database.db, redis })
    const look = (n: number) => lookFrom(id, { from: `203.0.113.${n}` })
    await look(1)
    server.hang()
    await look(2)
    await views.flush()
    expect(await count(id)).toBe(2)
    server.goOn()
    await until(redis.isThere, { what: 'Redis to go on', deadlineMs: 10_000 })
    await look(2)
    await look(3)
    await flushed(test.database.db, views, id, 3)
    await server.kill()
    await look(4)
    await views.flush()
    expect(await count(id)).toBe(4)
    await close()
  })
})
