import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningGateway, serveGateway } from '../../src/cli/gateway/serve-gateway.ts'
import { loadOrCreateKeyPair, type SigningKeys } from '../../src/identity/index.ts'
import { createIssuer } from '../../src/identity/sessions/issue-token.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { systemClock } from '../../src/platform/time/clock.ts'
import { isGateway, readGatewayConfig } from '../../src/services/between/gateway.ts'
import { startCollector } from '../support/outside/collector.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/server-process.ts'

/** The gateway in front of upstreams of this test, which say what reached them. */

const ISSUER = 'https://pillivery.test'
const running: { stop(): Promise<unknown> }[] = []
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let keys: SigningKeys

beforeAll(async () => {
  folder = await temporaryFolder()
  keys = await loadOrCreateKeyPair(folder.path)
})
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
})
afterAll(() => folder.remove())

async function upstream(listener: RequestListener, port = 0) {
  const server = createServer((request, response) => {
    if (request.url === '/.well-known/jwks.json') response.end(JSON.stringify(keys.jwks))
    else listener(request, response)
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  running.push({ stop })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

async function gateway(settings: Record<string, string>): Promise<RunningGateway> {
  const config = readGatewayConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    TOKEN_ISSUER: ISSUER,
    REQUESTS_PER_MINUTE: '1000000',
    ...settings,
  })
  const one = await serveGateway(config, createLog('silent'))
  running.push(one)
  return one
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of message) text += String(chunk)
  return text
}

/** Says what it was asked. */
const mirror =
  (name: string): RequestListener =>
  (request, response) => {
    void textOf(request).then((body) => {
      response.setHeader('content-type', 'application/json')
      response.setHeader('set-cookie', ['a=1; Path=/', 'b=2; Path=/'])
      response.end(
        JSON.stringify({ name, method: request.method, url: request.url, headers: request.headers, body }),
      )
    })
  }

const token = (issuer = ISSUER, at = systemClock.now()) =>
  createIssuer({ keys, clock: { now: () => at, today: systemClock.today }, issuer, audience: 'pillivery' })({
    userId: randomUUID(),
    roles: ['customer'],
    sessionId: randomUUID(),
  })

