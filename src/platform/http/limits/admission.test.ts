import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { buildServer } from '../server.ts'
import { createAdmission, type Work } from './admission.ts'
import { createDoor } from './door.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
const apps: App[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const app of apps.splice(0)) await app.close()
})

it('who waits is let in in turn as places come to be, and who has waited too long is refused, never served late', async () => {
  let slots = 1
  const door = createDoor({
    slots: () => slots,
    queue: () => ({ room: 3, ageMs: 100 }),
    now: () => performance.now(),
  })
  const first = await door.enter()
  const waiting = ['b', 'c', 'd'].map(() => door.enter())
  expect(door.isFull()).toBe(true)
  expect(door.enter()).toEqual({ kind: 'full' })
  slots = 2
  door.admit()
  expect(await waiting[0]).toMatchObject({ kind: 'entered' })
  vi.advanceTimersByTime(100)
  expect([await waiting[1], await waiting[2]]).toEqual([{ kind: 'late' }, { kind: 'late' }])
  const behind = door.enter()
  // The process was busy for longer than somebody may wait, and the timer comes after the place.
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 101)
  if (first.kind === 'entered') first.leave()
  expect(await behind).toEqual({ kind: 'late' })
  now.mockRestore()
  expect([door.inside(), door.waiting()]).toEqual([1, 0])
})

it('a queue that empties for a moment still stands, until nobody has waited for a second', async () => {
  const asked: number[] = []
  const door = createDoor({
    slots: () => 1,
    queue: (standsForMs) => {
      asked.push(standsForMs)
      return { room: 10, ageMs: 10_000 }
    },
    now: () => performance.now(),
  })
  let inside = await door.enter()
  const next = async (after: number) => {
    const waiting = door.enter()
    vi.advanceTimersByTime(after)
    if (inside.kind === 'entered') inside.leave()
    inside = await waiting
  }
  await next(300)
  vi.advanceTimersByTime(900)
  await next(0)
  vi.advanceTimersByTime(1_000)
  await next(0)
  expect(asked).toEqual([0, 1_200, 0])
})

it('who is on the way keeps others out until they arrive, for a moment and no longer', async () => {
  const door = createDoor({
    slots: () => 2,
    queue: () => ({ room: 1, ageMs: 100 }),
    now: () => performance.now(),
  })
  const first = door.letOn()
  const others = [door.letOn(), door.letOn()]
  expect(door.isFull()).toBe(true)
  first()
  first()
  expect(door.isFull()).toBe(false)
  await door.enter()
  expect(door.isFull()).toBe(true)
  // They send slowly, or have gone without a word.
  vi.advanceTimersByTime(100)
  expect(door.isFull()).toBe(false)
  for (const arrived of others) arrived()
  door.letOn()
  expect(door.isFull()).toBe(false)
  door.letOn()
  expect(door.isFull()).toBe(true)
})

/** A process whose work takes ten milliseconds for up to `knee` requests at once, and longer in proportion beyond. */
async function crowd(
  admission: ReturnType<typeof createAdmission>,
  work: Work,
  knee: number,
  people: number,
  each: { ms: number } = { ms: 10 },
) {
  const counts = { done: 0, turned: 0 }
  const person = async () => {
    for (;;) {
      const entry = await admission.enter(work)
      if (entry.kind !== 'entered') {
        counts.turned += 1
        await pause(1_000 * admission.turn(entry.kind))
        continue
      }
      await pause(each.ms * Math.max(1, admission.state().inside / knee))
      entry.done(true)
      counts.done += 1
    }
  }
  for (let n = 0; n < people; n += 1) void person()
  return counts
}
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

it('takes on more where more can be done, and no more than can be finished', async () => {
  const broad = createAdmission({ floor: 20, ceiling: 400 })
  const work: Work = { pace: undefined }
  await crowd(broad, work, 30, 150)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(broad.state().limit).toBeGreaterThan(50)
  expect(broad.state().limit).toBeLessThan(110)

  const narrow = createAdmission({ floor: 20, ceiling: 400 })
  const few: Work = { pace: { typicalMs: 10, normalMs: 10 } }
  const alone = await crowd(narrow, few, 4, 20)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(narrow.state().limit).toBe(20)
  expect(alone.turned).toBe(0)
})

it('puts nobody off of as many as it always takes on, however slow the machine', async () => {
  const admission = createAdmission({ floor: 16, ceiling: 400 })
  const crowded = await crowd(admission, { pace: { typicalMs: 150, normalMs: 40 } }, 5, 20, { ms: 40 })
  await vi.advanceTimersByTimeAsync(20_000)
  expect(crowded.done).toBeGreaterThan(1_000)
  expect([admission.state().limit, crowded.turned]).toEqual([16, 0])
})

it('learns under steady load that everything has become slower for good, and still refuses what is too much', async () => {
  const admission = createAdmission({ floor: 20, ceiling: 400 })
  const each = { ms: 10 }
  await crowd(admission, { pace: undefined }, 60, 150, each)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(admission.state().limit).toBeGreaterThan(100)
  each.ms = 30
  await vi.advanceTimersByTimeAsync(15_000)
  expect(admission.state().limit).toBeLessThan(30)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(admission.state().limit).toBeGreaterThan(100)

  const flooded = createAdmission({ floor: 20, ceiling: 400 })
  const people = await crowd(flooded, { pace: { typicalMs: 10, normalMs: 10 } }, 4, 90)
  await vi.advanceTimersByTimeAsync(65_000)
  const before = people.turned
  await vi.advanceTimersByTimeAsync(5_000)
  // Half of the least were measured: twice what these take is a limit near the least.
  expect(flooded.state().limit).toBeLessThan(45)
  expect(people.turned - before).toBeGreaterThan(50)
})

