import { finished } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { UserError } from '../../platform/user-error.ts'
import type { Catalog } from '../../shop/catalog/index.ts'
import { INTERRUPTED, interruptible } from '../interruptible.ts'
import { oneShot } from '../one-shot.ts'
import { startProgress } from '../progress.ts'
import { importBooksCommand } from './import-books.ts'
import { importRegisterCommand } from './import-register.ts'
import { openSink, totalBytes } from './read-files.ts'

type Report = Awaited<ReturnType<Catalog['importItems']>>
type Rejected = Parameters<NonNullable<Parameters<Catalog['importItems']>[1]['onRejected']>>[0]

type Doubted = Parameters<NonNullable<Parameters<Catalog['importItems']>[1]['onDoubted']>>[0]

/** With a larger share of rejected rows the command fails: the files are hardly what they should be. */
const MOST_REJECTED = 0.05
/** More rejected rows than these are counted and written to `--rejected`, but not shown. */
const SHOWN_REJECTED = 20

/** `import`: files of the public register into the catalogue. */
export function importCommand(stopping: AbortSignal): Command {
  const items = new Command('items')
    .description('Import downloaded files of the public register of health functional food')
    .argument('<file...>', 'JSON files of 식품안전나라 C003 or data.go.kr HtfsInfoService03')
    .addOption(
      new Option('--offer <kind>', 'demo: invented prices and stock for new items, outside production')
        .choices(['none', 'demo'])
        .default('none'),
    )
    .option('--rejected <file>', 'write rejected rows to this file, with their text, one JSON object a line')
    .option('--partial', 'the files are only some pages: fewer rows than the register announces are no error')
    .addHelpText(
      'after',
      [
        '',
        'New items are hidden until the merchant sets price and stock (GET /api/admin/items?status=hidden lists them).',
        'Repeating an import changes nothing. A damaged row costs that row only.',
        'Exit code 0: everything was read. 1: a file was refused, announced rows are missing, or more than 5 % of the',
        'rows were rejected; what was read is imported all the same. 130: stopped early.',
      ].join('\n'),
    )
    .action((files: string[], options: ImportOptions) => importItems(stopping, files, options))
  return new Command('import')
    .description('Bring data in from elsewhere')
    .addCommand(items)
    .addCommand(importRegisterCommand(stopping))
    .addCommand(importBooksCommand(stopping))
}

interface ImportOptions {
  offer: 'none' | 'demo'
  rejected?: string
  partial?: boolean
}

async function importItems(
  stopping: AbortSignal,
  files: string[],
  { offer, rejected: rejectedFile, partial = false }: ImportOptions,
): Promise<void> {
  const total = await totalBytes(files)
  const sink = rejectedFile === undefined ? undefined : await openSink(rejectedFile)
  const shown: Rejected[] = []
  const doubted: Doubted[] = []
  const report = await oneShot(['shop'], stopping, ({ config, service }) => {
    if (offer === 'demo' && config.nodeEnv === 'production') {
      throw new UserError('--offer demo invents prices; it is refused with NODE_ENV=production.')
    }
    return interruptible(stopping, async (signal) => {
      const progress = startProgress('Importing', total)
      try {
        return await service('shop').catalog.importItems(files, {
          offer,
          signal,
          onProgress: ({ read }, bytes) => progress.update(bytes, `${read} rows`),
          onRejected: (row) => {
            if (shown.length < SHOWN_REJECTED) shown.push(row)
            sink?.write(`${JSON.stringify(row)}\n`)
          },
          onDoubted: (row) => {
            if (doubted.length < SHOWN_REJECTED) doubted.push(row)
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
  for (const line of reportLines(report, { shown, doubted, rejectedFile, partial, offer })) console.log(line)
  if (report.stopped) process.exitCode = INTERRUPTED
  else if (isFailed(report, partial)) process.exitCode = 1
}

function isFailed({ refusedFiles, missing, rejected, read }: Report, partial: boolean): boolean {
  return refusedFiles.length > 0 || (missing.length > 0 && !partial) || rejected > read * MOST_REJECTED
}

interface Shown {
  shown: readonly Rejected[]
  doubted: readonly Doubted[]
  rejectedFile: string | undefined
  partial: boolean
  offer: 'none' | 'demo'
}

function reportLines(report: Report, { shown, doubted, rejectedFile, partial, offer }: Shown): string[] {
  const told = (what: string) => (row: Rejected | Doubted) => {
    const { file, line, row: number, statementNumber, message } = row
    const which = statementNumber === '' ? '' : ` (${statementNumber})`
    return `${what}  ${file}:${line} row ${number}${which}: ${message.en}`
  }
  const lines = [...shown.map(told('rejected')), ...doubted.map(told('doubted '))]
  const more = report.rejected - shown.length
  if (more > 0)
    lines.push(`rejected  … and ${more} more${rejectedFile === undefined ? ' (see --rejected)' : ''}`)
  const moreDoubted = report.doubted - doubted.length
  if (moreDoubted > 0) lines.push(`doubted   … and ${moreDoubted} more`)
  if (rejectedFile !== undefined && report.rejected > 0)
    lines.push(`All rejected rows are in ${rejectedFile}.`)
  for (const { file, line, message } of report.refusedFiles) {
    lines.push(`REFUSED   ${file}:${line}: ${message.en}`)
  }
  for (const { source, announced, read } of report.missing) {
    const way = partial ? '' : ' Download the missing pages, or say --partial.'
    lines.push(`MISSING   ${source}: the register announced ${announced} rows, ${read} were read.${way}`)
  }
  const { read, added, changed, unchanged, rejected } = report
  lines.push(
    `${read} rows read: ${added} added, ${changed} changed, ${unchanged} unchanged, ${rejected} rejected.`,
  )
  if (added > 0 && offer === 'none')
    lines.push(
      `The ${added} new items are hidden: set price and stock (PATCH /api/admin/items/{id}) to sell them.`,
    )
  if (report.stopped)
    lines.push('Stopped early. What was imported stays; running the same command again continues.')
  return lines
}
