import { finished } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { UserError } from '../../platform/user-error.ts'
import type { Catalog, RegisterRead } from '../../shop/catalog/index.ts'
import { INTERRUPTED, interruptible } from '../interruptible.ts'
import { oneShot } from '../one-shot.ts'
import { type Progress, startProgress } from '../progress.ts'
import { openSink } from './read-files.ts'

type Options = Parameters<Catalog['importRegister']>[0]
type Report = Awaited<ReturnType<Catalog['importRegister']>>
type Note = Parameters<NonNullable<Options['onDoubted']>>[0]
type Change = Parameters<NonNullable<Options['onChange']>>[0]

/** More rows of a kind than these are counted, but not shown. */
const SHOWN = 20

const TITLES = { c003: '식품안전나라 C003', htfs: 'data.go.kr HtfsInfoService03' } as const

interface Wish {
  offer: 'none' | 'demo'
  dryRun?: boolean
  restart?: boolean
  rejected?: string
}

/** `import register`: the public registers by their APIs into the catalogue. */
export function importRegisterCommand(stopping: AbortSignal): Command {
  return new Command('register')
    .description('Import the public registers of health functional food by their APIs')
    .addOption(
      new Option('--offer <kind>', 'demo: invented prices and stock for new items, outside production')
        .choices(['none', 'demo'])
        .default('none'),
    )
    .option('--dry-run', 'change nothing, and say what would change; it takes calls of the day, too')
    .option('--restart', 'begin at the first row, also when an earlier import did not come to its end')
    .option('--rejected <file>', 'write rejected rows to this file, with their text, one JSON object a line')
    .addHelpText(
      'after',
      [
        '',
        'Asked is each register whose key is set: FOOD_SAFETY_KEY (식품안전나라 C003), DATA_PORTAL_KEY (data.go.kr',
        'HtfsInfoService03). Without a key, beside a server with demo data, the simulated ones answer.',
        'An import that was stopped or killed goes on at the next page. Calls are counted over all imports of a day in',
        'Seoul; when those of FOOD_SAFETY_CALLS_A_DAY and DATA_PORTAL_CALLS_A_DAY are used up, the rest is for tomorrow.',
        'New items are hidden until the merchant sets price and stock. Prices, stock, status and what',
        'the merchant wrote of known items stay.',
        'Exit code 0: every register was read to its end. 1: one was not, announced rows are missing, or more than 5 %',
        'of the rows were rejected; what was read is imported all the same. 130: stopped early.',
      ].join('\n'),
    )
    .action((wish: Wish) => importRegister(stopping, wish))
}

async function importRegister(stopping: AbortSignal, wish: Wish): Promise<void> {
  const { offer, dryRun = false, restart = false } = wish
  const sink = wish.rejected === undefined ? undefined : await openSink(wish.rejected)
  const notes: string[] = []
  const changes: string[] = []
  const report = await oneShot(['shop'], stopping, ({ config, service }) => {
    const { catalog } = service('shop')
    if (offer === 'demo' && config.nodeEnv === 'production')
      throw new UserError('--offer demo invents prices; it is refused with NODE_ENV=production.')
    if (catalog.registers.length === 0)
      throw new UserError('No register is known: set FOOD_SAFETY_KEY or DATA_PORTAL_KEY.')
    return interruptible(stopping, async (signal) => {
      const progress = progressByRegister()
      try {
        return await catalog.importRegister({
          offer,
          dryRun,
          restart,
          signal,
          onProgress: progress.update,
          onWait: ({ source, message, ms }) =>
            console.error(`${TITLES[source]}: ${message.en} Asking again in ${Math.ceil(ms / 1_000)} s.`),
          onRejected: (row) => {
            if (notes.length < SHOWN) notes.push(noteOf('rejected', row))
            sink?.write(`${JSON.stringify(row)}\n`)
          },
          onDoubted: (row) => {
            if (notes.length < SHOWN) notes.push(noteOf('doubted ', row))
          },
          onChange: (change) => {
            changes.push(changeOf(change))
          },
        })
      } finally {
        progress.stop()
      }
    })
  })
  if (sink) {
    sink.end()
    await finished(sink)
  }
  for (const line of linesOf(report, { notes, changes, wish })) console.log(line)
  // Whoever asks for `--help` loads no shop; here it has been.
  const { isFailed } = await import('../../shop/catalog/index.ts')
  if (report.stopped) process.exitCode = INTERRUPTED
  else if (report.registers.some(isFailed)) process.exitCode = 1
}

