import { Command } from 'commander'
import { oneShot } from '../one-shot.ts'

/** `dashboard`: the dashboards of patrons, made anew. */
export function dashboardCommand(stopping: AbortSignal): Command {
  return new Command('dashboard').description('The dashboards of patrons of the library').addCommand(
    new Command('rebuild')
      .description('Make all dashboards anew from the events kept; they are read meanwhile')
      .action(async () => {
        const { loans, corrected } = await oneShot(['dashboard'], stopping, ({ service }) =>
          service('dashboard').rebuild(),
        )
        console.log(`${loans} loans shown, ${corrected} of them corrected.`)
      }),
  )
}
