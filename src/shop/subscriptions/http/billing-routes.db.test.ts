import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Role } from '../../../platform/http/actor.ts'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { DUE_DAY, openBilling, type Sub } from '../billing.fixture.ts'
import { billingProblems } from '../billing-problems.ts'
import { sweepRuns } from '../run/sweep.ts'
import { billingRoutes } from './billing-routes.ts'

const PROGRESS_EVERY_MS = 20
const world = await openBilling()

/** Every statement of the routes, so that one can see when nobody asks any more. */
let statements = 0
const counting: KyselyPlugin = {
  transformQuery: ({ node }) => {
    statements += 1
    return node
  },
  transformResult: async ({ result }) => result,
}
const routes = billingRoutes(
  { ...world.deps, db: world.db.withPlugin(counting) },
  { progressEveryMs: PROGRESS_EVERY_MS },
)

const signedOut = new Set<string>()
/** The token is the role. */
const openServer = () =>
  buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [billingProblems],
    routes: [routes],
    authenticate: async (token) =>
      signedOut.has(token) ? 'invalid' : { userId: newId(), roles: [token as Role], sessionId: 'session' },
    readiness: {},
    draining: () => false,
  })

let app: App
let base: string
beforeAll(async () => {
  app = await openServer()
  base = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  await world.drop()
})
beforeEach(() => world.reset())

async function call(method: 'GET' | 'POST', url: string, { as, body }: { as?: Role; body?: object } = {}) {
  const reply = await app.inject({
    method,
    url,
    headers: as === undefined ? {} : { authorization: `Bearer ${as}` },
    ...(body === undefined ? {} : { payload: body }),
  })
  return { status: reply.statusCode, json: reply.json() }
}
const get = (path: string) => call('GET', `/api/admin${path}`, { as: 'merchant' })
const post = (path: string, body?: object) =>
  call('POST', `/api/admin${path}`, { as: 'merchant', ...(body ? { body } : {}) })
/** A run that nobody works on yet. */
async function begun(): Promise<string> {
  const { status, json } = await post('/billing-runs', {})
  expect(status).toBe(202)
  return json.id
}
const cycleOf = (sub: Sub, no: number) => `/billing-cycles/${sub.id}/${no}/replay`

describe('who may', () => {
  const id = newId()
  it.each<['GET' | 'POST', string, number]>([
    ['GET', '/billing-runs', 200],
    ['GET', `/billing-runs/${id}`, 404],
    ['GET', `/billing-runs/${id}/progress`, 404],
    ['POST', `/billing-runs/${id}/pause`, 404],
    ['POST', `/billing-runs/${id}/resume`, 404],
    ['POST', `/billing-cycles/${id}/2/replay`, 404],
    ['POST', '/billing-runs', 202],
  ])('%s %s: merchants and administrators only', async (method, path, allowed) => {
    const body = path === '/billing-runs' && method === 'POST' ? { body: {} } : {}
    const url = `/api/admin${path}`
    expect((await call(method, url, body)).status).toBe(401)
    for (const as of ['customer', 'librarian', 'service'] as const)
      expect(await call(method, url, { as, ...body })).toMatchObject({
        status: 403,
        json: { code: 'not_allowed' },
      })
    expect(await world.billing.find()).toBeUndefined()
    for (const as of ['merchant', 'admin'] as const)
      expect((await call(method, url, { as, ...body })).status).toBe(allowed)
  })
})

describe('bad input', () => {
  it.each([
    '/billing-runs?size=0',
    '/billing-runs?size=101',
    '/billing-runs?size=many',
    '/billing-runs?before=yesterday',
    '/billing-runs?before=2027-02-30',
    '/billing-runs?before=0000-01-01',
    '/billing-runs?after=2027-01-01',
    '/billing-runs/1',
    '/billing-runs/1/progress',
  ])('GET %s is refused', async (path) => {
    expect(await get(path)).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
  })

  it.each([
    [{ date: 'today' }],
    [{ date: '2027-13-01' }],
    [{ date: '0000-01-01' }],
    [{ date: 20_270_131 }],
    [{ day: '2027-01-31' }],
    [[]],
  ])('a start with %j is refused and begins nothing', async (body) => {
    expect(await post('/billing-runs', body)).toMatchObject({ status: 400 })
    expect(await world.billing.find()).toBeUndefined()
  })

  it('broken ids and cycle numbers are refused', async () => {
    const paths = [
      '/billing-runs/1/pause',
      `/billing-cycles/1/2/replay`,
      `/billing-cycles/${newId()}/0/replay`,
    ]
    for (const path of [...paths, `/billing-cycles/${newId()}/1.5/replay`])
      expect(await post(path)).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
  })

  it('a day that has not come is refused with the day it is', async () => {
    const tomorrow = DUE_DAY.add({ days: 1 }).toString()
    expect(await post('/billing-runs', { date: tomorrow })).toMatchObject({
      status: 422,
      json: { code: 'billing_date_in_future' },
    })
  })
})

