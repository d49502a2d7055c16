import { Command } from 'commander'
import { oneShot } from '../one-shot.ts'

/** `dashboard`: the dashboards of patrons, made anew. */
export function dashboardCommand(stopping: AbortSignal): Command {
  return new Command('dashboard').description('The dashboards of patrons of the library').addCommand(
    new Command('rebuild')
      .description(
        'Make all dashboards anew from the log of events, beside those that are shown, and then show them',
      )
      .action(async () => {
        const { loans, corrected, repaired } = await oneShot(['dashboard'], stopping, ({ service }) =>
          service('dashboard').rebuild(),
        )
        console.log(`${loans} loans shown, ${corrected} corrected; ${repaired} events put right by the log.`)
      }),
  )
}
