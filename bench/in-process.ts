import { providerAddresses } from '../src/cli/provider-addresses.ts'
import { readConfig } from '../src/config.ts'
import type { Actor } from '../src/platform/http/actor.ts'
import type { App } from '../src/platform/http/app.ts'
import { buildServer } from '../src/platform/http/server.ts'
import { createLog } from '../src/platform/telemetry/log.ts'
import { createMetrics } from '../src/platform/telemetry/metrics.ts'
import { openRuntime } from '../src/runtime.ts'
import type { Shop } from './shop.ts'

/**
 * The same services and routes as the server's, on the same database, inside this process: asked without a socket, so
 * that what they send to the database can be listened to. Every caller counts as `actor`.
 */
export async function withServices<T>(shop: Shop, actor: Actor, work: (app: App) => Promise<T>): Promise<T> {
  const log = createLog('silent')
  const config = readConfig({ DATABASE_URL: shop.databaseUrl, DATA_DIR: shop.dataDir })
  const runtime = await openRuntime({
    config,
    log,
    owner: false,
    publicUrl: shop.url,
    ...providerAddresses(config),
  })
  try {
    const { modules } = runtime.services
    const app = await buildServer({
      log,
      metrics: createMetrics(),
      version: '0',
      problems: modules.flatMap(({ problems }) => (problems ? [problems] : [])),
      routes: modules.flatMap(({ routes }) => routes ?? []),
      authenticate: async () => actor,
      readiness: {},
      draining: () => false,
    })
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  } finally {
    await runtime.close()
  }
}
