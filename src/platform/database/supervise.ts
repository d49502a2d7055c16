import type { Logger } from '../telemetry/log.ts'
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbedded } from './embedded.ts'

const CHECK_EVERY_MS = 500

/**
 * Starts the embedded server and starts it again, on the same port, whenever it dies while we run (PostgreSQL
 * recovers everything that was committed). Connections fail meanwhile and are made anew by the pools.
 */
export async function superviseEmbedded(options: EmbeddedOptions, log: Logger): Promise<EmbeddedPostgres> {
  let current = await startEmbedded(options)
  let stopping = false
  let restarting: Promise<void> = Promise.resolve()
  let busy = false

  const restart = async () => {
    log.error('the embedded database died, starting it again')
    try {
      current = await startEmbedded({ ...options, port: current.port })
      log.info({ pid: current.pid }, 'the embedded database runs again')
    } catch (error) {
      log.error({ err: error }, 'the embedded database did not start, trying again')
    }
  }
  const timer = setInterval(() => {
    if (stopping || busy || isAlive(current.pid)) return
    busy = true
    restarting = restart().finally(() => {
      busy = false
    })
  }, CHECK_EVERY_MS)

  return {
    url: current.url,
    port: current.port,
    get pid() {
      return current.pid
    },
    stop: async () => {
      stopping = true
      clearInterval(timer)
      await restarting
      await current.stop()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
