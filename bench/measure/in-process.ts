import type { Actor } from '../../src/platform/http/actor.ts'
import type { App } from '../../src/platform/http/app.ts'
import { buildServer } from '../../src/platform/http/server.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { createMetrics } from '../../src/platform/telemetry/metrics.ts'
import { openRuntime, type Runtime } from '../../src/runtime.ts'
import { readConfig } from '../../src/services/config.ts'
import type { Shop } from './shop.ts'

/**
 * The same services and routes as the server's, on the same database, inside this process: asked without a socket, so
 * that what they send to the database can be listened to. Every caller counts as `actor`.
 */
export function withServices<T>(
  shop: Shop,
  actor: Actor,
  work: (app: App, runtime: Runtime) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  return withRuntime(shop, env, async (runtime) => {
    const { log, modules } = runtime
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
      return await work(app, runtime)
    } finally {
      await app.close()
    }
  })
}

/** The same services without routes, with other settings where `env` names them. */
export async function withRuntime<T>(
  shop: Shop,
  env: Readonly<Record<string, string>>,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const config = readConfig({
    DATABASE_URL: shop.databaseUrl,
    DATA_DIR: shop.dataDir,
    OPEN_ORDERS_PER_CUSTOMER: '1000000',
    ...env,
  })
  const runtime = await openRuntime({
    config,
    log: createLog('silent'),
    owner: false,
    publicUrl: shop.url,
  })
  try {
    return await work(runtime)
  } finally {
    await runtime.close()
  }
}
