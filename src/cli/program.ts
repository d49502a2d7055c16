import { Command } from 'commander'
import { Interrupted } from '../platform/process/signals.ts'
import { UserError } from '../platform/user-error.ts'
import { billingCommand } from './billing-command.ts'
import { asyncApiCommand } from './events/asyncapi-command.ts'
import { importCommand } from './import/import-command.ts'
import { INTERRUPTED } from './interruptible.ts'
import { dashboardCommand } from './library/dashboard-command.ts'
import { exportCommand } from './library/export-books.ts'
import { migrateCommand } from './migrate-command.ts'
import { retentionCommand } from './records/retention-command.ts'
import { seedCommand } from './seed-command.ts'
import { serveCommand } from './serve-command.ts'
import { reconcileCommand } from './shop/reconcile-command.ts'
import { tokensCommand } from './shop/tokens-command.ts'
import { simulateCommand } from './simulate-command.ts'
import { VERSION } from './version.ts'

/**
 * The command line. Commands load what they need when they run: whoever asks for help does not wait for a shop.
 * @param stopping aborted when somebody asks the program to end
 */
export async function run(stopping: AbortSignal): Promise<void> {
  const program = new Command('pillivery')
    .description('A shop with recurring payment and delivery, and a lending library, on one platform.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', '\nSettings are environment variables; README.md lists them.')
  const commands = [
    serveCommand,
    migrateCommand,
    importCommand,
    exportCommand,
    seedCommand,
    billingCommand,
    reconcileCommand,
    tokensCommand,
    retentionCommand,
    dashboardCommand,
    asyncApiCommand,
    simulateCommand,
  ]
  for (const command of commands) program.addCommand(command(stopping))
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof Interrupted) process.exit(error.signal === 'SIGINT' ? INTERRUPTED : 1)
    if (error instanceof UserError) console.error(error.message)
    else console.error(stackOf(error))
    process.exit(1)
  }
}

/** Nothing but message and place, of its causes, too: what PostgreSQL says beside its message repeats the row. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
