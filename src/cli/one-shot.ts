import type { Runtime } from '../runtime.ts'
import type { ServiceName } from '../services/names.ts'

/**
 * Runs work on the database of this checkout (or DATABASE_URL) and closes it again; a server that runs meanwhile
 * is not disturbed. Only warnings are logged, in words: they stand between the lines of its progress. What it needs is loaded when it is needed, not when help is asked for.
 * @param names the services the work asks something of
 * @param signal a start under way gives up when it is aborted; the work itself has to listen
 */
export async function oneShot<T>(
  names: readonly ServiceName[] | undefined,
  signal: AbortSignal,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const { readConfig } = await import('../services/config.ts')
  const { createPlainLog } = await import('../platform/telemetry/plain-log.ts')
  const { openRuntime } = await import('../runtime.ts')
  const { runInRequest } = await import('../platform/telemetry/request-context.ts')
  const config = readConfig(process.env, names)
  const runtime = await openRuntime({
    config,
    log: createPlainLog(config.logLevel === 'info' ? 'warn' : config.logLevel),
    owner: false,
    publicUrl: config.publicUrl ?? `http://${config.host}:${config.port}`,
    onProgress: (message) => console.error(message),
    signal,
  })
  try {
    signal.throwIfAborted()
    return await runInRequest({ tracer: runtime.tracer }, () => work(runtime))
  } finally {
    await runtime.close()
  }
}