describe('a request', () => {
  it('reaches its upstream with who sent it and nothing that was made up', async () => {
    const [shop, book] = [await upstream(mirror('shop')), await upstream(mirror('book'))]
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url, BOOK_URL: book.url })
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
    const answer = await fetch(`${url}/api/books/1?q=%ED%86%A0%EC%A7%80&q=2`, {
      method: 'PATCH',
      body: '{"a":1}',
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'request-of-test-1',
        traceparent,
        'x-forwarded-for': '203.0.113.9, 198.51.100.1',
        forwarded: 'for=203.0.113.9',
        'x-real-ip': '203.0.113.9',
        cookie: 'session=x; cart=y',
        'idempotency-key': 'k'.repeat(20),
      },
    })
    const { name, method, url: asked, headers, body } = Object(await answer.json())
    expect({ name, method, asked, body }).toEqual({
      name: 'book',
      method: 'PATCH',
      asked: '/api/books/1?q=%ED%86%A0%EC%A7%80&q=2',
      body: '{"a":1}',
    })
    expect(headers).toMatchObject({
      host: new URL(url).host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(url).host,
      'x-forwarded-proto': 'http',
      'x-request-id': 'request-of-test-1',
      traceparent,
      cookie: 'session=x; cart=y',
      'idempotency-key': 'k'.repeat(20),
    })
    expect(headers).not.toHaveProperty('forwarded')
    expect(headers).not.toHaveProperty('x-real-ip')
    expect(answer.headers.get('x-request-id')).toBe('request-of-test-1')
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/'])
    expect(Object(await (await fetch(`${url}/items/1`)).json()).name).toBe('shop')
  })

  it('behind a proxy that is trusted keeps the address the proxy saw', async () => {
    const shop = await upstream(mirror('shop'))
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url, TRUSTED_PROXIES: '1' })
    const answer = await fetch(`${url}/api/items`, { headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.7' } })
    expect(Object(await answer.json()).headers['x-forwarded-for']).toBe('203.0.113.7')
  })

  it('for what is closed reaches nobody', async () => {
    let reached = 0
    const shop = await upstream((_request, response) => {
      reached += 1
      response.end()
    })
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url })
    const { hostname, port } = new URL(url)
    // As text: fetch would tidy up the address.
    const raw = (path: string) =>
      new Promise<string>((done, failed) => {
        const socket = connect(Number(port), hostname, () =>
          socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
        )
        let text = ''
        socket.on('data', (chunk) => (text += String(chunk)))
        socket.on('end', () => done(text))
        socket.on('error', failed)
      })
    for (const path of [
      '/internal/recipients/1',
      '/x/../internal/recipients/1',
      '/x/%2e%2e/internal/recipients/1',
      '//internal/recipients/1',
      `${shop.url}/internal/recipients/1`,
      '/%69nternal/recipients/1',
      '/x../internal/recipients/1',
      '/..x/internal',
      '/x%2e%2e/y',
      '/health/elsewhere',
      '/api/loans',
    ])
      expect(await raw(path), path).toMatch(/^HTTP\/1\.1 404 /)
    expect((await fetch(`${url}/metrics`)).status).toBe(403)
    expect(reached).toBe(0)
    // What is looked for is not an address.
    const looked = `/api/items?keyword=${encodeURIComponent('a/../b')}&x=/..`
    expect(await raw(looked)).toMatch(/^HTTP\/1\.1 200 /)
    expect(reached).toBe(1)
  })

  it('with a forged token goes no further; with an expired one, or none, it does', async () => {
    const shop = await upstream(mirror('shop'))
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url })
    const ask = (authorization: string) => fetch(`${url}/api/items`, { headers: { authorization } })
    for (const forged of ['x', `${await token()}x`, await token('https://elsewhere.test')]) {
      const answer = await ask(`Bearer ${forged}`)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ code: 'not_signed_in', status: 401 })
    }
    const old = await token(ISSUER, systemClock.now().subtract({ hours: 2 }))
    for (const fine of [`Bearer ${await token()}`, `Bearer ${old}`, 'KakaoAK something'])
      expect((await ask(fine)).status).toBe(200)
  })

  it('with too long a body is refused, also when it does not say how long it is', async () => {
    const shop = await upstream(mirror('shop'))
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url, BODY_LIMIT_BYTES: '2000' })
    const send = (body: string | ReadableStream) =>
      fetch(`${url}/api/orders`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect((await send('x'.repeat(2_000))).status).toBe(200)
    expect((await send('x'.repeat(2_001))).status).toBe(413)
    const streamed = (bytes: number) =>
      new ReadableStream({
        start: (controller) => {
          for (let sent = 0; sent < bytes; sent += 500) controller.enqueue(new Uint8Array(500))
          controller.close()
        },
      })
    expect((await send(streamed(2_000))).status).toBe(200)
    expect((await send(streamed(10_000)).catch(() => ({ status: 413 }))).status).toBe(413)
  })

  it('beyond so many a minute is refused', async () => {
    const shop = await upstream(mirror('shop'))
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url, REQUESTS_PER_MINUTE: '3' })
    const statuses = []
    for (let n = 0; n < 5; n++) statuses.push((await fetch(`${url}/api/items`)).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const page = async (method: string) => {
      const answer = await fetch(`${url}/cart`, { method, headers: { accept: 'text/html' } })
      return `${answer.status} ${await answer.text()}`
    }
    expect(await page('GET')).toMatch(/^429 .*location\.reload/s)
    // Nothing of it was done, and what was typed is put back where it was.
    expect(await page('POST')).toMatch(/^429 .*아직 보내지 못했습니다.*처리된 것은 없습니다/s)
  })
})

describe('a stream', () => {
  it('passes as it comes, and ends behind the gateway when its reader has gone', async () => {
    const { promise: gone, resolve: end } = Promise.withResolvers<void>()
    const dashboard = await upstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      response.on('close', end)
    })
    const { url } = await gateway({ IDENTITY_URL: dashboard.url, DASHBOARD_URL: dashboard.url })
    const leaving = new AbortController()
    const answer = await fetch(`${url}/api/dashboard/stream`, { signal: leaving.signal })
    const first = await answer.body?.getReader().read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe('data: 1\n\n')
    leaving.abort()
    await gone
  })
})

