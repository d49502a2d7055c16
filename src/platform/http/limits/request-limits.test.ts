import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import type { App } from '../app.ts'
import { buildServer } from '../server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
const apps: App[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const app of apps.splice(0)) await app.close()
})

const TYPED = 'note=%EB%AC%B8+%EC%95%9E&key=a-key-of-this-form'

async function server(limits: { requestsPerMinute: number; changesPerMinute: number }) {
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) => {
        scope.addContentTypeParser(
          'application/x-www-form-urlencoded',
          { parseAs: 'string' },
          (_request, body, done) => done(null, String(body)),
        )
        scope.route({
          method: 'POST',
          url: '/note',
          config: {
            audience: 'anyone',
            problemPage: ({ body }) => (body === undefined ? 'unread' : `kept: ${String(body)}`),
          },
          handler: async () => 'noted',
        })
        scope.route({
          method: 'POST',
          url: '/api/note',
          config: { audience: 'anyone' },
          handler: async () => 1,
        })
      },
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
    limits,
  })
  apps.push(app)
  const send = async (url: string, type: string, payload: string, remoteAddress = '203.0.113.9') => {
    const answer = await app.inject({
      method: 'POST',
      url,
      remoteAddress,
      headers: { 'content-type': type },
      payload,
    })
    return `${answer.statusCode} ${answer.headers['retry-after'] ?? ''} ${answer.body}`
  }
  return {
    form: (address?: string) => send('/note', 'application/x-www-form-urlencoded', TYPED, address),
    call: () => send('/api/note', 'application/json', '{}'),
  }
}

it.each([
  ['by address', { requestsPerMinute: 2, changesPerMinute: 1_000 }],
  ['by account, or address of who has none', { requestsPerMinute: 1_000, changesPerMinute: 2 }],
])('a form too many is read, so that its page has in it what was typed (%s)', async (_by, limits) => {
  const { form } = await server(limits)
  expect([await form(), await form()]).toEqual(['200  noted', '200  noted'])
  expect(await form()).toBe(`429 60 kept: ${TYPED}`)
  expect(await form('203.0.113.10')).toBe('200  noted')
  vi.advanceTimersByTime(60_000)
  expect(await form()).toBe('200  noted')
})

it('of a flood only so many are read; what is no form is never read', async () => {
  const { form, call } = await server({ requestsPerMinute: 1, changesPerMinute: 1_000 })
  await form()
  const answers = []
  for (let sent = 0; sent < 60; sent += 1) answers.push(await form())
  expect(answers.filter((one) => one.includes('kept'))).toHaveLength(20)
  expect(answers.at(-1)).toBe('429 60 unread')
  expect(await call()).toMatch(/^429 60 .*too_many_requests/)
})
