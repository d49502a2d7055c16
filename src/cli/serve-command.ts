import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { createLog, type Logger, logFile } from '../platform/telemetry/log.ts'
import { type Config, readConfig } from '../services/config.ts'
import { serve, welcome } from './serve.ts'

/** A drain that takes longer than this is cut off; everything acknowledged is already in the database. */
const DRAIN_LIMIT_MS = 20_000

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Start every service in one process, with an embedded database and a simulated bank if none are set',
    )
    .addHelpText('after', '\nCtrl-C (SIGINT) or SIGTERM drains and stops everything that was started.')
    .action(async () => {
      const config = readConfig(process.env)
      const log = logFor(config)
      const server = await serve(config, log, (line) => console.log(line))
      for (const line of welcome(server)) console.log(line)
      const signal = await new Promise<string>((done) => {
        process.once('SIGINT', () => done('SIGINT'))
        process.once('SIGTERM', () => done('SIGTERM'))
      })
      log.info({ signal }, 'draining')
      console.log('\nStopping …')
      setTimeout(() => {
        console.error('The drain took too long; leaving.')
        process.exit(1)
      }, DRAIN_LIMIT_MS).unref()
      await server.stop()
      process.exit(0)
    })
}

/** In a terminal the log goes to a file, so that people see the welcome; elsewhere to standard error. */
function logFor(config: Config): Logger {
  const file =
    config.logFile ?? (process.stderr.isTTY ? join(resolve(config.dataDir), 'serve.log') : undefined)
  if (file === undefined) return createLog(config.logLevel)
  return createLog(config.logLevel, logFile(file))
}