describe('an upstream that takes long', () => {
  it('is given up for a page, but not where an approval is under way', async () => {
    const held: (() => void)[] = []
    const shop = await upstream((request, response) => {
      if (request.url?.startsWith('/api/')) held.push(() => response.end('approved'))
    })
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url })
    const open = (path: string) => fetch(`${url}${path}`, { headers: { accept: 'text/html' } })
    const returns = ['/api/payments/return?x=1', '/api/payment-methods/return'].map(open)
    expect((await open('/items')).status).toBe(504)
    expect(held.length).toBe(2)
    for (const answer of held) answer()
    expect((await Promise.all(returns)).map(({ status }) => status)).toEqual([200, 200])
  }, 60_000)
})

describe('an upstream that is down', () => {
  it('takes only its own routes with it, says when to come again, and is found again', async () => {
    const [shop, book] = [await upstream(mirror('shop')), await upstream(mirror('book'))]
    const { url } = await gateway({ IDENTITY_URL: book.url, SHOP_URL: shop.url, BOOK_URL: book.url })
    expect((await fetch(`${url}/`)).status).toBe(200)
    await shop.stop()
    const program = await fetch(`${url}/api/items`, { headers: { 'accept-language': 'en' } })
    expect(program.status).toBe(503)
    expect(Number(program.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(program.headers.get('content-type')).toContain('application/problem+json')
    expect(await program.json()).toMatchObject({
      code: 'service_unavailable',
      type: '/problems/service_unavailable',
    })
    for (const [path, said] of [
      ['/cart', '잠시만 기다려 주세요'],
      ['/en/cart', 'One moment, please'],
    ] as const) {
      const browser = await fetch(`${url}${path}`, { headers: { accept: 'text/html' } })
      expect(browser.status).toBe(503)
      expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'")
      const text = await browser.text()
      expect(text).toContain(said)
      expect(text).toContain('http-equiv="refresh"')
    }
    expect((await fetch(`${url}/api/books`)).status).toBe(200)
    await upstream(mirror('shop again'), Number(new URL(shop.url).port))
    expect(Object(await (await fetch(`${url}/api/items`)).json()).name).toBe('shop again')
  })

  it('in the middle of a change leaves it open whether it was done', async () => {
    const shop = await upstream((request) => request.socket.destroy())
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url })
    const change = await fetch(`${url}/api/orders`, { method: 'POST', body: '{}' })
    expect(change.status).toBe(502)
    expect(await change.json()).toMatchObject({ code: 'service_broke_off' })
    expect((await fetch(`${url}/api/orders`)).status).toBe(503)
  })
})

