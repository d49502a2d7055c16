import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Actor } from '../../../platform/http/actor.ts'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { addItem, openCatalog, type TestCatalog, testPseudonym } from '../catalog.fixture.ts'
import { createViews } from './collect-views.ts'

let test: TestCatalog
beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1'

/** A process of the shop behind one proxy, at which tokens are names of accounts. */
async function server(
  authenticate: (token: string) => Promise<Actor | 'invalid'> = async (token) => ({
    userId: token,
    roles: ['customer'],
    sessionId: 's',
  }),
) {
  const log = createLog('silent')
  const views = createViews({ db: test.database.db, log, pseudonym: testPseudonym })
  const app = await buildServer({
    log,
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) =>
        scope.get<{ Params: { id: string } }>(
          '/items/:id',
          { config: { audience: 'anyone' } },
          async (request) => {
            views.seen(request, request.params.id)
            return {}
          },
        ),
    ],
    authenticate,
    readiness: {},
    draining: () => false,
    trustedProxies: 1,
  })
  apps.push(app)
  const look = async (
    itemId: string,
    { from = '203.0.113.1', agent = PHONE, method = 'GET' as 'GET' | 'HEAD', ...headers }: Look = {},
  ) => {
    const url = `/items/${itemId}`
    const sent = { 'x-forwarded-for': `10.9.9.9, ${from}`, 'user-agent': agent, ...headers }
    expect((await app.inject({ method, url, headers: sent })).statusCode).toBe(200)
  }
  return { views, look }
}
type Look = { from?: string; agent?: string; method?: 'GET' | 'HEAD'; [header: string]: string | undefined }

const countOf = async (itemId: string) => {
  const { rows } = await sql<{ views: number }>`
    select view_count as views from catalog.item_numbers where item_id = ${itemId}`.execute(test.database.db)
  return rows[0]?.views
}

it('counts people by the address in front of the proxy and their kind of device, each once', async () => {
  const { views, look } = await server()
  const id = await addItem(test)
  for (let n = 0; n < 3; n += 1) await look(id)
  await look(id, { agent: PHONE.replace('18_1', '18_2').replace('18.1', '18.2') })
  await look(id, { from: '203.0.113.2' })
  await look(id, { agent: `${PHONE} KAKAOTALK 10.8.0` })
  // One /64 of IPv6 is one customer of a provider.
  for (const last of ['1', 'ffff:2']) await look(id, { from: `2001:db8:1:2::${last}` })
  expect(await countOf(id)).toBe(0)
  await views.flush()
  expect(await countOf(id)).toBe(4)
  await look(id)
  await views.flush()
  expect(await countOf(id)).toBe(4)
})

it('counts no programs that say so, no heads and nothing fetched ahead', async () => {
  const { views, look } = await server()
  const id = await addItem(test)
  await look(id, { agent: 'Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)' })
  await look(id, { method: 'HEAD' })
  await look(id, { 'sec-purpose': 'prefetch' })
  await views.flush()
  expect(await countOf(id)).toBe(0)
})

it('counts an account once, wherever it is signed in, and by its address when nobody can say whose it is', async () => {
  let isAway = false
  const { views, look } = await server(async (userId) => {
    if (isAway) throw new Error('away')
    return userId === 'unknown' ? 'invalid' : { userId, roles: ['customer'], sessionId: 's' }
  })
  const id = await addItem(test)
  await look(id, { from: '203.0.113.1', authorization: 'Bearer ann' })
  await look(id, { from: '203.0.113.2', authorization: 'Bearer ann' })
  await look(id, { from: '203.0.113.1', authorization: 'Bearer bob' })
  await views.flush()
  expect(await countOf(id)).toBe(2)
  await look(id, { from: '203.0.113.3', authorization: 'Bearer unknown' })
  isAway = true
  await look(id, { from: '203.0.113.4', authorization: 'Bearer ann' })
  await views.flush()
  expect(await countOf(id)).toBe(4)
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
  for (let n = 1; n <= 20; n += 1) await look(id, { from: `203.0.113.${n}`, authorization: 'Bearer slow' })
  expect(answers).toHaveLength(8)
  for (const answer of answers) answer('invalid')
  await views.flush()
  expect(await countOf(id)).toBe(20)
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
  expect(await Promise.all(ids.map(countOf))).toEqual([2, ...ids.slice(1).map(() => 1)])
})

it('stores by itself from its start on', async () => {
  const { views, look } = await server()
  const id = await addItem(test)
  await look(id)
  views.start()
  await until(async () => (await countOf(id)) === 1, { what: 'the first flush', deadlineMs: 10_000 })
  await views.stop()
})
