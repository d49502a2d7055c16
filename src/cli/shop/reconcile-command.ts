import { Command, InvalidArgumentError } from 'commander'
import { UserError } from '../../platform/user-error.ts'
import type { Payments } from '../../shop/payments/index.ts'
import { oneShot } from '../one-shot.ts'

/** Something differs, or a list was not to be had. */
const DIFFERS = 3

interface Options {
  date?: Temporal.PlainDate
  json?: boolean
}

/** `pillivery reconcile`: our books of a day against the lists of the payment providers. */
export function reconcileCommand(stopping: AbortSignal): Command {
  return new Command('reconcile')
    .description('Hold the payments of a day against the lists of the payment providers')
    .option('--date <YYYY-MM-DD>', 'business date in Seoul (default: yesterday)', day)
    .option('--json', 'the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: our books and the providers' lists agree. ${DIFFERS}: they differ, or a list was not to be had. 1: it failed.
Doing it again is harmless: what differs is kept once, and what a person decided stays decided.`,
    )
    .action((options: Options) => reconcile(stopping, options))
}

async function reconcile(stopping: AbortSignal, { date, json = false }: Options): Promise<void> {
  await oneShot(['shop'], stopping, async (runtime) => {
    const { payments } = runtime.service('shop')
    const day = date ?? runtime.clock.today().subtract({ days: 1 })
    const days = await payments.reconcile(day)
    if (days.length === 0) throw new UserError('No payment provider here has a list for programs.')
    for (const one of days) {
      if (one.kind === 'refused' || one.differences.length > 0) process.exitCode = DIFFERS
      if (!json) for (const line of linesOf(one)) console.log(line)
    }
    if (json) console.log(JSON.stringify(days, null, 2))
  })
}

type Day = Awaited<ReturnType<Payments['reconcile']>>[number]

function linesOf(day: Day): string[] {
  if (day.kind === 'refused') return [`${day.code} ${JSON.stringify(day.facts ?? {})}`]
  const { provider, matched, late, differences } = day
  return [
    `${provider} ${day.day}: ${matched} agree, ${late} on another day, ${differences.length} differ`,
    ...differences.map(
      ({ kind, movement, key, here, there, attemptId }) =>
        `  ${kind} ${movement} ${key}: here ${here ?? '-'}, there ${there ?? '-'} won${attemptId ? `, payment ${attemptId}` : ''}`,
    ),
  ]
}

function day(text: string): Temporal.PlainDate {
  try {
    return Temporal.PlainDate.from(text)
  } catch {
    throw new InvalidArgumentError('write a date like 2026-01-31')
  }
}