describe('pages of other origins', () => {
  const origin = 'https://app.example'
  it('may call the API when they are named, and nothing else', async () => {
    const shop = await upstream(mirror('shop'))
    const { url } = await gateway({ IDENTITY_URL: shop.url, SHOP_URL: shop.url, CORS_ORIGINS: origin })
    const preflight = (from: string, path = '/api/orders') =>
      fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST' },
      })
    const allowed = await preflight(origin)
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key')
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull()
    for (const refused of [await preflight('https://evil.example'), await preflight(origin, '/cart')])
      expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    const answer = await fetch(`${url}/api/items`, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect((await fetch(`${url}/api/items`)).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('the settings', () => {
  it('say where identity is, and nothing but the gateway beside it', () => {
    expect(() => readGatewayConfig({})).toThrow('IDENTITY_URL is required')
    expect(() => readGatewayConfig({ IDENTITY_URL: 'http://a', CORS_ORIGINS: 'app.example' })).toThrow(
      'must be origins',
    )
    expect(isGateway('gateway')).toBe(true)
    expect(isGateway('shop')).toBe(false)
    expect(() => isGateway('gateway,shop')).toThrow('stands alone')
  })
})

describe('with a collector', () => {
  const TOKEN = 'what-gateway-and-services-share-here'
  const SENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  async function traced(settings: Record<string, string>) {
    const collector = await startCollector()
    running.push({ stop: collector.close })
    const own = await gateway({ ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    const spanOf = (name: string) =>
      until(() => collector.spans.find((span) => span.name === name), { deadlineMs: 5_000, what: name })
    return { ...own, spanOf }
  }

  it('it is the first step of a trace, and those behind it are told which and by whom', async () => {
    const shop = await upstream(mirror('shop'))
    const { url, spanOf } = await traced({ IDENTITY_URL: shop.url, SHOP_URL: shop.url, TRACES_TOKEN: TOKEN })
    const answer = await fetch(`${url}/api/items`, {
      headers: { traceparent: SENT, 'x-traces-token': 'guessed' },
    })
    const { headers } = Object(await answer.json())
    const [entered, asked] = [await spanOf('GET /*'), await spanOf('ask shop')]
    expect(entered).toMatchObject({ links: [{ traceId: SENT.slice(3, 35) }] })
    expect(entered.parentSpanId).toBeUndefined()
    expect(asked).toMatchObject({ traceId: entered.traceId, parentSpanId: entered.spanId })
    expect(headers).toMatchObject({
      traceparent: `00-${asked.traceId}-${asked.spanId}-01`,
      'x-traces-token': TOKEN,
    })
  })

  it('a step that fails says how, and without a secret nobody is told what cannot be believed', async () => {
    const shop = await upstream(mirror('shop'))
    const { url, spanOf } = await traced({
      IDENTITY_URL: shop.url,
      SHOP_URL: shop.url,
      BOOK_URL: 'http://127.0.0.1:1',
    })
    expect((await fetch(`${url}/api/books/1`)).status).toBe(503)
    expect(await spanOf('ask book')).toMatchObject({
      status: { code: 2 },
      attributes: expect.arrayContaining([{ key: 'error.type', value: { stringValue: 'ECONNREFUSED' } }]),
    })
    const { headers } = Object(await (await fetch(`${url}/api/items`)).json())
    const asked = await spanOf('ask shop')
    expect(headers).toMatchObject({ traceparent: `00-${asked.traceId}-${asked.spanId}-01` })
    expect(headers).not.toHaveProperty('x-traces-token')
  })
})

describe.skipIf(!hasRedis)('with a Redis', () => {
  it('leaves no connection to it behind when it cannot begin', async () => {
    const redis = await startRedis()
    running.push({ stop: redis.close })
    const settings = { PORT: '0', IDENTITY_URL: 'http://127.0.0.1:1', REDIS_URL: redis.url }
    const config = { ...readGatewayConfig(settings), publicUrl: 'no address' }
    await expect(serveGateway(config, createLog('silent'))).rejects.toThrow('Invalid URL')
    const connected = await redis.look((client) => client.client('LIST'))
    expect(connected).not.toContain('name=pillivery')
  })

  it('two count the requests of an address together, and neither counts with what stands behind', async () => {
    const redis = await startRedis()
    running.push({ stop: redis.close })
    const shop = await upstream(mirror('shop'))
    const own = { SHOP_URL: shop.url, IDENTITY_URL: shop.url }
    const settings = { ...own, REDIS_URL: redis.url, REQUESTS_PER_MINUTE: '6' }
    const both = [await gateway(settings), await gateway(settings)]
    const ask = async (at: number) => (await fetch(`${both[at]?.url}/api/items`)).status
    // All in one minute of the clock, by which both count.
    await until(() => Date.now() % 60_000 < 50_000, { deadlineMs: 15_000, what: 'a new minute' })
    const kept = () => redis.look((client) => client.keys('*:counts:requests:gateway:*'))
    const told = async (count: string) => {
      const [key = ''] = await kept()
      return (await redis.look((client) => client.hvals(key)))[0] === count
    }
    for (let n = 0; n < 4; n += 1) expect(await ask(0)).toBe(200)
    for (let n = 0; n < 2; n += 1) expect(await ask(1)).toBe(200)
    await until(() => told('6'), { deadlineMs: 3_000, what: 'both to tell' })
    // No more than the other would let through by itself.
    const later = []
    for (let n = 0; n < 4; n += 1) later.push(await ask(1))
    expect(later).toContain(429)
    const keys = await redis.look((client) => client.keys('*:counts:requests:*'))
    expect(keys.filter((key) => !key.includes(':requests:gateway:'))).toEqual([])
  })
})