describe('starting', () => {
  it('begins the run of today, which a server takes up', async () => {
    await world.subscribeMany(2)
    const { status, json } = await post('/billing-runs', {})
    expect(status).toBe(202)
    expect(json).toEqual({
      id: expect.any(String),
      date: DUE_DAY.toString(),
      kind: 'manual',
      state: 'running',
      stopReason: null,
      starts: 1,
      startedAt: world.clock.now().toString(),
      finishedAt: null,
      planned: null,
      report: null,
    })
    expect(world.bank.asked()).toBe(0)
    await sweepRuns(world.deps)
    expect((await get(`/billing-runs/${json.id}`)).json.run).toMatchObject({
      state: 'complete',
      planned: 2,
      report: { due: 2, charged: { count: 2, amount: 20_000 } },
    })
  })

  it('joins the one of that date that runs or is paused', async () => {
    const id = await begun()
    expect((await post('/billing-runs', { date: DUE_DAY.toString() })).json).toMatchObject({ id, starts: 1 })
    await post(`/billing-runs/${id}/pause`)
    expect((await post('/billing-runs', {})).json).toMatchObject({ id, state: 'paused', starts: 1 })
  })

  it('twice at once is one run', async () => {
    const both = await Promise.all([post('/billing-runs', {}), post('/billing-runs', {})])
    expect(both.map(({ status }) => status)).toEqual([202, 202])
    expect(both[0]?.json.id).toBe(both[1]?.json.id)
  })

  it('takes one up again that has ended', async () => {
    const { run } = await world.run()
    expect((await post('/billing-runs', {})).json).toMatchObject({ id: run.id, state: 'running', starts: 2 })
  })

  it('bills a day that has passed', async () => {
    const { json } = await post('/billing-runs', { date: '2027-01-05' })
    expect(json).toMatchObject({ date: '2027-01-05', state: 'running' })
  })
})

describe('the list', () => {
  it('has the latest date first, in pages', async () => {
    for (const date of ['2027-01-05', '2027-01-07', '2027-01-06']) await post('/billing-runs', { date })
    const dates = (page: { data: { date: string }[] }) => page.data.map(({ date }) => date)
    const first = (await get('/billing-runs?size=2')).json
    expect(dates(first)).toEqual(['2027-01-07', '2027-01-06'])
    expect(first.page).toEqual({ size: 2, next: '2027-01-06' })
    const second = (await get(`/billing-runs?size=2&before=${first.page.next}`)).json
    expect(dates(second)).toEqual(['2027-01-05'])
    expect(second.page).toEqual({ size: 2, next: null })
  })

  it('is empty before the first run', async () => {
    expect((await get('/billing-runs')).json).toEqual({ data: [], page: { size: 20, next: null } })
  })
})

