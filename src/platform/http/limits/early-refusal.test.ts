import { type IncomingHttpHeaders, request } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { platformProblems } from '../platform-problems.ts'
import { buildServer, type ServerOptions } from '../server.ts'
import { createAdmission } from './admission.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A server whose places are taken until the test says otherwise, asked by real sockets. */
async function crowded(options: Partial<ServerOptions> = {}) {
  const state = { isFull: true }
  /** Requests that were taken apart. */
  let usual = 0
  const metrics = createMetrics()
  const admission = { ...createAdmission({ floor: 5, ceiling: 5 }), isFull: () => state.isFull }
  const app = await buildServer({
    log: createLog('silent'),
    metrics,
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.addHook('onRequest', (_request, _reply, done) => {
          usual += 1
          done()
        })
        const config = { audience: 'signed-in' } as const
        for (const url of ['/api/loans', '/api/loans/:id/return'])
          scope.post(url, { config }, async () => ({ lent: true }))
        scope.get('/api/loans', { config }, async () => [])
        scope.get('/api/items', { config: { audience: 'anyone' } }, async () => [])
        scope.post('/api/back', { config: { audience: 'anyone', lane: 'money' } }, async () => ({}))
        const problemPage = (_request: unknown, _reply: unknown, { status }: { status: number }) =>
          `page ${status}`
        scope.get('/my', { config: { audience: 'anyone', problemPage } }, async () => 'mine')
        scope.route({
          method: ['GET', 'POST'],
          url: '/page',
          config: { audience: 'anyone', problemPage },
          handler: async () => 'page',
        })
      },
    ],
    authenticate: async () => ({ userId: 'u', roles: ['customer'], sessionId: 's' }),
    readiness: {},
    draining: () => false,
    admission,
    ...options,
  })
  apps.push(app)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    new Promise<Answer>((done, failed) => {
      const body = method === 'POST' ? '{}' : undefined
      const about = { 'content-type': 'application/json', authorization: 'Bearer t', ...headers }
      const asked = request(`${origin}${path}`, { method, headers: about, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        const { statusCode: status = 0, headers: got } = response
        response.on('end', () => done({ status, headers: got, body: text }))
      })
      asked.on('error', failed).end(body)
    })
  const count = async (work: () => Promise<unknown>) => {
    const before = usual
    await work()
    return usual - before
  }
  return { ask, count, state, metrics }
}

/** What differs between two refusals of the same request anyway. */
const told = ({ status, headers: { date, ...headers }, body }: Answer) => ({
  status,
  headers: { ...headers, 'content-length': headers['content-length'] },
  body,
  hasDate: date !== undefined,
})

it('refuses as the usual way does, without taking the request apart', async () => {
  const early = await crowded()
  const usual = await crowded({ log: createLog('debug', { write: () => {} }) })
  for (const [method, path, headers] of [
    ['POST', '/api/loans', {}],
    ['POST', '/api/loans?of=1', { 'accept-language': 'en' }],
    ['GET', '/api/loans', {}],
    ['HEAD', '/api/loans', {}],
  ] as const) {
    const named = { ...headers, 'x-request-id': 'named-by-a-proxy' }
    const answers: Answer[] = []
    expect(await early.count(async () => answers.push(await early.ask(method, path, named)))).toBe(0)
    expect(await usual.count(async () => answers.push(await usual.ask(method, path, named)))).toBe(1)
    const [first, second] = answers.map(told)
    expect(first).toEqual(second)
    expect(first).toMatchObject({ status: 503, headers: { 'x-request-id': 'named-by-a-proxy' } })
    expect(Number(first?.headers['retry-after'])).toBeGreaterThan(0)
  }
  const { body, headers } = await early.ask('POST', '/api/loans')
  expect(JSON.parse(body)).toMatchObject({
    code: 'temporarily_unavailable',
    instance: headers['x-request-id'],
  })
  early.state.isFull = false
  expect((await early.ask('POST', '/api/loans')).status).toBe(200)
})

it('gives each of a burst its own id, language and time to come again', async () => {
  const { ask, count } = await crowded()
  const languages = ['ko', 'en'] as const
  const wishes = Array.from({ length: 40 }, (_, n) => ({
    id: `the-wish-${'x'.repeat(n)}-${n}`,
    language: languages[n % 2] ?? 'ko',
  }))
  const answers: Answer[] = []
  const burst = async () => {
    const asked = wishes.map(({ id, language }) =>
      ask('POST', '/api/loans', { 'x-request-id': id, 'accept-language': language }),
    )
    answers.push(...(await Promise.all(asked)))
  }
  expect(await count(burst)).toBe(0)
  expect(answers.map(({ headers, body }) => [headers['x-request-id'], JSON.parse(body).instance])).toEqual(
    wishes.map(({ id }) => [id, id]),
  )
  expect(answers.map(({ headers }) => headers['content-language'])).toEqual(
    wishes.map(({ language }) => language),
  )
  const { title } = platformProblems.temporarily_unavailable
  expect(answers.map(({ body }) => JSON.parse(body).title)).toEqual(
    wishes.map(({ language }) => title[language]),
  )
  expect(answers.map(({ headers }) => Number(headers['content-length']))).toEqual(
    answers.map(({ body }) => Buffer.byteLength(body)),
  )
  expect(new Set(answers.map(({ headers }) => headers['retry-after']))).toEqual(new Set(['1', '2', '3']))
})

it('leaves to the usual way what must not be refused, and what only it knows how to refuse', async () => {
  const { ask, count } = await crowded()
  for (const [method, path, status, body] of [
    ['GET', '/health/live', 200, undefined],
    ['GET', '/api/items', 200, '[]'],
    ['POST', '/api/back', 200, '{}'],
    ['POST', '/api/nowhere', 404, undefined],
    ['POST', '/api/loans/7/return', 503, undefined],
    ['GET', '/page', 200, 'page'],
    ['GET', '/my', 503, 'page 503'],
  ] as const) {
    const answer = await ask(method, path)
    expect([path, answer.status]).toEqual([path, status])
    if (body !== undefined) expect(answer.body).toBe(body)
  }
  expect(await count(() => ask('POST', '/api/loans/7/return'))).toBe(1)
  expect(await count(() => ask('POST', '/page'))).toBe(1)
})

it('limits, counts and times whom it refuses', async () => {
  const limits = { requestsPerMinute: 3, changesPerMinute: 100 }
  const { ask, count, metrics } = await crowded({ limits, trustedProxies: 1 })
  const from = (address: string) => ({ 'x-forwarded-for': `10.9.9.9, ${address}` })
  const statuses: number[] = []
  const many = async () => {
    for (let n = 0; n < 4; n++) statuses.push((await ask('POST', '/api/loans', from('203.0.113.1'))).status)
  }
  expect(await count(many)).toBe(0)
  expect(statuses).toEqual([503, 503, 503, 429])
  expect((await ask('POST', '/api/loans', from('203.0.113.2'))).status).toBe(503)
  const shown = await metrics.registry.metrics()
  expect(shown).toContain('http_admission_refused_total{why="full"} 4\n')
  expect(shown).toContain(
    'http_request_duration_seconds_count{method="POST",route="/api/loans",status="503"} 4',
  )
})
