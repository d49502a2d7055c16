import { startSet } from '../../../local/set.ts'
import { createLog } from '../../../src/platform/telemetry/log.ts'
import type { Clock } from '../../../src/platform/time/clock.ts'
import { openRuntime, type Runtime } from '../../../src/runtime.ts'
import { databaseSettingOf, readConfig } from '../../../src/services/config.ts'
import { SERVICE_NAMES, type ServiceName } from '../../../src/services/index.ts'
import type { Running } from '../system.ts'

/** Which services share a runtime that arranges things. */
const TOGETHER = ['identity,shop', 'notifications', 'book', 'borrow', 'dashboard']

/**
 * A system in which every service is a process with a database of its own, joined by a real broker behind the gateway.
 * Beside it a runtime for each arranges what cannot be arranged over HTTP, and does nothing by itself.
 */
export async function startServices(
  environment: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<Running> {
  const { PORT: _, DATA_DIR: folder = '', ...settings } = environment
  const { signal } = new AbortController()
  const more = { ...settings, LOG_LEVEL: 'warn' }
  const set = await startSet({ folder, port: 0, events: 'kafka', settings: more, say: () => {}, signal })
  const runtimes: Runtime[] = []
  const stop = async () => {
    for (const runtime of runtimes) await runtime.close()
    await set.stop()
  }
  const databaseOf = (name: ServiceName) => set.databases.get(name) ?? ''
  try {
    for (const services of TOGETHER) {
      const names = SERVICE_NAMES.filter((name) => services.split(',').includes(name))
      const config = readConfig({
        ...settings,
        ...Object.fromEntries(names.map((name) => [databaseSettingOf(name), databaseOf(name)])),
        DATA_DIR: folder,
        SERVICES: services,
        ROLE: 'api',
        PUBLIC_URL: set.url,
        KAFKA_BROKERS: set.broker?.address,
      })
      const options = { config, log: createLog('silent'), owner: false, publicUrl: set.url, clock }
      runtimes.push(await openRuntime(options))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: set.url,
    service: (name) => {
      const host = runtimes.find(({ config }) => config.services.includes(name))
      if (!host) throw new Error(`nobody hosts ${name}`)
      return host.service(name)
    },
    databaseOf,
    stop,
  }
}
