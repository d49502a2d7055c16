import { Command } from 'commander'
import { INTERRUPTED, interruptible } from '../interruptible.ts'
import { oneShot } from '../one-shot.ts'

/** `dashboard`: the dashboards of patrons, made anew. */
export function dashboardCommand(stopping: AbortSignal): Command {
  return new Command('dashboard')
    .description('The dashboards of patrons of the library')
    .addCommand(
      new Command('rebuild')
        .description(
          'Make all dashboards anew from the log of events, beside those that are shown, and then show them',
        )
        .action(() => rebuild(stopping)),
    )
}

async function rebuild(stopping: AbortSignal): Promise<void> {
  const done = await oneShot(['dashboard'], stopping, ({ service }) =>
    interruptible(stopping, (signal) =>
      service('dashboard')
        .rebuild(signal)
        .catch((error: unknown) => {
          if (signal.aborted && error === signal.reason) return undefined
          throw error
        }),
    ),
  )
  if (done === undefined) {
    console.log('Stopped early. What is shown is whole; running the same command again begins anew.')
    process.exitCode = INTERRUPTED
    return
  }
  const { loans, corrected, repaired } = done
  console.log(`${loans} loans shown, ${corrected} corrected; ${repaired} events put right by the log.`)
}
