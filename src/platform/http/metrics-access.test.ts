import { afterEach, describe, expect, it } from 'vitest'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { App } from './app.ts'
import { buildServer } from './server.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

interface Reader {
  token?: string
  closed?: boolean
  from?: string
  authorization?: string
  headers?: Record<string, string>
}

/** Reads `/metrics` of a server with or without a token, as somebody at an address. */
async function read({ token, closed = false, from = '127.0.0.1', authorization, headers }: Reader) {
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
    trustedProxies: 1,
    metricsToken: token,
    metricsClosed: closed,
  })
  apps.push(app)
  const reply = await app.inject({
    url: '/metrics',
    remoteAddress: from,
    headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
  })
  const isFigures = reply.body.includes('# TYPE')
  expect(isFigures).toBe(reply.statusCode === 200)
  return reply
}

const AWAY = '203.0.113.7'

describe('with a token', () => {
  const token = 'right-token-of-the-scraper'

  it.each(['127.0.0.1', AWAY])('who sends it reads the figures, from %s', async (from) => {
    const reply = await read({ token, from, authorization: `Bearer ${token}` })
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['content-type']).toMatch(/^text\/plain/)
  })

  it.each([
    ['none', undefined],
    ['another', 'Bearer wrong-token-of-the-scraper'],
    ['the beginning of it', 'Bearer right-token'],
    ['more than it', `Bearer ${token}x`],
    ['it in another scheme', `Basic ${token}`],
    ['nothing but the scheme', 'Bearer '],
  ])('who sends %s is refused, on this machine, too', async (_what, authorization) => {
    for (const from of ['127.0.0.1', AWAY]) {
      const reply = await read({ token, from, ...(authorization === undefined ? {} : { authorization }) })
      expect(reply.statusCode).toBe(403)
      expect(reply.json()).toMatchObject({ code: 'not_allowed' })
    }
  })
})

describe('without a token', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    'a program on this machine reads them: %s',
    async (from) => {
      expect((await read({ from })).statusCode).toBe(200)
    },
  )

  it.each([AWAY, '10.0.0.4', '192.168.0.9', '::ffff:10.0.0.4', '2001:db8::1', '1.127.0.1'])(
    'nobody else does: %s',
    async (from) => {
      expect((await read({ from, authorization: 'Bearer undefined' })).statusCode).toBe(403)
    },
  )

  it('in production not even a program on this machine, which may be a proxy that does not say so', async () => {
    expect((await read({ closed: true })).statusCode).toBe(403)
    const token = 'right-token-of-the-scraper'
    expect((await read({ closed: true, token, authorization: `Bearer ${token}` })).statusCode).toBe(200)
  })

  it('nor does anybody through a proxy on this machine', async () => {
    for (const headers of [{ 'x-forwarded-for': AWAY }, { forwarded: `for=${AWAY}` }])
      expect((await read({ headers })).statusCode).toBe(403)
  })

  it('nor who only claims to be on this machine', async () => {
    expect((await read({ from: AWAY, headers: { 'x-forwarded-for': '127.0.0.1' } })).statusCode).toBe(403)
  })
})

it.each(['/health/live', '/health/ready'])('%s says what is deployed, when it is set', async (url) => {
  const answers = []
  for (const release of ['4f2a9c1-318', undefined]) {
    const app = await buildServer({
      log: createLog('silent'),
      metrics: createMetrics(),
      version: 'test',
      release,
      problems: [],
      routes: [],
      authenticate: async () => 'invalid',
      readiness: {},
      draining: () => false,
    })
    apps.push(app)
    answers.push((await app.inject({ url })).json())
  }
  expect(answers[0]).toMatchObject({ release: '4f2a9c1-318' })
  expect(answers[1]).not.toHaveProperty('release')
})
