import { readConfig } from '../config.ts'
import { createLog } from '../platform/telemetry/log.ts'
import { openRuntime, type Runtime } from '../runtime.ts'
import { providerAddresses } from './provider-addresses.ts'

/**
 * Runs work on the database of this checkout (or DATABASE_URL) and closes it again; a server that runs meanwhile
 * is not disturbed. Only warnings are logged.
 */
export async function oneShot<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const config = readConfig(process.env)
  const runtime = await openRuntime({
    config,
    log: createLog(config.logLevel === 'info' ? 'warn' : config.logLevel),
    owner: false,
    publicUrl: config.publicUrl ?? `http://${config.host}:${config.port}`,
    ...providerAddresses(config),
    onProgress: (message) => console.error(message),
  })
  try {
    return await work(runtime)
  } finally {
    await runtime.close()
  }
}
