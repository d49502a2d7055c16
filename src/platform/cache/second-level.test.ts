import { hash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { openRedis, type Redis } from '../redis/redis.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { createCache } from './cache.ts'
import { createSharedSpace } from './second-level.ts'

const NUMBERS = { version: '1', write: String, read: (text: string) => Number(JSON.parse(text)) }
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

describe.skipIf(!hasRedis)('a cache with a second level', () => {
  let server: RedisServer
  const open: Redis[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())
  afterEach(async () => {
    server.goOn()
    await Promise.all(open.splice(0).map((one) => one.close()))
    await server.flush()
  })

  /** A process that keeps numbers, and one that others find. */
  async function processOf(ttlMs = 60_000, renewAfterMs = ttlMs) {
    const redis = await openRedis({ url: server.url, prefix: 'test', log: createLog('silent') })
    open.push(redis)
    const space = createSharedSpace(redis, 'things')
    const cache = createCache({ ttlMs, renewAfterMs, maxEntries: 10, shared: space.level('number', NUMBERS) })
    return { redis, cache, space }
  }
  const keyOf = (key: string) => `test:cache:things:number:1:${hash('sha256', key, 'base64url')}`
  const written = (key: string) =>
    until(() => server.look((client) => client.get(keyOf(key))), {
      deadlineMs: 3_000,
      what: 'it to be written',
    })
  /** Whoever looks first after everything was lost keeps nothing for others. */
  const begun = async ({ cache }: Awaited<ReturnType<typeof processOf>>) => {
    await cache.get('begin', async () => 0)
    await until(() => server.look((client) => client.get('test:cache:things')), {
      deadlineMs: 3_000,
      what: 'the generation',
    })
  }

  it('answers what another process has loaded, and no older than that one', async () => {
    const [one, other] = [await processOf(400), await processOf(400)]
    await begun(one)
    await one.cache.get('a', async () => 1)
    await written('a')
    await pause(200)
    const load = vi.fn(async () => 2)
    const from = performance.now()
    expect(await other.cache.get('a', load)).toBe(1)
    await until(() => other.cache.peek('a') === undefined, { deadlineMs: 2_000, everyMs: 5, what: 'its end' })
    expect(performance.now() - from).toBeLessThan(390)
    expect(load).not.toHaveBeenCalled()
    expect(await other.cache.get('a', load)).toBe(2)
  })

  it('finds nothing any more once it was said that things have changed', async () => {
    const [one, other] = [await processOf(), await processOf()]
    await begun(one)
    await one.cache.get('a', async () => 1)
    await written('a')
    await one.space.changed()
    expect(await other.cache.get('a', async () => 2)).toBe(2)
  })

  it('what was read before a change and is written after it is never found', async () => {
    const [one, other] = [await processOf(), await processOf()]
    await begun(one)
    const { promise, resolve } = Promise.withResolvers<number>()
    const before = one.cache.get('a', () => promise)
    await pause(50)
    await other.space.changed()
    resolve(1)
    expect(await before).toBe(1)
    await written('a')
    expect(await other.cache.get('a', async () => 2)).toBe(2)
  })

  it('in a race of changes and reads nobody is answered what was over when they were told', async () => {
    const processes = await Promise.all(Array.from({ length: 3 }, () => processOf(60_000)))
    let truth = 0
    /** What everybody has been told. */
    let told = 0
    let isOver = false
    const stale: string[] = []
    const reader = async ({ cache }: (typeof processes)[number], key: string) => {
      while (!isOver) {
        const least = told
        const value = await cache.get(key, async () => {
          await pause(Math.random() * 3)
          const read = truth
          await pause(Math.random() * 6)
          return read
        })
        if (value < least) stale.push(`${value} < ${least}`)
        await pause(0)
      }
    }
    const readers = processes.flatMap((one) => ['a', 'b', 'c', 'd'].map((key) => reader(one, key)))
    for (let change = 1; change <= 150; change += 1) {
      truth = change
      const teller = processes[change % processes.length] ?? expect.fail('there are three')
      await teller.space.changed()
      for (const { cache } of processes) cache.clear()
      told = change
      await pause(Math.random() * 12)
    }
    isOver = true
    await Promise.all(readers)
    expect(stale).toEqual([])
  })

  it.each([
    ['dead', () => server.kill()],
    ['hung', async () => server.hang()],
  ])('loads by itself and keeps nobody waiting while Redis is %s', async (_what, harm) => {
    const one = await processOf()
    await begun(one)
    await harm()
    const from = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => one.cache.get(String(n), async () => n)),
    )
    expect(answers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(performance.now() - from).toBeLessThan(300)
    await one.space.changed()
    one.cache.clear()
    expect(await one.cache.get('0', async () => 10)).toBe(10)
    server.goOn()
    await server.restart()
    await until(one.redis.isThere, { deadlineMs: 10_000, what: 'Redis to be back' })
    one.cache.clear()
    expect(await one.cache.get('0', async () => 11)).toBe(11)
  })

  it('is not told anything old by a Redis that has lost everything', async () => {
    const [one, other] = [await processOf(), await processOf()]
    await begun(one)
    const { promise, resolve } = Promise.withResolvers<number>()
    const before = one.cache.get('a', () => promise)
    await pause(50)
    await server.flush()
    await other.space.changed()
    resolve(1)
    await before
    await written('a')
    expect(await other.cache.get('a', async () => 2)).toBe(2)
  })

  it('what cannot be read counts as not there, and is kept anew', async () => {
    const [one, other] = [await processOf(), await processOf()]
    await begun(one)
    await one.cache.get('a', async () => 1)
    await written('a')
    const key = keyOf('a')
    const [mark = ''] = (await server.look((client) => client.get(key)))?.split(' ') ?? []
    await server.look((client) => client.set(key, `${mark} {"half":`, 'PX', 60_000))
    expect(await other.cache.get('a', async () => 2)).toBe(2)
    await until(async () => (await server.look((client) => client.get(key))) === `${mark} 2`, {
      deadlineMs: 3_000,
      what: 'it to be kept anew',
    })
  })

  it('renews for all: whoever loaded it first of all, and the others find that', async () => {
    const [one, other] = [await processOf(1_000, 400), await processOf(1_000, 400)]
    await begun(one)
    let loads = 0
    const load = async () => ++loads
    await one.cache.get('a', load)
    await written('a')
    await other.cache.get('a', load)
    const from = performance.now()
    while (performance.now() - from < 2_500) {
      expect([one.cache.peek('a'), other.cache.peek('a')]).not.toContain(undefined)
      await pause(10)
    }
    // Every 400 ms, by one of both.
    expect(loads).toBeLessThanOrEqual(9)
    expect(loads).toBeGreaterThanOrEqual(4)
  })
})
