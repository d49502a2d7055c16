import { Command } from 'commander'
import { parseServices, SERVICE_NAMES } from '../services/names.ts'
import { oneShot } from './one-shot.ts'

/** `migrate`: the schemas of services, and their roles. */
export function migrateCommand(stopping: AbortSignal): Command {
  return new Command('migrate')
    .description('Bring the database up to date and stop (serve does this by itself)')
    .option('--services <names>', `only of these: ${SERVICE_NAMES.join(', ')} (default: all)`)
    .option('--roles', 'as the owner (DATABASE_URL): also make the roles of the services, see below')
    .addHelpText(
      'after',
      `
--roles reads the name and the password of each role from the database setting of its service, for example
SHOP_DATABASE_URL=postgres://shop:secret@db/pillivery, makes the role if it is missing, and lets it read and write the
data of its service and of the platform, and nothing else. Repeating it changes nothing but passwords.`,
    )
    .action(async ({ services, roles }: { services?: string; roles?: true }) => {
      const names = services === undefined ? undefined : parseServices(services)
      if (roles === true) {
        const { migrateWithRoles } = await import('./migrate-roles.ts')
        for (const line of await migrateWithRoles(names ?? SERVICE_NAMES, stopping)) console.log(line)
      } else {
        // Opening the runtime migrates.
        await oneShot(names, stopping, async () => undefined)
      }
      console.log('The database is up to date.')
    })
}
