import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROUTES, targetOf } from '../../src/gateway/routing.ts'
import { buildServer } from '../../src/platform/http/server.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { createMetrics } from '../../src/platform/telemetry/metrics.ts'
import { openRuntime } from '../../src/runtime.ts'
import { readConfig } from '../../src/services/config.ts'
import { emptyDatabase } from '../support/database.ts'

it('every documented operation is routed to the service that answers it, and every route leads to one', async () => {
  const database = await emptyDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-routes-'))
  const config = readConfig({ NODE_ENV: 'test', DATABASE_URL: database.url, DATA_DIR: folder, DEMO: 'off' })
  const options = { config, log: createLog('silent'), owner: false, publicUrl: 'http://127.0.0.1' }
  const runtime = await openRuntime({ ...options, roles: { api: true, worker: false } })
  try {
    const reached = new Set<string>()
    for (const { name, modules } of runtime.hosted) {
      const app = await buildServer({
        log: createLog('silent'),
        metrics: createMetrics(),
        version: 'test',
        problems: modules.flatMap(({ problems }) => (problems ? [problems] : [])),
        routes: modules.flatMap(({ routes }) => routes ?? []),
        authenticate: async () => 'invalid',
        readiness: {},
        draining: () => false,
      })
      const document = Object((await app.inject('/openapi.json')).json())
      await app.close()
      const api = Object.keys(document.paths).filter((url) => url.startsWith('/api/'))
      expect({ name, some: api.length > 0 }).toEqual({ name, some: true })
      for (const url of api) {
        const path = url.replaceAll(/\{\w+\}/g, 'x')
        const target = targetOf(path)
        const upstream = target.kind === 'forward' ? target.upstream : 'nobody'
        const expected = /^\/api\/[\w-]+\/return\//.test(url) ? 'pages' : name
        expect({ url, upstream }).toEqual({ url, upstream: expected })
        for (const [prefix] of ROUTES)
          if (path === prefix || path.startsWith(`${prefix}/`)) reached.add(prefix)
      }
    }
    expect(ROUTES.map(([prefix]) => prefix).filter((prefix) => !reached.has(prefix))).toEqual([
      '/.well-known/jwks.json',
    ])
  } finally {
    await runtime.close()
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  }
})
