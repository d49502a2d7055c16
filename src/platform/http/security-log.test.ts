import { afterEach, expect, it } from 'vitest'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { App } from './app.ts'
import { buildServer } from './server.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const USER = '0199c0de-0000-7000-8000-000000000001'

async function server() {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const app = await buildServer({
    log: createLog('info', { write }),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) =>
        scope.route({
          method: 'GET',
          url: '/api/secret/:id',
          config: { audience: ['admin'] },
          handler: async () => 'hidden',
        }),
    ],
    authenticate: async (token) =>
      token === 'good-token' ? { userId: USER, roles: ['customer'], sessionId: USER } : 'invalid',
    readiness: {},
    draining: () => false,
    limits: { requestsPerMinute: 3, changesPerMinute: 100 },
  })
  apps.push(app)
  const get = (authorization?: string) =>
    app.inject({
      url: '/api/secret/7?key=hidden-word',
      remoteAddress: '203.0.113.9',
      headers: authorization === undefined ? {} : { authorization },
    })
  return { get, events: () => lines.filter(({ security }) => security !== undefined) }
}

it('tells who was refused, from where and what for, and nothing secret', async () => {
  const { get, events } = await server()
  for (const authorization of [undefined, 'Bearer wrong-token', 'Bearer good-token', 'Bearer good-token'])
    await get(authorization)
  const where = { address: '203.0.113.9', method: 'GET', route: '/api/secret/:id' }
  expect(events()).toMatchObject([
    { ...where, security: 'not_signed_in', requestId: expect.any(String) },
    { ...where, security: 'not_signed_in' },
    { ...where, security: 'not_allowed', account: USER },
    { ...where, security: 'too_many_requests' },
  ])
  // A click after signing out is no attack.
  expect(events().map(({ level }) => level)).toEqual(['info', 'info', 'warn', 'warn'])
  expect(JSON.stringify(events())).not.toMatch(/token|hidden-word/)
})

it('what is for one person is for no cache', async () => {
  const { get } = await server()
  expect((await get('Bearer good-token')).headers['cache-control']).toBe('no-store')
})
