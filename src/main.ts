import { Command } from 'commander'
import { billingCommand } from './cli/billing-command.ts'
import { importCommand } from './cli/import-command.ts'
import { migrateCommand } from './cli/migrate-command.ts'
import { seedCommand } from './cli/seed-command.ts'
import { serveCommand } from './cli/serve-command.ts'
import { simulateCommand } from './cli/simulate-command.ts'
import { VERSION } from './cli/version.ts'
import { UserError } from './platform/user-error.ts'

// Commands load what they need when they run: help is for people who wait for it.
const program = new Command('pillivery')
  .description('A shop with recurring payment and delivery, and a lending library, on one platform.')
  .version(VERSION)
  .showHelpAfterError('(add --help for the options)')
  .addHelpText('after', '\nSettings are environment variables; README.md lists them.')
for (const command of [serveCommand(), migrateCommand(), importCommand(), seedCommand()])
  program.addCommand(command)
program.addCommand(billingCommand())
program.addCommand(simulateCommand())

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof UserError) console.error(error.message)
  else console.error(error)
  process.exit(1)
}
