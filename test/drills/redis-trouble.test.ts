/** Two servers that share a Redis: what one does the other knows at once, and what becomes of it when Redis is in trouble. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createApi, expectBody } from '../support/api.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { type Started, start } from '../support/server-process.ts'
import { changeItem, stockShelves } from '../support/shop.ts'
import { inOneProcess, readMetric, type System, startSystem } from '../support/system.ts'
import { ItemList } from '../support/views.ts'

const LOGINS_A_MINUTE = 30
/** Without a word of the other both are known within a second all the same, by time alone. */
const HEARD_WITHIN_MS = 300
/** A request may wait for Redis once; the rest is what a busy machine takes. */
const ANSWERED_WITHIN_MS = 3_000

function middleOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity
}

describe.runIf(inOneProcess && hasRedis)('two servers that share a Redis', () => {
  let redis: RedisServer
  let system: System
  let other: Started
  let otherUrl: string
  let merchant: Person
  let itemId: string
  let price = 10_000
  beforeAll(async () => {
    redis = await startRedis()
    const shared = { REDIS_URL: redis.url, LOGIN_PER_MINUTE: String(LOGINS_A_MINUTE) }
    system = await startSystem({ settings: shared })
    const [item] = await stockShelves(system, 12)
    itemId = item?.id ?? ''
    merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: price })
    const port = await freePort()
    otherUrl = `http://127.0.0.1:${port}`
    other = start(['serve'], {
      ...shared,
      ROLE: 'api',
      PORT: String(port),
      NODE_ENV: 'test',
      DEMO: 'off',
      SOCIAL_PORT: '0',
      LOG_LEVEL: 'warn',
      REQUESTS_PER_MINUTE: '1000000',
      CHANGES_PER_MINUTE: '1000000',
      DATA_DIR: system.dataDir,
      DATABASE_URL: system.databaseUrl,
      PUBLIC_URL: system.url,
      KAKAOPAY_BASE_URL: system.bank.url,
      KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
      KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/settlement',
    })
    await until(
      async () => (await fetch(`${otherUrl}/health/ready`).catch(() => undefined))?.status === 200,
      { what: `the other server: ${other.output()}`, deadlineMs: 90_000, everyMs: 200 },
    )
  }, 150_000)
  afterAll(async () => {
    other?.signal('SIGKILL')
    await other?.exit
    await system?.stop()
    await redis?.close()
  })

  const onOther = (token?: string) => {
    const { contract } = system
    return createApi({
      baseUrl: otherUrl,
      contract,
      visits: { documented: () => {}, visited: () => {} },
      token,
    })
  }
  const connected = async (url: string) => (await readMetric(url, 'redis_connected')).get('')
  const bothConnected = () =>
    until(async () => (await connected(system.url)) === 1 && (await connected(otherUrl)) === 1, {
      what: 'both to have Redis',
      deadlineMs: 20_000,
      everyMs: 100,
    })
  async function shownPrice(): Promise<number | undefined> {
    const answer = await onOther().get('/api/items?size=50')
    return expectBody(answer, 200, ItemList).data.find(({ id }) => id === itemId)?.realPrice
  }
  /** How long it takes until a price that was changed on the one is shown by the other, whose list is kept. */
  async function priceTravels(): Promise<number> {
    await shownPrice()
    price += 100
    const { realPrice } = await changeItem(merchant, itemId, { originPrice: price })
    const from = performance.now()
    await until(async () => (await shownPrice()) === realPrice, {
      what: 'the new price',
      deadlineMs: 5_000,
      everyMs: 5,
    })
    return performance.now() - from
  }
  /** How long a token is still taken by the other after its owner has left on the one. */
  async function leavingTravels(): Promise<number> {
    const person = await customer(system)
    const elsewhere = onOther(person.tokens.accessToken)
    expect((await elsewhere.get('/api/users/me')).status).toBe(200)
    expect((await person.api.post('/api/auth/logout')).status).toBe(204)
    const from = performance.now()
    await until(async () => (await elsewhere.get('/api/users/me')).status === 401, {
      what: 'the other to refuse the token',
      deadlineMs: 5_000,
      everyMs: 5,
    })
    return performance.now() - from
  }

  test('a price and a session that ended are known to the other at once', async () => {
    await bothConnected()
    const [prices, leavings]: [number[], number[]] = [[], []]
    for (let n = 0; n < 5; n += 1) {
      prices.push(await priceTravels())
      leavings.push(await leavingTravels())
    }
    const inWords = (times: number[]) => times.map(Math.round).join(', ')
    console.info(
      `seen by the other: a price after ${inWords(prices)} ms, a logout after ${inWords(leavings)} ms`,
    )
    // A busy machine makes some late; it does not make most.
    expect(middleOf(prices)).toBeLessThan(HEARD_WITHIN_MS)
    expect(middleOf(leavings)).toBeLessThan(HEARD_WITHIN_MS)
  }, 60_000)

  test('logins are counted by both together', async () => {
    await bothConnected()
    // All in one minute of the clock, by which both count.
    await until(() => Date.now() % 60_000 < 40_000, {
      what: 'a new minute',
      deadlineMs: 30_000,
      everyMs: 200,
    })
    const json = { email: 'nobody@journey.test', password: PASSWORD }
    const answers: number[] = []
    for (let n = 0; n < LOGINS_A_MINUTE + 4; n += 1) {
      const api = n % 2 === 0 ? system.api() : onOther()
      answers.push((await api.post('/api/auth/login', { json })).status)
    }
    expect(answers.filter((status) => status === 401)).toHaveLength(LOGINS_A_MINUTE)
    expect(answers.slice(LOGINS_A_MINUTE)).toEqual([429, 429, 429, 429])
  }, 60_000)

  test.each([
    ['is killed', () => redis.kill()],
    ['hangs', async () => redis.hang()],
    ['loses everything', () => redis.flush()],
  ])(
    'when Redis %s under load, no request fails or waits long, and nothing old is shown',
    async (_what, harm) => {
      await bothConnected()
      const person = await customer(system)
      const wrong: string[] = []
      let [slowest, answered, isOver] = [0, 0, false]
      const look = async (api: ReturnType<typeof onOther>, path: string) => {
        while (!isOver) {
          const from = performance.now()
          const { status } = await api.get(path)
          slowest = Math.max(slowest, performance.now() - from)
          answered += 1
          if (status !== 200) wrong.push(`${path} ${status}`)
        }
      }
      const paths = ['/api/items?category=EYE', '/api/items?size=50', '/api/home', '/api/cart']
      const crowd = paths.flatMap((path) => [
        look(person.api, path),
        look(onOther(person.tokens.accessToken), path),
      ])
      await until(() => answered > 50, { what: 'the crowd', deadlineMs: 20_000 })
      await harm()
      expect(await priceTravels()).toBeLessThan(1_500)
      expect(await leavingTravels()).toBeLessThan(1_500)
      redis.goOn()
      await redis.restart()
      await bothConnected()
      expect(await priceTravels()).toBeLessThan(1_500)
      isOver = true
      await Promise.all(crowd)
      console.info(`${_what}: ${answered} answers, the slowest ${Math.round(slowest)} ms`)
      expect(wrong).toEqual([])
      expect(slowest).toBeLessThan(ANSWERED_WITHIN_MS)
    },
    120_000,
  )
})
