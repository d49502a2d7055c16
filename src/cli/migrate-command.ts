import { Command } from 'commander'
import { oneShot } from './one-shot.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Bring the database up to date and stop (serve does this by itself)')
    .action(async () => {
      // Opening the runtime migrates.
      await oneShot(async () => undefined)
      console.log('The database is up to date.')
    })
}
