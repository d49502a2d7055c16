import { afterAll, beforeAll, expect, it } from 'vitest'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { returnProblemPage } from './plain-page.ts'

let failure: Error
let app: App
beforeAll(async () => {
  app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: '0.0.0',
    problems: [],
    routes: [
      (scope) =>
        scope.route({
          method: 'GET',
          url: '/back',
          config: { audience: 'anyone', problemPage: returnProblemPage },
          handler: () => {
            throw failure
          },
        }),
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
  })
})
afterAll(() => app.close())

const back = (accept: string) =>
  app.inject({ url: '/back?pg_token=secret', headers: { accept, 'accept-language': 'en' } })

it.each([
  {
    what: 'a database that is away, asked again in a moment',
    code: 'ECONNREFUSED',
    status: 503,
    again: true,
  },
  { what: 'an error of ours, not asked again', code: 'none', status: 500, again: false },
])('a browser that comes back to $what is told not to pay again', async ({ code, status, again }) => {
  failure = Object.assign(new Error('no secret'), { code })
  const page = await back('text/html')
  expect(page.statusCode).toBe(status)
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  expect(page.body).toContain('Please do not pay or register again')
  expect(page.body.includes('http-equiv="refresh"')).toBe(again)
  expect(page.body).not.toContain('secret')
})

it('who asks for JSON gets a problem document', async () => {
  failure = Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
  const answer = await back('application/json')
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.json()).toMatchObject({ code: 'temporarily_unavailable' })
})
