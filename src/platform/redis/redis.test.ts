import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { openRedis, type Redis } from './redis.ts'
import { whatFailed } from './what-failed.ts'

describe.skipIf(!hasRedis)('Redis', () => {
  let server: RedisServer
  let lines: string[]
  const open: Redis[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())
  beforeEach(() => {
    lines = []
  })
  afterEach(async () => {
    server.goOn()
    await Promise.all(open.splice(0).map((one) => one.close()))
  })

  async function connect(prefix = 'test', url = server.url) {
    const metrics = createMetrics()
    const destination = { write: (line: string) => void lines.push(line) }
    const redis = await openRedis({ url, prefix, log: createLog('info', destination), metrics })
    open.push(redis)
    const shown = async (name: string) => (await metrics.registry.metrics()).match(`\n${name} (\\d+)`)?.[1]
    return { redis, shown }
  }
  const back = (redis: Redis) => until(redis.isThere, { deadlineMs: 10_000, what: 'Redis to be back' })
  const ping = (redis: Redis) => redis.ask((client) => client.ping())
  const said = (text: string) => lines.filter((line) => line.includes(text)).length

  it('answers, and keeps what one installation writes from another', async () => {
    const [{ redis: one, shown }, { redis: other }] = [await connect('one'), await connect('other')]
    expect(await one.ask((client) => client.set('key', '1', 'PX', 10_000))).toMatchObject({ value: 'OK' })
    expect(await one.ask((client) => client.mget('key', 'none'))).toEqual({
      kind: 'answered',
      value: ['1', null],
    })
    expect(await other.ask((client) => client.get('key'))).toEqual({ kind: 'answered', value: null })
    expect(await server.look((client) => client.get('one:key'))).toBe('1')
    expect(await shown('redis_connected')).toBe('1')
  })

  it('hears what is published in its installation while it asks, and is told when it may have missed some', async () => {
    const { redis: one } = await connect('one')
    const { redis: same } = await connect('one')
    const { redis: other } = await connect('other')
    const heard: string[] = []
    const end = one.listen('bus', { heard: (text) => heard.push(text), missed: () => heard.push('missed') })
    await until(() => heard.length === 1, { deadlineMs: 2_000, what: 'the begin' })
    await other.publish('bus', ['not for them'])
    await same.publish('bus', ['a', 'b'])
    expect(await ping(one)).toMatchObject({ value: 'PONG' })
    await until(() => heard.join() === 'missed,a,b', { deadlineMs: 2_000, what: 'what was said' })
    await server.kill()
    await server.restart()
    await back(one)
    await back(same)
    await until(() => heard.join() === 'missed,a,b,missed', { deadlineMs: 5_000, what: 'to be told' })
    await same.publish('bus', ['c'])
    await until(() => heard.join() === 'missed,a,b,missed,c', { deadlineMs: 2_000, what: 'the rest' })
    end()
    await same.publish('bus', ['d'])
    await ping(one)
    expect(heard.at(-1)).toBe('c')
  })

  it('is away at once when it dies, says so once, and comes back by itself', async () => {
    const { redis, shown } = await connect()
    await server.kill()
    await until(() => !redis.isThere(), { deadlineMs: 1_000, what: 'the end to be seen' })
    const from = performance.now()
    for (let n = 0; n < 1_000; n += 1) expect(await ping(redis)).toEqual({ kind: 'away' })
    expect(performance.now() - from).toBeLessThan(500)
    expect(await shown('redis_connected')).toBe('0')
    expect(await shown('redis_unanswered_total{why="away"}')).toBe('1000')
    await server.restart()
    await back(redis)
    expect(await ping(redis)).toMatchObject({ value: 'PONG' })
    expect([said('Redis is away'), said('Redis is back')]).toEqual([1, 1])
  })

  it('keeps nobody waiting when it hangs: the first for a moment, others not at all', async () => {
    const { redis } = await connect()
    server.hang()
    const from = performance.now()
    const first = await Promise.all(Array.from({ length: 50 }, () => ping(redis)))
    expect(new Set(first.map(({ kind }) => kind))).toEqual(new Set(['away']))
    expect(performance.now() - from).toBeLessThan(300)
    const then = performance.now()
    for (let n = 0; n < 100; n += 1) await ping(redis)
    expect(performance.now() - then).toBeLessThan(100)
    // It is given up, and hangs for who connects anew as well.
    await until(() => said('Redis is away') === 1, { deadlineMs: 5_000, what: 'the outage to be told' })
    expect(redis.isThere()).toBe(false)
    server.goOn()
    await back(redis)
    expect(await ping(redis)).toMatchObject({ value: 'PONG' })
    expect([said('Redis is away'), said('Redis is back')]).toEqual([1, 1])
  })

  it('that answers late a single time is asked again as soon as it has, on the same connection', async () => {
    const { redis } = await connect()
    const id = () => redis.ask((client) => client.client('ID'))
    const before = await id()
    server.hang()
    expect(await ping(redis)).toEqual({ kind: 'away' })
    server.goOn()
    await back(redis)
    expect(await id()).toEqual(before)
    expect(said('Redis')).toBe(0)
  })

  it('an answer that lies unread because this process is busy counts as an answer', async () => {
    const { redis } = await connect()
    const asked = ping(redis)
    const until = performance.now() + 300
    while (performance.now() < until);
    expect(await asked).toMatchObject({ value: 'PONG' })
  })

  it('that has become a replica is left, and asked less and less until a write works there: one outage, told once', async () => {
    const { redis } = await connect()
    const write = () => redis.ask((client) => client.set('key', '1'))
    const connections = async () =>
      Number(
        (await server.look((client) => client.info('stats'))).match(/total_connections_received:(\d+)/)?.[1],
      )
    await server.look((client) => client.replicaof('127.0.0.1', 1))
    const before = await connections()
    const until = performance.now() + 1_500
    while (performance.now() < until) {
      expect(await write()).toEqual({ kind: 'away' })
      await wait(5)
    }
    expect(redis.isThere()).toBe(false)
    expect((await connections()) - before).toBeLessThan(8)
    expect([said('Redis is away'), said('Redis is back')]).toEqual([1, 0])
    await server.look((client) => client.replicaof('NO', 'ONE'))
    await back(redis)
    expect(await write()).toMatchObject({ value: 'OK' })
    expect([said('Redis is away'), said('Redis is back')]).toEqual([1, 1])
  })

  it('a command that is refused says so once a minute, and the next one is asked', async () => {
    const { redis, shown } = await connect()
    await redis.ask((client) => client.set('text', 'x'))
    for (let n = 0; n < 3; n += 1)
      expect(await redis.ask((client) => client.incr('text'))).toEqual({ kind: 'away' })
    expect(await ping(redis)).toMatchObject({ value: 'PONG' })
    expect([said('refused a command'), await shown('redis_unanswered_total{why="refused"}')]).toEqual([
      1,
      '3',
    ])
  })

  it('nothing it was asked with is in the log when it refuses: neither keys nor what was to be kept', async () => {
    const { redis } = await connect()
    await redis.ask((client) => client.set('text', 'x'))
    await redis.ask((client) => client.hset('text', 'a-session-id', 'a-kept-answer'))
    await until(() => said('refused a command') === 1, { deadlineMs: 2_000, what: 'the refusal to be told' })
    expect(lines.join()).toContain('"command":"hset"')
    expect(lines.join()).toContain('WRONGTYPE')
    expect(lines.join()).not.toMatch(/a-session-id|a-kept-answer/)
  })

  it('a password that is refused is in no line', async () => {
    const password = `not-${new URL(server.url).password}`
    await connect('test', server.url.replace('redis://:', 'redis://:not-'))
    await until(() => said('Redis is away') === 1, { deadlineMs: 5_000, what: 'the refusal to be told' })
    expect(lines.join()).toContain('WRONGPASS')
    expect(lines.join()).not.toContain(password)
  })
})

