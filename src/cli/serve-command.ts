import { join, resolve } from 'node:path'
import { Command } from 'commander'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Config } from '../services/config.ts'
import { PROCESS_ROLES, SERVICE_NAMES } from '../services/names.ts'
import type { Server } from './serve.ts'

/** A drain that takes longer than this is cut off; everything acknowledged is already in the database. */
export const DRAIN_LIMIT_MS = 20_000

/** `serve`: all services, or some of them, in this process. */
export function serveCommand(stopping: AbortSignal): Command {
  return new Command('serve')
    .description(
      'Start every service in one process, with an embedded database and a simulated bank if none are set',
    )
    .option(
      '--services <names>',
      `only these, separated by commas: ${SERVICE_NAMES.join(', ')}; or gateway alone (or SERVICES)`,
    )
    .option('--role <role>', `${PROCESS_ROLES.join(', ')} (or ROLE): see below`)
    .option('--exit-with-parent', 'end when standard input closes: for being somebody’s child')
    .addHelpText(
      'after',
      `
A process opens only the databases and secrets, and does only the background work, that its services name. Each has a
database setting of its own (IDENTITY_DATABASE_URL, SHOP_DATABASE_URL, …), which falls back to DATABASE_URL: the same
database, with a role that sees nothing but its own data. Events travel inside one database.

--role api      answers requests and leaves the background work to others
--role worker   does the background work, and answers only /health and /metrics
--role all      both; any number of processes of any role may run beside each other on one DATABASE_URL

A process without identity needs IDENTITY_URL; one with notifications alone also SHOP_URL and SERVICE_TOKEN,
one that lends without the catalogue BOOK_URL and SERVICE_TOKEN.

--services gateway   the single entry to services that run apart: it needs IDENTITY_URL and the addresses of the
                     others (SHOP_URL, BOOK_URL, …), and has no database. Those behind it set TRUSTED_PROXIES.
Ctrl-C (SIGINT), SIGTERM or closing the terminal drains and stops everything that was started, also during the start.`,
    )
    .action(async (options: { services?: string; role?: string; exitWithParent?: true }) => {
      if (options.exitWithParent)
        process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM')).resume()
      const { isGateway } = await import('../services/between/gateway.ts')
      if (isGateway(options.services ?? process.env.SERVICES)) return serveGatewayUntil(stopping)
      const { readConfig } = await import('../services/config.ts')
      const config = readConfig({
        ...process.env,
        ...(options.services === undefined ? {} : { SERVICES: options.services }),
        ...(options.role === undefined ? {} : { ROLE: options.role }),
      })
      await serveUntil(stopping, config)
    })
}

async function serveGatewayUntil(stopping: AbortSignal): Promise<void> {
  const { readGatewayConfig } = await import('../services/between/gateway.ts')
  const { serveGateway } = await import('./gateway/serve-gateway.ts')
  const config = readGatewayConfig(process.env)
  const aborted = endOf(stopping)
  const gateway = await serveGateway(config, await logFor(config))
  console.log(
    `\nThe gateway of Pillivery is running: ${config.publicUrl ?? gateway.url}/docs\n\nCtrl-C stops it.`,
  )
  await aborted
  await gateway.stop()
  process.exit(0)
}

/** Resolves when the process is asked to end, and sees to it that it does. */
async function endOf(stopping: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    stopping.addEventListener('abort', () => done(), { once: true })
    if (stopping.aborted) done()
  })
  console.log('\nStopping …')
  setTimeout(() => {
    console.error('The drain took too long; leaving.')
    process.exit(1)
  }, DRAIN_LIMIT_MS).unref()
}

async function serveUntil(stopping: AbortSignal, config: Config): Promise<void> {
  const { serve, welcome } = await import('./serve.ts')
  const log = await logFor(config)
  const aborted = endOf(stopping)
  const server = await serve({ config, log, say: (line) => console.log(line), signal: stopping }).catch(
    (error: unknown) => {
      // Ctrl-C reaches the tools of a start, too: what they then complain of is no news.
      if (!stopping.aborted) throw error
    },
  )
  if (server) {
    for (const line of welcome(server)) console.log(line)
    const life = liveDemoOf(server, stopping)
    await aborted
    log.info({ signal: String(stopping.reason) }, 'draining')
    await life
    await server.stop()
  }
  process.exit(0)
}

/** Beside the work, when there is demo data and the shop can be used as a whole; what fails is only missing. */
async function liveDemoOf({ url, runtime }: Server, signal: AbortSignal): Promise<void> {
  const { config, log } = runtime
  const { wantsDemo } = await import('../services/demo/wanted.ts')
  const isWhole =
    config.role === 'all' &&
    ['identity', 'shop'].every((name) => runtime.hosted.some((one) => one.name === name))
  if (!isWhole || !wantsDemo(config) || config.demoPurchases === 'off') return
  const { liveDemo } = await import('../services/demo/life.ts')
  await liveDemo({ url, identity: runtime.service('identity'), signal }).catch((error: unknown) => {
    if (!signal.aborted) log.warn({ err: error }, 'the purchases of the demo were not all made')
  })
}

/** In a terminal the log goes to a file, so that people see the welcome; elsewhere to standard error. */
async function logFor(config: Pick<Config, 'logFile' | 'dataDir' | 'logLevel'>): Promise<Logger> {
  const { createLog, logFile } = await import('../platform/telemetry/log.ts')
  const file =
    config.logFile ?? (process.stderr.isTTY ? join(resolve(config.dataDir), 'serve.log') : undefined)
  if (file === undefined) return createLog(config.logLevel)
  return createLog(config.logLevel, logFile(file))
}
