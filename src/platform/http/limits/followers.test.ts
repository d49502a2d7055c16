import { get } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { createCache } from '../../cache/cache.ts'
import { until } from '../../resilience/poll-until.ts'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { type Ready, readyOf, sendReady } from '../at-hand/ready.ts'
import { buildServer } from '../server.ts'
import { createFollowers } from './followers.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** A list that is kept for a minute and read for as long as the test says, in a lane of one; asked by real sockets. */
async function shop() {
  const kept = createCache<Ready>({ ttlMs: 60_000, maxEntries: 10 })
  const list = readyOf({ etag: '"l"', type: 'application/json', bytes: Buffer.from('["비타민"]') })
  const reads: PromiseWithResolvers<Ready>[] = []
  let arrived = 0
  const waitingFor: { count: number; met: () => void }[] = []
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.addHook('preHandler', (_request, _reply, done) => {
          arrived += 1
          for (const { count, met } of waitingFor) if (arrived >= count) met()
          done()
        })
        scope.get(
          '/api/items',
          {
            config: {
              audience: 'anyone',
              atHand: () => ({ of: 'list', find: () => kept.peek('list') }),
            },
          },
          async (request, reply) => {
            const found = await kept.get('list', () => {
              const read = Promise.withResolvers<Ready>()
              reads.push(read)
              return read.promise
            })
            return sendReady(request, reply, found)
          },
        )
        scope.get('/api/items/7', { config: { audience: 'anyone' } }, async () => 'an item')
      },
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
    browsingSlots: 2,
  })
  apps.push(app)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = (path: string) =>
    new Promise<number>((done, failed) => {
      get(`${origin}${path}`, { agent: false }, (response) => {
        response.resume().on('end', () => done(response.statusCode ?? 0))
      }).on('error', failed)
    })
  return {
    ask,
    list,
    reads,
    kept,
    arrivals: (count: number) =>
      new Promise<void>((met) => {
        if (arrived >= count) met()
        else waitingFor.push({ count, met })
      }),
  }
}

const times = (count: number, one: (n: number) => Promise<number>) =>
  Promise.all(Array.from({ length: count }, (_, n) => one(n)))

it('three hundred who ask for a list that is being read have it, and others pass meanwhile', async () => {
  const { ask, list, reads, arrivals } = await shop()
  const crowd = times(300, (n) => ask(`/api/items?from=${n}`))
  await arrivals(300)
  expect(await ask('/api/items/7')).toBe(200)
  reads[0]?.resolve(list)
  expect(new Set(await crowd)).toEqual(new Set([200]))
  expect(reads).toHaveLength(1)
})

it('whom a change overtakes reads anew, still one for all', async () => {
  const { ask, list, reads, kept, arrivals } = await shop()
  const crowd = times(100, () => ask('/api/items'))
  await arrivals(100)
  // What was read before is not kept after the change, and nobody who followed is given it.
  kept.clear()
  reads[0]?.resolve(list)
  await until(() => reads.length === 2, { deadlineMs: 10_000, what: 'another one to read' })
  reads[1]?.resolve(list)
  expect(new Set(await crowd)).toEqual(new Set([200]))
  expect(reads).toHaveLength(2)
})

it('a failure reaches all who follow, and the next one reads anew', async () => {
  const { ask, list, reads, arrivals } = await shop()
  const crowd = times(50, () => ask('/api/items'))
  await arrivals(50)
  reads[0]?.reject(new Error('the database is away'))
  expect(await crowd).toEqual(Array(50).fill(500))
  const next = ask('/api/items')
  await until(() => reads.length === 2, { deadlineMs: 10_000, what: 'the next one to read' })
  reads[1]?.resolve(list)
  expect(await next).toBe(200)
})

it('no more than so many follow; the others read beside', async () => {
  const followers = createFollowers<number>(2)
  const reading = Promise.withResolvers<number>()
  const first = followers.lead('list', () => reading.promise)
  const two = [followers.follow('list'), followers.follow('list')]
  expect(followers.follow('list')).toBeUndefined()
  expect(await followers.lead('list', async () => 7)).toBe(7)
  expect(followers.follow('another')).toBeUndefined()
  reading.resolve(1)
  expect(await Promise.all([first, ...two])).toEqual([1, 1, 1])
  // It is done, and there is room again.
  expect(followers.follow('list')).toBeUndefined()
  const again = followers.lead('list', async () => 2)
  expect(await Promise.all([again, followers.follow('list')])).toEqual([2, 2])
})