/** A server with a change that takes until the test says so. @param known when it is known who asks */
async function server(known?: () => Promise<void>) {
  const { promise: answer, resolve } = Promise.withResolvers<object>()
  const metrics = createMetrics()
  const app = await buildServer({
    log: createLog('silent'),
    metrics,
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.post('/api/loans', { config: { audience: 'signed-in' } }, () => answer)
        scope.post('/api/late', { config: { audience: 'anyone' } }, async (request, reply) => {
          reply.hijack()
          void answer.then(() => reply.raw.end())
          return request.id
        })
        scope.post('/api/wrong', { config: { audience: ['admin'] } }, () => answer)
        scope.get('/api/items', { config: { audience: 'anyone' } }, async () => ({}))
        scope.get('/api/back', { config: { audience: 'anyone', lane: 'money' } }, async () => ({}))
        scope.route({
          method: ['GET', 'POST'],
          url: '/page',
          config: {
            audience: 'anyone',
            problemPage: ({ method, body }, _reply, { status }) =>
              `${status} ${method} ${JSON.stringify(body)}`,
          },
          handler: async () => 'page',
        })
        scope.get('/api/mine', { config: { audience: 'signed-in' } }, async () => ({}))
        scope.get('/internal/books', { config: { audience: ['service'] } }, async () => ({}))
      },
    ],
    authenticate: async (token) => {
      await known?.()
      return { userId: token, roles: token === 'service' ? ['service'] : ['customer'], sessionId: 's' }
    },
    readiness: {},
    draining: () => false,
    admission: createAdmission({ floor: 2, ceiling: 2 }),
  })
  apps.push(app)
  const call = (method: 'GET' | 'HEAD' | 'POST', url: string, token = 'a') =>
    app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })
  return { app, call, metrics, answerAll: () => resolve({ lent: true }) }
}

it('refuses at once what it cannot finish, with the time to come again, and never what must go on', async () => {
  const { app, call, metrics, answerAll } = await server()
  // None of these keeps a place: not let in, not found, somebody else writes the answer.
  expect((await call('POST', '/api/wrong')).statusCode).toBe(403)
  expect((await call('POST', '/api/nowhere')).statusCode).toBe(404)
  for (const method of ['GET', 'HEAD', 'HEAD', 'HEAD'] as const)
    expect((await call(method, '/api/mine')).statusCode).toBe(200)
  expect(await metrics.registry.metrics()).toContain('http_admission_in_flight 0\n')
  const hijacked = call('POST', '/api/late')
  const atWork = [call('POST', '/api/loans'), call('POST', '/api/loans')]
  const waiting = call('POST', '/api/loans')
  await vi.waitUntil(async () => (await metrics.registry.metrics()).includes('http_admission_waiting 1\n'))
  vi.advanceTimersByTime(100)
  const refused = await Promise.all(Array.from({ length: 6 }, () => call('POST', '/api/loans', '%')))
  // Not even the token was looked at.
  expect(refused.map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(503))
  expect(refused.map((answer) => answer.json().code)).toEqual(Array(6).fill('temporarily_unavailable'))
  expect(refused.map(({ headers }) => headers['retry-after'])).toEqual(['2', '3', '1', '2', '3', '1'])
  for (const [url, token] of [
    ['/health/live', 'a'],
    ['/metrics', 'a'],
    ['/api/items', 'a'],
    ['/api/back', 'a'],
    ['/internal/books', 'service'],
  ] as const)
    expect([url, (await call('GET', url, token)).statusCode]).toEqual([url, 200])
  // What was typed into a form is on the page that refuses it.
  const form = await app.inject({ method: 'POST', url: '/page', payload: { typed: 'words' } })
  expect([form.statusCode, form.body]).toEqual([503, '503 POST {"typed":"words"}'])
  const shown = await metrics.registry.metrics()
  expect(shown).toContain('http_admission_in_flight 2\n')
  expect(shown).toContain('http_admission_limit 2\n')
  expect(shown).toContain('http_admission_refused_total{why="full"} 7\n')
  answerAll()
  await hijacked
  expect((await Promise.all([...atWork, waiting])).map(({ statusCode }) => statusCode)).toEqual([
    200, 200, 200,
  ])
  expect(await metrics.registry.metrics()).toContain('http_admission_in_flight 0\n')
})

it('of many who come at the same moment looks only at those for whom there is a place', async () => {
  const gate = Promise.withResolvers<void>()
  let known = Promise.resolve()
  let lookedAt = 0
  const { call, metrics, answerAll } = await server(() => {
    lookedAt += 1
    return known
  })
  const atWork = Array.from({ length: 3 }, () => call('POST', '/api/loans'))
  await vi.waitUntil(async () => (await metrics.registry.metrics()).includes('http_admission_waiting 1\n'))
  vi.advanceTimersByTime(100)
  answerAll()
  await Promise.all(atWork)
  // All places are free now, and the queue that stood is short.
  lookedAt = 0
  known = gate.promise
  const statuses: number[] = []
  const burst = Array.from({ length: 10 }, async () => {
    statuses.push((await call('POST', '/api/loans')).statusCode)
  })
  await vi.waitUntil(() => statuses.length === 7)
  expect([lookedAt, statuses]).toEqual([3, Array(7).fill(503)])
  gate.resolve()
  await Promise.all(burst)
  expect(statuses.slice(7)).toEqual([200, 200, 200])
  // And whoever was turned away by what comes first keeps nobody out.
  known = Promise.resolve()
  for (let n = 0; n < 5; n += 1) expect((await call('POST', '/api/wrong')).statusCode).toBe(403)
  expect((await call('POST', '/api/loans')).statusCode).toBe(200)
})
