import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { readTableFile } from '../../platform/tables/table-file.ts'
import { UserError } from '../../platform/user-error.ts'
import type { Payments } from '../../shop/payments/index.ts'
import { oneShot } from '../one-shot.ts'

/** Something differs, or a list was not to be had. */
const DIFFERS = 3

interface Options {
  date?: Temporal.PlainDate
  file?: string
  dryRun?: boolean
  json?: boolean
}

/** `pillivery reconcile`: our books of a day against the lists of the payment providers. */
export function reconcileCommand(stopping: AbortSignal): Command {
  return new Command('reconcile')
    .description('Hold the payments of a day against the lists of the payment providers')
    .option('--date <YYYY-MM-DD>', 'business date in Seoul (default: yesterday)', day)
    .option('--file <table>', 'the table of KakaoPay’s partner centre (CSV or XLSX) instead of a list')
    .option('--dry-run', 'with --file: only say what differs, keep nothing')
    .option('--json', 'the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: our books and the providers' lists agree. ${DIFFERS}: they differ, or a list was not to be had. 1: it failed, or rows of the table
cannot be read; then nothing of it was kept.
Doing it again is harmless: what differs is kept once, and what a person decided stays decided.`,
    )
    .action((options: Options) => reconcile(stopping, options))
}

async function reconcile(stopping: AbortSignal, { date, json = false, ...table }: Options): Promise<void> {
  await oneShot(['shop'], stopping, async (runtime) => {
    const { payments } = runtime.service('shop')
    const day = date ?? runtime.clock.today().subtract({ days: 1 })
    const days =
      table.file === undefined ? await payments.reconcile(day) : [await byTable(payments, day, table)]
    if (days.length === 0) throw new UserError('No payment provider here has a list for programs.')
    for (const one of days) {
      if (one.kind === 'refused' || one.differences.length > 0) process.exitCode = DIFFERS
      if (!json) for (const line of linesOf(one)) console.log(line)
    }
    if (json) console.log(JSON.stringify(days, null, 2))
  })
}

type Day = Awaited<ReturnType<Payments['reconcile']>>[number]

/** More rows are not read: the use case refuses them, whatever they are. */
const MOST_ROWS = 100_000

async function byTable(
  payments: Payments,
  day: Temporal.PlainDate,
  { file = '', dryRun = false }: Pick<Options, 'file' | 'dryRun'>,
): Promise<Exclude<Awaited<ReturnType<Payments['reconcileTable']>>, { kind: 'refused' }>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  const read = await readTableFile(bytes, MOST_ROWS)
  if (read.kind !== 'table') throw new UserError(`${file} is no table (CSV or XLSX) that can be read.`)
  const result = await payments.reconcileTable({
    provider: 'kakaopay',
    day,
    table: read.rows,
    actorId: 'system',
    keep: dryRun ? 'not_yet' : 'at_once',
  })
  if (result.kind === 'reconciled') return result
  const rows = (result.errors ?? []).map(({ field, message }) => `  ${field}: ${message.en}`)
  throw new UserError([`${result.code}: nothing was kept.`, ...rows].join('\n'))
}

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
