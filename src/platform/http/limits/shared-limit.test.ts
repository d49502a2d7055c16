import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../../test/support/redis.ts'
import { openRedis, type Redis } from '../../redis/redis.ts'
import { until } from '../../resilience/poll-until.ts'
import { createLog } from '../../telemetry/log.ts'
import { createSharedLimit, createToldLimit, type SharedLimit } from './shared-limit.ts'

const MINUTE = 60_000
/** In the middle of a minute of the clock: 30 s are left of it. */
const MOMENT = 1_700_000_010_000
const log = createLog('silent')

describe.each([
  ['exact', createSharedLimit],
  ['told beside', createToldLimit],
])('a limit that is %s', (_kind, create) => {
  it('lets so many of a key through in a window of this process', async () => {
    let now = MOMENT
    const limit = create({ name: 'a', most: 2, windowMs: MINUTE, redis: undefined, now: () => now })
    expect([await limit('a'), await limit('a'), await limit('b')]).toEqual([undefined, undefined, undefined])
    now += 20_500
    expect([await limit('a'), await limit('b')]).toEqual([40, undefined])
    now += 39_500
    expect(await limit('a')).toBe(undefined)
  })
})

describe.skipIf(!hasRedis)('with Redis', () => {
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
  /** Two processes with the same limit, and a clock for both. */
  async function two<L>(create: (limit: SharedLimit) => L, most: number) {
    let now = MOMENT
    const processes = await Promise.all(
      Array.from({ length: 2 }, async () => {
        const redis = await openRedis({ url: server.url, prefix: 'test', log })
        open.push(redis)
        return { redis, limit: create({ name: 'x', most, windowMs: MINUTE, redis, now: () => now }) }
      }),
    )
    const [one, other] = processes
    if (!one || !other) throw new Error('there are two')
    const pass = (ms: number) => {
      now += ms
    }
    return { one, other, pass }
  }
  const back = ({ redis }: { redis: Redis }) =>
    until(redis.isThere, { deadlineMs: 10_000, what: 'Redis to be back' })

  it('exactly so many are let through by two processes together that count at the same time', async () => {
    const { one, other, pass } = await two(createSharedLimit, 10)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? one : other).limit('somebody')),
    )
    expect(answers.filter((seconds) => seconds === undefined)).toHaveLength(10)
    expect(new Set(answers)).toEqual(new Set([undefined, 30, 60]))
    expect(await other.limit('somebody else')).toBe(undefined)
    pass(MINUTE)
    expect(await other.limit('somebody')).toBe(undefined)
  })

  it.each([
    ['dies', () => server.kill()],
    ['hangs', async () => server.hang()],
    ['loses everything', () => server.flush()],
  ])('a Redis that %s opens nothing: each process goes on with what it has counted', async (_what, harm) => {
    const { one, other } = await two(createSharedLimit, 4)
    for (let n = 0; n < 2; n += 1) expect(await one.limit('a')).toBe(undefined)
    for (let n = 0; n < 2; n += 1) expect(await other.limit('a')).toBe(undefined)
    expect(await one.limit('a')).toBe(30)
    await harm()
    const from = performance.now()
    expect(await one.limit('a')).toBe(undefined)
    expect(await one.limit('a')).toBe(60)
    expect(performance.now() - from).toBeLessThan(300)
    server.goOn()
    await server.restart()
    await back(one)
    for (let n = 0; n < 3; n += 1) await one.limit('b')
    await back(other)
    expect([await other.limit('b'), await other.limit('b')]).toEqual([undefined, 30])
  })

  it('what is told beside is counted at once, and known to the other process soon', async () => {
    const { one, other, pass } = await two(createToldLimit, 10)
    for (let n = 0; n < 6; n += 1) expect(one.limit('a')).toBe(undefined)
    for (let n = 0; n < 4; n += 1) expect(other.limit('a')).toBe(undefined)
    // Both have told; each knows of the other by what comes next.
    await until(
      async () => (await server.look((client) => client.hvals('test:counts:x:28333333')))[0] === '10',
      {
        deadlineMs: 3_000,
        what: 'both to have told',
      },
    )
    await until(() => other.limit('a') !== undefined, { deadlineMs: 3_000, what: 'the other to know' })
    await until(() => one.limit('a') !== undefined, { deadlineMs: 3_000, what: 'the one to know' })
    expect(one.limit('b')).toBe(undefined)
    pass(MINUTE)
    expect([one.limit('a'), other.limit('a')]).toEqual([undefined, undefined])
  })

  it('what comes after the begin of a window, before the last of the one before was told, counts in the new one', async () => {
    const { one, pass } = await two(createToldLimit, 3)
    const countsOf = (index: number) => server.look((client) => client.hvals(`test:counts:x:${index}`))
    for (let n = 0; n < 3; n += 1) one.limit('a')
    await until(async () => (await countsOf(28_333_333))[0] === '3', {
      deadlineMs: 3_000,
      what: 'the telling',
    })
    expect(one.limit('a')).toBe(60)
    pass(MINUTE)
    expect(one.limit('a')).toBe(undefined)
    await until(async () => (await countsOf(28_333_334))[0] === '1', { deadlineMs: 3_000, what: 'the next' })
    expect(one.limit('a')).toBe(undefined)
    expect(await countsOf(28_333_333)).toEqual(['3'])
  })

  it('goes on alone, without a wait, while Redis hangs, and together again afterwards', async () => {
    const { one, other } = await two(createToldLimit, 100)
    server.hang()
    one.limit('a')
    await until(() => !one.redis.isThere(), { deadlineMs: 3_000, what: 'the hang to be seen' })
    const from = performance.now()
    for (let n = 0; n < 99; n += 1) expect(one.limit('a')).toBe(undefined)
    expect(one.limit('a')).toBe(60)
    expect(performance.now() - from).toBeLessThan(50)
    server.goOn()
    await back(one)
    await back(other)
    for (let n = 0; n < 100; n += 1) one.limit('b')
    await until(() => other.limit('b') !== undefined, { deadlineMs: 3_000, what: 'the other to know' })
  })

  it('writes no names and addresses down in Redis, and nothing for longer than it counts', async () => {
    const { one } = await two(createSharedLimit, 10)
    await one.limit('somebody@example.com 203.0.113.9')
    const [key = '', ...more] = await server.look((client) => client.keys('*'))
    expect([key, more]).toEqual(['test:counts:x:28333333', []])
    const kept = JSON.stringify(await server.look((client) => client.hgetall(key)))
    expect(kept).not.toMatch(/somebody|203/)
    const ttl = await server.look((client) => client.pttl(key))
    expect(ttl).toBeGreaterThan(0)
    expect(ttl).toBeLessThanOrEqual(2 * MINUTE)
  })
})
