import { get, type IncomingHttpHeaders } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { buildServer, type ServerOptions } from '../server.ts'
import { type Ready, readyOf, sendReady } from './ready.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const PAGE = '<p>오메가3 1,000mg</p>'.repeat(50)
const pageOf = (etag: string) =>
  readyOf(
    { etag, type: 'text/html; charset=utf-8', bytes: gzipSync(PAGE), isPacked: true },
    { 'content-security-policy': "default-src 'none'", vary: 'accept-encoding' },
  )

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** A shop with one page and a list, both kept until the test says otherwise, asked by real sockets. */
async function shop(options: Partial<ServerOptions> = {}) {
  const list = readyOf({
    etag: '"l"',
    type: 'application/json; charset=utf-8',
    bytes: Buffer.from('["비타민"]'),
  })
  const kept: { page: (() => Ready) | undefined } = { page: () => page }
  const page = pageOf('"p"')
  /** Requests that were taken apart. */
  let usual = 0
  const metrics = createMetrics()
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
        const routes = { '/page': () => kept.page?.(), '/api/list': () => list }
        for (const [url, find] of Object.entries(routes))
          scope.get(
            url,
            { config: { audience: 'anyone', lane: 'browsing', atHand: () => ({ of: url, find }) } },
            async (request, reply) => sendReady(request, reply, url === '/page' ? page : list),
          )
      },
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
    ...options,
  })
  apps.push(app)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = (path: string, headers: Record<string, string> = { 'accept-encoding': 'gzip' }) =>
    new Promise<Answer>((done, failed) => {
      get(`${origin}${path}`, { headers, agent: false }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        const { statusCode: status = 0, headers: got } = response
        response.on('end', () => done({ status, headers: got, body: Buffer.concat(parts) }))
      }).on('error', failed)
    })
  const count = async (work: () => Promise<unknown>) => {
    const before = usual
    await work()
    return usual - before
  }
  const known = () => Promise.all([ask('/page'), ask('/api/list')])
  return { ask, count, kept, metrics, known }
}

/** What differs between two answers to the same question anyway. */
const told = ({ status, headers: { date, 'x-request-id': id, ...headers }, body }: Answer) => ({
  status,
  headers,
  body: body.toString('latin1'),
  hasDate: date !== undefined,
  hasId: id !== undefined,
})

it('answers a known address as the usual way does, without taking the request apart', async () => {
  const { ask, count, known } = await shop()
  for (const path of ['/page', '/api/list']) {
    const first = await ask(path)
    expect(first.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, no-cache',
    })
    const again: Answer[] = []
    expect(await count(async () => again.push(await ask(path)))).toBe(0)
    expect(again.map(told)).toEqual([told(first)])
  }
  await known()
  const [page, list] = [await ask('/page'), await ask('/api/list')]
  expect([gunzipSync(page.body).toString(), list.body.toString()]).toEqual([PAGE, '["비타민"]'])
  const same = { 'accept-encoding': 'gzip', 'if-none-match': 'W/"p"' }
  const unchanged = await ask('/page', same)
  expect([unchanged.status, unchanged.body.length, unchanged.headers.etag]).toEqual([304, 0, '"p"'])
  expect(unchanged.headers['content-security-policy']).toBe("default-src 'none'")
  const named = await ask('/page', { ...same, 'x-request-id': 'named-by-a-proxy' })
  expect(named.headers['x-request-id']).toBe('named-by-a-proxy')
  expect((await ask('/page')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

it('leaves to the usual way what is unusual', async () => {
  const { ask, count, kept, known } = await shop()
  await known()
  expect(await count(() => ask('/page'))).toBe(0)
  // Who takes no gzip gets it unpacked.
  expect(await count(async () => expect((await ask('/page', {})).body.toString()).toBe(PAGE))).toBe(1)
  expect(await count(() => ask('/page?other=1'))).toBe(1)
  const page = kept.page
  kept.page = undefined
  expect(await count(async () => expect((await ask('/page')).status).toBe(200))).toBe(1)
  kept.page = () => {
    throw new Error('broken')
  }
  expect(await count(async () => expect((await ask('/page')).status).toBe(500))).toBe(1)
  kept.page = page
  expect(await count(() => ask('/page'))).toBe(0)
  // A newer page is not sent with the head of the one before.
  kept.page = () => pageOf('"newer"')
  expect((await ask('/page')).headers.etag).toBe('"newer"')
})

it('limits, counts and times what it answers', async () => {
  const limits = { requestsPerMinute: 4, changesPerMinute: 4 }
  const { ask, count, known, metrics } = await shop({ limits, trustedProxies: 1 })
  const from = (address: string) => ({ 'accept-encoding': 'gzip', 'x-forwarded-for': `10.9.9.9, ${address}` })
  await known()
  const statuses: number[] = []
  const usual = await count(async () => {
    for (let n = 0; n < 4; n++) statuses.push((await ask('/page', from('203.0.113.1'))).status)
  })
  expect([statuses, usual]).toEqual([[200, 200, 200, 200], 0])
  const refused = await ask('/page', from('203.0.113.1'))
  expect([refused.status, refused.headers['content-type']]).toEqual([429, 'application/problem+json'])
  expect((await ask('/page', from('203.0.113.2'))).status).toBe(200)
  const told = await metrics.registry.metrics()
  expect(told).toContain('http_request_duration_seconds_count{method="GET",route="/page",status="200"} 6')
  expect(told).toContain('http_request_duration_seconds_count{method="GET",route="/page",status="429"} 1')
})

it('tells every request to who debugs, and hangs up in a drain', async () => {
  const lines: string[] = []
  const log = createLog('debug', { write: (line) => void lines.push(line) })
  const debugged = await shop({ log })
  await debugged.known()
  expect(await debugged.count(() => debugged.ask('/page'))).toBe(1)
  expect(lines.filter((line) => line.includes('"route":"/page"'))).toHaveLength(2)
  let draining = false
  const { ask, known } = await shop({ draining: () => draining })
  await known()
  draining = true
  expect(
    (await ask('/page', { 'accept-encoding': 'gzip', connection: 'keep-alive' })).headers.connection,
  ).toBe('close')
})
