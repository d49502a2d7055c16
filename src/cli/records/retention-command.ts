import { Command } from 'commander'
import type { Cleared } from '../../platform/retention/run-retention.ts'
import type { Runtime } from '../../runtime.ts'
import { INTERRUPTED, interruptible } from '../interruptible.ts'
import { oneShot } from '../one-shot.ts'

/** Something is left: another process was at it. */
const NOT_COMPLETE = 3

interface Options {
  dryRun?: boolean
  json?: boolean
}

/** `pillivery retention`: clearing records whose term is over. */
export function retentionCommand(stopping: AbortSignal): Command {
  const run = new Command('run')
    .description(
      'Delete or empty the records whose legal term is over; the server does it by itself every night',
    )
    .option('--dry-run', 'count what would be cleared; write nothing')
    .option('--json', 'the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Exit code 0: all is cleared. ${NOT_COMPLETE}: another process is clearing some of it. 1: it failed. ${INTERRUPTED}: Ctrl-C.
Starting it again is harmless: it goes on with what is left. What is open, in dispute or younger is never touched.`,
    )
    .action((options: Options) => runAll(stopping, options))
  return new Command('retention').description('For how long records are kept').addCommand(run)
}

async function runAll(stopping: AbortSignal, { dryRun = false, json = false }: Options): Promise<void> {
  await oneShot(undefined, stopping, async (runtime) => {
    if (dryRun) return show(await counted(runtime), json)
    const cleared = await interruptible(stopping, (signal) => clearedBy(runtime, signal))
    show(cleared, json)
    if (cleared.some(({ end }) => end === 'busy')) process.exitCode = NOT_COMPLETE
    if (cleared.some(({ end }) => end === 'stopped')) process.exitCode = INTERRUPTED
  })
}

async function clearedBy({ hosted }: Runtime, signal: AbortSignal): Promise<Cleared[]> {
  const { runRetention } = await import('../../platform/retention/run-retention.ts')
  const cleared: Cleared[] = []
  for (const { kept } of hosted) cleared.push(...(await runRetention(kept.deps, kept.rules, { signal })))
  return cleared
}

async function counted({ hosted }: Runtime): Promise<{ kind: string; count: number; more: boolean }[]> {
  const { countDue } = await import('../../platform/retention/run-retention.ts')
  const counts = await Promise.all(hosted.map(({ kept }) => countDue(kept.deps, kept.rules)))
  return counts.flat()
}

type Counted = Awaited<ReturnType<typeof counted>>[number]

function show(rows: readonly (Cleared | Counted)[], json: boolean): void {
  const lines = json ? [JSON.stringify(rows, null, 2)] : rows.map(lineOf)
  for (const line of lines) console.log(line)
}

function lineOf(row: Cleared | Counted): string {
  if ('count' in row) return `${row.kind}: ${row.count}${row.more ? ' or more' : ''} to be cleared`
  return `${row.kind}: ${row.removed} cleared${row.end === 'done' ? '' : ` (${row.end})`}`
}