describe('one run', () => {
  it('tells its steps, its report with reasons, and what its cycles have come to by now', async () => {
    await world.subscribe()
    await world.subscribe({ answers: ['insufficient', 'insufficient', 'ok'] })
    await world.subscribe({ answers: ['insufficient', 'ok'] })
    await world.subscribe({ withoutMethod: true })
    const { run } = await world.run()
    const tally = (count: number) => ({ count, amount: count * 10_000 })
    const { status, json } = await get(`/billing-runs/${run.id}`)
    expect(status).toBe(200)
    expect(json.run.report).toEqual({
      due: 4,
      handled: tally(4),
      charged: tally(2),
      declined: {
        retry: tally(1),
        newMethod: tally(1),
        byReason: [
          { class: 'retryable', code: 'insufficient', ...tally(1) },
          { class: 'no_method', code: null, ...tally(1) },
        ],
      },
      refusals: [{ class: 'retryable', code: 'insufficient', ...tally(3), paidAfterAll: 1 }],
      frozen: { unknownOutcome: tally(0), invalidRequest: tally(0) },
      inFlight: tally(0),
      postponed: tally(0),
      methodBusy: tally(0),
      skipped: {},
      failed: {},
      left: 0,
      waiting: 0,
      errors: 0,
    })
    expect(json.now).toEqual(json.run.report)
    expect(json.steps.map(({ name, state }: Record<string, string>) => `${name} ${state}`)).toEqual([
      'plan done',
      'charge done',
      'follow_up done',
      'report done',
    ])
    expect(json).toMatchObject({ workers: 0, counts: { paid: 2, declined: 1, past_due: 1 }, errors: [] })
    world.clock.advance({ hours: 24 })
    await world.billing.followUps()
    const later = (await get(`/billing-runs/${run.id}`)).json
    expect(later.run.report).toEqual(json.run.report)
    expect(later.now).toMatchObject({ charged: tally(3), refusals: [{ count: 3, paidAfterAll: 2 }] })
  })

  it('names the subscriptions that could not be handled', async () => {
    const sub = await world.subscribe()
    const { run } = await world.run(
      undefined,
      {},
      {
        ...world.deps,
        at: (moment) => {
          if (moment === 'preparing') throw new Error('a damaged row')
        },
      },
    )
    expect((await get(`/billing-runs/${run.id}`)).json).toMatchObject({
      run: { state: 'failed', stopReason: 'some_could_not_be_handled' },
      now: { due: 1, errors: 1 },
      errors: [{ subscriptionId: sub.id, detail: 'a damaged row', at: world.clock.now().toString() }],
    })
  })

  it('that does not exist is not found', async () => {
    expect(await get(`/billing-runs/${newId()}`)).toMatchObject({ status: 404, json: { code: 'not_found' } })
  })
})

describe('pausing', () => {
  it('holds a run back until it is resumed; asking again changes nothing', async () => {
    await world.subscribe()
    const id = await begun()
    for (let times = 0; times < 2; times += 1)
      expect(await post(`/billing-runs/${id}/pause`)).toMatchObject({
        status: 200,
        json: { state: 'paused' },
      })
    await sweepRuns(world.deps)
    expect(world.bank.asked()).toBe(0)
    for (let times = 0; times < 2; times += 1)
      expect(await post(`/billing-runs/${id}/resume`)).toMatchObject({
        status: 200,
        json: { state: 'running' },
      })
    await sweepRuns(world.deps)
    expect(world.bank.taken).toHaveLength(1)
  })

  it('and resuming are refused after the end', async () => {
    const { run } = await world.run()
    for (const verb of ['pause', 'resume'])
      expect(await post(`/billing-runs/${run.id}/${verb}`)).toMatchObject({
        status: 409,
        json: { code: 'billing_run_ended' },
      })
    expect((await world.billing.find())?.state).toBe('complete')
  })
})

describe('a replay of one cycle', () => {
  it('tries it now, without waiting for its hour', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'insufficient', 'ok'] })
    await world.run()
    expect(await post(cycleOf(sub, 2))).toMatchObject({ status: 200, json: { outcome: 'paid' } })
    expect(world.takenFrom(sub)).toHaveLength(1)
    expect(await post(cycleOf(sub, 2))).toMatchObject({ status: 409, json: { code: 'cycle_not_open' } })
    expect(world.takenFrom(sub)).toHaveLength(1)
  })

  it('says that the bank refused again', async () => {
    const sub = await world.subscribe({ answers: Array(3).fill('insufficient') })
    await world.run()
    expect((await post(cycleOf(sub, 2))).json).toEqual({ outcome: 'declined' })
  })

  it('is refused for what may not be tried', async () => {
    const paid = await world.subscribe()
    const frozen = await world.subscribe({ answers: ['lost_after'] })
    const without = await world.subscribe({ withoutMethod: true })
    await world.run()
    const asked = world.bank.asked()
    expect(await post(cycleOf(paid, 1))).toMatchObject({ status: 409, json: { code: 'cycle_not_open' } })
    expect(await post(cycleOf(paid, 3))).toMatchObject({ status: 404, json: { code: 'not_found' } })
    expect(await post(cycleOf(paid, 999_999_999_999))).toMatchObject({ status: 404 })
    expect(await post(cycleOf(frozen, 2))).toMatchObject({ status: 409, json: { code: 'cycle_frozen' } })
    expect(await post(cycleOf(without, 2))).toMatchObject({
      status: 409,
      json: { code: 'cycle_needs_method' },
    })
    expect(world.bank.asked()).toBe(asked)
  })

  it('twice at once charges once: the second is told that it is busy', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'insufficient', 'ok'] })
    await world.run()
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    world.bank.state.before = () => {
      asked.resolve()
      return answer.promise
    }
    const first = post(cycleOf(sub, 2))
    await asked.promise
    expect(await post(cycleOf(sub, 2))).toMatchObject({ status: 409, json: { code: 'cycle_busy' } })
    answer.resolve()
    expect((await first).json).toEqual({ outcome: 'paid' })
    expect(world.takenFrom(sub)).toHaveLength(1)
  })
})