it('a process starts without Redis, and goes on without it', async () => {
  const from = performance.now()
  const redis = await openRedis({ url: 'redis://127.0.0.1:1', prefix: 'test', log: createLog('silent') })
  expect(performance.now() - from).toBeLessThan(3_000)
  expect(await redis.ask((client) => client.ping())).toEqual({ kind: 'away' })
  await redis.close()
})

it('an address that takes connections and never answers is given up when the time to connect is over, and that is said', async () => {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const log = createLog('info', { write: (line) => void lines.push(line) })
  const from = performance.now()
  const redis = await openRedis({ url: `redis://127.0.0.1:${port}`, prefix: 'test', log })
  try {
    await until(() => lines.length > 0, { deadlineMs: 5_000, what: 'the outage to be told' })
    expect(lines[0]).toContain('no answer in time')
    expect(performance.now() - from).toBeGreaterThan(1_900)
  } finally {
    await redis.close()
    for (const socket of sockets) socket.destroy()
    silent.close()
  }
})

it('of a command Redis does not know only the name is said, although Redis quotes the rest', () => {
  const error = new Error("ERR unknown command 'AUTH', with args beginning with: 'default' 'the password' ")
  Object.assign(error, { command: { name: 'auth', args: ['default', 'the password'] } })
  expect(whatFailed(error)).toEqual({
    name: 'Error',
    message: "ERR unknown command 'AUTH'",
    command: 'auth',
  })
})
