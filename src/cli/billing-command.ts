import { Command, InvalidArgumentError } from 'commander'
import { every } from '../platform/resilience/loop.ts'
import { UserError } from '../platform/user-error.ts'
import type { Runtime } from '../runtime.ts'
import type { Billing, BillingRun, DryRun } from '../shop/subscriptions/index.ts'
import { dryRunLines, reportLines, runJson } from './billing-report.ts'
import { INTERRUPTED, interruptible } from './interruptible.ts'
import { oneShot } from './one-shot.ts'
import { startProgress } from './progress.ts'

/** The run did not handle everything that was due: start it again. */
const NOT_COMPLETE = 3
const PROGRESS_EVERY_MS = 500
const MOST_CONCURRENCY = 1_200

interface RunOptions {
  date?: Temporal.PlainDate
  dryRun?: boolean
  concurrency?: number
  limit?: number
  json?: boolean
}

/** `billing`: runs of recurring payment by hand. */
export function billingCommand(stopping: AbortSignal): Command {
  const run = new Command('run')
    .description('Charge every cycle that is due, or join the run of that date that is under way')
    .option(
      '--date <YYYY-MM-DD>',
      'business date in Seoul (default: today); one in the future for --dry-run only',
      day,
    )
    .option('--dry-run', 'count and sum what would be charged; write nothing')
    .option(
      '--concurrency <n>',
      'charges on their way at once (default: BILLING_CONCURRENCY)',
      whole(MOST_CONCURRENCY),
    )
    .option('--limit <n>', 'begin at most so many subscriptions', whole(100_000_000))
    .option('--json', 'the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: complete, every cycle that was due is settled, has its next date, or waits for its payment (or another
one by the same payment method) to be cleared up. ${NOT_COMPLETE}: something is still due (stopped, paused, provider unreachable), start it again. 1: it failed. ${INTERRUPTED}: Ctrl-C.
Starting it twice is harmless: there is one run for each date, and no cycle is charged twice.`,
    )
    .action((options: RunOptions) => runBilling(stopping, options))
  const report = new Command('report')
    .description('Show what a run has come to')
    .option('--date <YYYY-MM-DD>', 'business date (default: the latest run)', day)
    .option('--json', 'as JSON on standard output')
    .action((options: { date?: Temporal.PlainDate; json?: boolean }) => show(stopping, options))
  const pause = new Command('pause')
    .description('Let a run begin nothing more; charges on their way are finished')
    .option('--date <YYYY-MM-DD>', 'business date (default: the latest run)', day)
    .action(({ date }: { date?: Temporal.PlainDate }) => move(stopping, 'pause', date))
  const resume = new Command('resume')
    .description('Let a paused run go on: a server takes it up, or `billing run` with its date')
    .option('--date <YYYY-MM-DD>', 'business date (default: the latest run)', day)
    .action(({ date }: { date?: Temporal.PlainDate }) => move(stopping, 'resume', date))
  return new Command('billing')
    .description('Recurring charges')
    .addCommand(run)
    .addCommand(report)
    .addCommand(pause)
    .addCommand(resume)
}

async function runBilling(stopping: AbortSignal, options: RunOptions): Promise<void> {
  await oneShot(['shop'], stopping, async (runtime) => {
    const billing = runtime.service('shop').billing
    const date = options.date ?? runtime.clock.today()
    const { mostConcurrency } = billing.settings
    if ((options.concurrency ?? 0) > mostConcurrency)
      console.error(`At most ${mostConcurrency} charges at once: PAYMENT_CONNECTIONS carries no more.`)
    if (options.dryRun === true) return printDryRun(await billing.dryRun(date), options)
    const opened = await billing.start({ date, kind: 'manual' })
    if (opened.kind === 'refused') throw inTheFuture(date)
    if (opened.run.state === 'paused') {
      console.error(`The run of ${date} is paused; continue it with: pillivery billing resume --date ${date}`)
      process.exitCode = NOT_COMPLETE
      return
    }
    if (opened.how !== 'started') console.error(`The run of ${date} was begun before; going on with it.`)
    const end = await interruptible(stopping, (signal) =>
      work(runtime, billing, opened.run, { ...options, signal }),
    )
    await print(billing, end.run, options)
    process.exitCode = exitCodeOf(end.run, end.stopped)
  })
}

/** Works with a bar, and settles meanwhile what payments have to settle: a one-shot process has no other sweeps. */
async function work(
  { service, log }: Runtime,
  billing: Billing,
  run: BillingRun,
  { concurrency, limit, signal }: RunOptions & { signal: AbortSignal },
) {
  const sweeps = (service('shop').payments.module.sweeps ?? []).map((sweep) =>
    every({
      name: sweep.name,
      intervalMs: sweep.everyMs,
      run: () => sweep.run(),
      onError: (error, { name }) =>
        log.warn({ err: error, sweep: name }, 'sweep interrupted, will run again'),
    }),
  )
  const bar = watch(billing, run)
  try {
    return await billing.work(run, { concurrency, limit, signal })
  } finally {
    await bar.stop()
    await Promise.all(sweeps.map((sweep) => sweep.stop()))
  }
}

function watch(billing: Billing, run: BillingRun): { stop(): Promise<void> } {
  let bar: ReturnType<typeof startProgress> | undefined
  const loop = every({
    name: 'billing.progress',
    intervalMs: PROGRESS_EVERY_MS,
    run: async () => {
      const progress = await billing.progress(run.id)
      const planned = progress?.run.planned ?? null
      if (!progress || planned === null) return
      bar ??= startProgress('Billing', planned)
      const { paid, declined, unknown, skipped } = progress.counts
      const note = `${paid} paid, ${declined} declined, ${unknown} unknown, ${skipped} skipped, ${progress.workers} workers`
      bar.update(progress.done, note)
    },
    // The bar is a comfort; a run goes on without it.
    onError: () => {},
  })
  return {
    stop: async () => {
      await loop.stop()
      bar?.stop()
    },
  }
}

/**
 * 0 only when the run is complete: everything that can be done now is done. That includes cycles that are frozen, wait
 * for their next try or stand behind an unknown charge of their method: the report counts them, and another start
 * could do no more for them.
 */
function exitCodeOf(run: BillingRun, stopped: string | null): number {
  if (run.state === 'complete') return 0
  if (stopped === 'interrupted') return INTERRUPTED
  return run.state === 'failed' ? 1 : NOT_COMPLETE
}

function printDryRun(plan: DryRun, { json }: RunOptions): void {
  if (json === true) console.log(JSON.stringify(plan, null, 2))
  else for (const line of dryRunLines(plan)) console.log(line)
}

async function print(billing: Billing, run: BillingRun, { json }: { json?: boolean }): Promise<void> {
  const report = await billing.report(run)
  if (json === true) console.log(JSON.stringify(runJson(run, report), null, 2))
  else for (const line of reportLines(run, report)) console.log(line)
}

async function show(
  stopping: AbortSignal,
  options: { date?: Temporal.PlainDate; json?: boolean },
): Promise<void> {
  await oneShot(['shop'], stopping, async (runtime) => {
    const billing = runtime.service('shop').billing
    await print(billing, await found(billing, options.date), options)
  })
}

async function move(
  stopping: AbortSignal,
  verb: 'pause' | 'resume',
  date: Temporal.PlainDate | undefined,
): Promise<void> {
  await oneShot(['shop'], stopping, async (runtime) => {
    const billing = runtime.service('shop').billing
    const run = await found(billing, date)
    const wanted = verb === 'pause' ? 'paused' : 'running'
    const moved = await billing[verb](run)
    if (!moved && run.state !== wanted)
      throw new UserError(`The run of ${run.date} has ended (${run.state}).`)
    console.log(verb === 'pause' ? `The run of ${run.date} is paused.` : `The run of ${run.date} may go on.`)
  })
}

async function found(billing: Billing, date: Temporal.PlainDate | undefined): Promise<BillingRun> {
  const run = await billing.find(date)
  if (!run)
    throw new UserError(date ? `There is no billing run of ${date}.` : 'There has been no billing run yet.')
  return run
}

function inTheFuture(date: Temporal.PlainDate | undefined): UserError {
  return new UserError(
    `${date ?? 'This date'} has not come yet in Seoul: nobody is charged before the day. --dry-run shows what would be charged then.`,
  )
}

function day(text: string): Temporal.PlainDate {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch {
    throw new InvalidArgumentError('It must be a date like 2027-01-31.')
  }
}

function whole(most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < 1 || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`)
    }
    return value
  }
}