describe('live progress', () => {
  const headers = { authorization: 'Bearer admin' }
  const watch = (id: string, signal?: AbortSignal) =>
    fetch(`${base}/api/admin/billing-runs/${id}/progress`, { headers, ...(signal ? { signal } : {}) })

  /** The messages of a stream, one after the other. */
  async function* messagesOf(reply: Response) {
    let text = ''
    if (!reply.body) throw new Error('no body')
    for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [event, data] = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        expect(event).toBe('event: progress')
        yield JSON.parse(data?.replace(/^data: /, '') ?? '')
      }
    }
    expect(text).toBe('')
  }

  it('ends with the session of who watches', async () => {
    const messages = messagesOf(await watch(await begun()))
    expect((await messages.next()).value).toMatchObject({ state: 'running' })
    signedOut.add('admin')
    for (;;) if ((await messages.next()).done) break
    signedOut.delete('admin')
  })

  /** Nobody asks the database any more: not once while ten messages would have been due. */
  const quiet = () => {
    let seen = -1
    let same = 0
    return vi.waitFor(
      () => {
        same = statements === seen ? same + 1 : 0
        seen = statements
        expect(same).toBeGreaterThanOrEqual(10)
      },
      { timeout: 5_000, interval: PROGRESS_EVERY_MS },
    )
  }

  it('comes as server-sent events that no cache keeps and no proxy holds back', async () => {
    const { run } = await world.run()
    const reply = await watch(run.id)
    expect(reply.status).toBe(200)
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    expect((await Array.fromAsync(messagesOf(reply))).length).toBe(1)
  })

  it('comes while the run goes on, and ends with it', async () => {
    await world.subscribeMany(3)
    const id = await begun()
    const messages = messagesOf(await watch(id))
    expect((await messages.next()).value).toEqual({
      id,
      state: 'running',
      step: 'plan',
      planned: null,
      done: 0,
      workers: 0,
      counts: expect.objectContaining({ paid: 0 }),
      stopReason: null,
    })
    // More than one while it runs, although nothing has happened.
    expect((await messages.next()).value).toMatchObject({ state: 'running' })
    await sweepRuns(world.deps)
    const rest = await Array.fromAsync(messages)
    expect(rest.at(-1)).toMatchObject({
      id,
      state: 'complete',
      step: null,
      planned: 3,
      done: 3,
      counts: { paid: 3 },
    })
    expect(rest.filter(({ state }) => state !== 'running')).toHaveLength(1)
  })

  it('ends when the run is paused: nothing moves until it is resumed', async () => {
    const id = await begun()
    const messages = messagesOf(await watch(id))
    await messages.next()
    await post(`/billing-runs/${id}/pause`)
    expect((await Array.fromAsync(messages)).at(-1)).toMatchObject({ state: 'paused' })
    expect(await Array.fromAsync(messagesOf(await watch(id)))).toHaveLength(1)
  })

  it('costs nothing any more when the client has gone', async () => {
    const id = await begun()
    const clients = Array.from({ length: 3 }, () => new AbortController())
    const streams = await Promise.all(clients.map(({ signal }) => watch(id, signal)))
    for (const stream of streams) await messagesOf(stream).next()
    const before = statements
    await vi.waitFor(() => expect(statements).toBeGreaterThan(before), { interval: 1 })
    for (const client of clients) client.abort()
    await quiet()
    expect((await world.billing.find())?.state).toBe('running')
  })

  it('asked for by HEAD leaves nothing behind', async () => {
    const id = await begun()
    const reply = await fetch(`${base}/api/admin/billing-runs/${id}/progress`, { method: 'HEAD', headers })
    expect(reply.status).toBe(200)
    await quiet()
  })

  it('does not hold up a server that closes', async () => {
    const other = await openServer()
    const address = await other.listen({ host: '127.0.0.1', port: 0 })
    const id = await begun()
    const reply = await fetch(`${address}/api/admin/billing-runs/${id}/progress`, { headers })
    const messages = messagesOf(reply)
    await messages.next()
    await other.close()
    expect((await Array.fromAsync(messages)).every(({ state }) => state === 'running')).toBe(true)
    await quiet()
  })
})
