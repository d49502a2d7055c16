import { afterEach, expect, it } from 'vitest'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { buildServer } from '../server.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** A shop whose searches take as long as the test says. */
async function shop(slots: number) {
  const { promise: answer, resolve: answerAll } = Promise.withResolvers<string>()
  let atWork = 0
  let mostAtWork = 0
  const search = async () => {
    atWork += 1
    mostAtWork = Math.max(mostAtWork, atWork)
    const found = await answer
    atWork -= 1
    return found
  }
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.get('/api/items', { config: { audience: 'anyone' } }, search)
        scope.get('/api/items/7', { config: { audience: 'anyone' } }, async () => 'an item')
        scope.get(
          '/api/back-from-bank',
          { config: { audience: 'anyone', lane: 'money' } },
          async () => 'paid',
        )
        scope.post('/api/pay', { config: { audience: 'anyone' } }, async () => 'paid')
      },
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
    browsingSlots: slots,
  })
  apps.push(app)
  return { app, answerAll: () => answerAll('found'), mostAtWork: () => mostAtWork }
}

it('eighty searches at once keep few connections busy, and payments go past them', async () => {
  const { app, answerAll, mostAtWork } = await shop(3)
  const searches = Array.from({ length: 80 }, (_, n) =>
    app.inject({ url: '/api/items', remoteAddress: `203.0.113.${n}` }),
  )
  expect((await app.inject({ method: 'POST', url: '/api/pay' })).body).toBe('paid')
  expect((await app.inject({ url: '/api/back-from-bank' })).body).toBe('paid')
  expect(mostAtWork()).toBe(3)
  answerAll()
  const found = await Promise.all(searches)
  expect(found.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 80 }, () => 200))
  expect(mostAtWork()).toBe(3)
})

it('whoever looks at something does not wait behind those who search', async () => {
  const { app, answerAll, mostAtWork } = await shop(4)
  const searches = Array.from({ length: 80 }, (_, n) =>
    app.inject({ url: `/api/items?sort=relevance&keyword=${n}`, remoteAddress: `203.0.113.${n}` }),
  )
  const looks = Array.from({ length: 20 }, (_, n) =>
    app.inject({ url: '/api/items/7', remoteAddress: `203.0.113.${n}` }),
  )
  expect((await Promise.all(looks)).map(({ body }) => body)).toEqual(Array(20).fill('an item'))
  expect(mostAtWork()).toBe(2)
  answerAll()
  expect((await Promise.all(searches)).map(({ statusCode }) => statusCode)).toEqual(Array(80).fill(200))
  // An empty search is a list, as is one without.
  const { app: other, answerAll: answerLists, mostAtWork: lists } = await shop(4)
  const asked = ['', '?keyword=', '?sort=price&keyword=&page=2', '?nokeyword=x'].map((query) =>
    other.inject({ url: `/api/items${query}` }),
  )
  expect((await other.inject({ method: 'POST', url: '/api/pay' })).body).toBe('paid')
  expect(lists()).toBe(4)
  answerLists()
  await Promise.all(asked)
})

it('asking for the headers alone is as much work, and waits in the same lane', async () => {
  const { app, answerAll, mostAtWork } = await shop(2)
  const asked = Array.from({ length: 10 }, (_, n) =>
    app.inject({ method: 'HEAD', url: '/api/items', remoteAddress: `203.0.113.${n}` }),
  )
  expect((await app.inject({ method: 'POST', url: '/api/pay' })).body).toBe('paid')
  expect(mostAtWork()).toBe(2)
  answerAll()
  expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200))
  expect(mostAtWork()).toBe(2)
})

it('all addresses of one /64 take the part of one', async () => {
  const { app, answerAll } = await shop(1)
  const greedy = Array.from({ length: 40 }, (_, n) =>
    app.inject({ url: '/api/items', remoteAddress: `2001:db8:1:2::${(n + 1).toString(16)}` }),
  )
  answerAll()
  const statuses = (await Promise.all(greedy)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 429)).toHaveLength(40 - 24)
})

it('one address takes no more than its part of the way', async () => {
  const { app, answerAll } = await shop(1)
  const greedy = Array.from({ length: 40 }, () =>
    app.inject({ url: '/api/items', remoteAddress: '203.0.113.1' }),
  )
  const other = app.inject({ url: '/api/items', remoteAddress: '203.0.113.2' })
  answerAll()
  expect((await other).statusCode).toBe(200)
  const statuses = (await Promise.all(greedy)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 429)).toHaveLength(40 - 24)
})
