import { expect, it } from 'vitest'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { buildServer } from '../server.ts'
import { documentEvents } from './openapi.ts'

it('makes the document of the events anew after it could not be made, and then once', async () => {
  let tries = 0
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: [
      (scope) =>
        documentEvents(scope, async () => {
          tries += 1
          if (tries === 1) throw new Error('a file is not there yet')
          return { asyncapi: '3.0.0' }
        }),
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
  })
  const ask = async () => (await app.inject({ url: '/asyncapi.json' })).statusCode
  expect([await ask(), await ask(), await ask()]).toEqual([500, 200, 200])
  expect(tries).toBe(2)
  await app.close()
})