/** A bar for each register, as soon as its first page has said how many rows it has. */
function progressByRegister() {
  let shown: { source: string; progress: Progress } | undefined
  return {
    update: ({
      source,
      nextRow,
      announced,
      read,
    }: Pick<RegisterRead, 'source' | 'nextRow' | 'announced' | 'read'>) => {
      if (shown?.source !== source) {
        shown?.progress.stop()
        shown = { source, progress: startProgress(TITLES[source], announced) }
      }
      shown.progress.update(Math.max(nextRow - 1, read), `${read} rows`)
    },
    stop: () => shown?.progress.stop(),
  }
}

function noteOf(what: string, { file, row, statementNumber, message }: Note | Rejected): string {
  const which = statementNumber === '' ? '' : ` (${statementNumber})`
  return `${what}  ${file} row ${row}${which}: ${message.en}`
}

type Rejected = Parameters<NonNullable<Options['onRejected']>>[0]

const WOULD = { added: 'would add   ', changed: 'would change', kept: 'would keep  ' } as const

function changeOf({ kind, statementNumber, name, fields, kept }: Change): string {
  const what = fields.length === 0 ? '' : `: ${fields.join(', ')}`
  const own = kept.length === 0 ? '' : ` (the merchant's own words stay: ${kept.join(', ')})`
  return `${WOULD[kind]}  ${statementNumber} ${name}${what}${own}`
}

function linesOf(
  { registers, stopped }: Report,
  { notes, changes, wish }: { notes: readonly string[]; changes: readonly string[]; wish: Wish },
): string[] {
  const sum = (field: 'added' | 'changed' | 'rejected' | 'doubted') =>
    registers.reduce((total, one) => total + one[field], 0)
  const moreChanges = changes.length - SHOWN
  const moreNotes = sum('rejected') + sum('doubted') - notes.length
  return [
    ...changes.slice(0, SHOWN),
    ...(moreChanges > 0 ? [`… and ${moreChanges} more would be added, changed or kept`] : []),
    ...notes,
    ...(moreNotes > 0 ? [`… and ${moreNotes} more rejected or doubted`] : []),
    ...(wish.rejected !== undefined && sum('rejected') > 0 ? [`Rejected rows are in ${wish.rejected}.`] : []),
    ...registers.flatMap((one) => linesOfRegister(one, wish.dryRun ?? false)),
    ...(sum('added') > 0 && wish.offer === 'none' && !wish.dryRun
      ? ['New items are hidden: set price and stock (PATCH /api/admin/items/{id}) to sell them.']
      : []),
    ...(stopped ? ['Stopped early. What was imported stays; running the same command again continues.'] : []),
  ]
}

function linesOfRegister(one: RegisterRead, dryRun: boolean): string[] {
  const { source, announced, read, added, changed, unchanged, rejected, missed, stop } = one
  const title = TITLES[source]
  const went = one.beganAt > 1 ? `, went on at row ${one.beganAt}` : ''
  const would = dryRun ? 'would be ' : ''
  const next = one.stuck
    ? ' This page was asked for on several days: the next import begins at the first row, unless the merchant has it skipped at /console/items/register.'
    : ' The next import goes on there.'
  return [
    `${title}: ${read} of ${announced} rows read${went}: ${added} ${would}added, ${changed} ${would}changed, ${unchanged} unchanged, ${rejected} rejected.`,
    ...(missed > 0 ? [`MISSING   ${title} announced ${missed} rows more than it gave.`] : []),
    ...(read === 0 && stop === undefined && one.ended ? [`MISSING   ${title} gave no rows at all.`] : []),
    ...(stop === undefined
      ? []
      : [`STOPPED   ${title} at row ${one.nextRow}: ${stop.message.en}${dryRun ? '' : next}`]),
  ]
}
