import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { App } from './app.ts'
import { buildServer } from './server.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** A server whose only route fails, and what it logs. */
async function failing(error: () => Error) {
  const lines: string[] = []
  const app = await buildServer({
    log: createLog('info', { write: (line) => void lines.push(line) }),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) =>
        scope.route({
          method: 'POST',
          url: '/api/work/:id',
          config: { audience: 'anyone' },
          handler: () => {
            throw error()
          },
        }),
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
  })
  apps.push(app)
  const answer = await app.inject({
    method: 'POST',
    url: '/api/work/7?pg_token=proof-of-payment',
    headers: {
      authorization: 'Bearer eyJ-token',
      cookie: 'session=cookie-of-somebody',
      'x-forwarded-for': '203.0.113.77',
      'user-agent': 'a-browser-by-its-name',
      'content-type': 'application/json',
      origin: 'https://elsewhere.example',
    },
    payload: { realName: '홍길동', phone: '010-1234-5678' },
  })
  return { answer, log: lines.join('') }
}

/** As node-postgres makes them of what the server sent. */
function rowRefused(): Error {
  const message = 'new row for relation "account" violates check constraint "phone_is_one"'
  const error = new pg.DatabaseError(message, message.length, 'error')
  return Object.assign(error, {
    code: '23514',
    constraint: 'phone_is_one',
    table: 'account',
    detail: 'Failing row contains (7, 홍길동, 010-1234-5678).',
    where: 'COPY account, line 1: "7 홍길동"',
  })
}

const SECRET = /eyJ-token|cookie-of-somebody|203\.0\.113\.77|a-browser-by|proof-of-payment|홍길동|010-1234/

it('a failure of ours is told to nobody but the log, and the log holds nothing of the request but its route', async () => {
  const { answer, log } = await failing(() => new Error('a mistake of ours'))
  expect(answer.statusCode).toBe(500)
  expect(answer.json()).toMatchObject({ code: 'internal_error', status: 500 })
  expect(answer.body).not.toContain('mistake')
  expect(log).toContain('a mistake of ours')
  expect(log).toContain('"route":"/api/work/:id"')
  expect(log).toContain(`"requestId":"${answer.headers['x-request-id']}"`)
  expect(log).not.toMatch(SECRET)
})

it.each([
  ['itself', rowRefused],
  ['as the cause of another', () => new Error('not written', { cause: rowRefused() })],
  ['as one of several', () => new AggregateError([rowRefused()], 'not written')],
])('what PostgreSQL refused says which rule, and not whose row (%s)', async (_how, error) => {
  const { answer, log } = await failing(error)
  expect(answer.statusCode).toBe(500)
  expect(log).toContain('phone_is_one')
  expect(log).not.toMatch(SECRET)
})

it('a server without a gateway lets pages of others read nothing', async () => {
  const { answer } = await failing(() => new Error('whatever'))
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
})
