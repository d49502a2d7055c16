import { createWriteStream, type WriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { UserError } from '../platform/user-error.ts'
import type { Catalog } from '../shop/catalog/index.ts'
import { INTERRUPTED, interruptible } from './interruptible.ts'
import { oneShot } from './one-shot.ts'
import { startProgress } from './progress.ts'

type Report = Awaited<ReturnType<Catalog['importItems']>>
type Rejected = Parameters<NonNullable<Parameters<Catalog['importItems']>[1]['onRejected']>>[0]

/** More rejected rows than these are counted and written to `--rejected`, but not shown. */
const SHOWN_REJECTED = 20

export function importCommand(stopping: AbortSignal): Command {
  const items = new Command('items')
    .description('Import downloaded files of the public register of health functional food')
    .argument('<file...>', 'JSON files of 식품안전나라 C003 or data.go.kr HtfsInfoService03')
    .addOption(
      new Option('--offer <kind>', 'demo: invented prices and stock for new items, outside production')
        .choices(['none', 'demo'])
        .default('none'),
    )
    .option('--rejected <file>', 'write rejected rows to this file, one JSON object a line')
    .addHelpText(
      'after',
      '\nNew items are hidden until the merchant sets price and stock. Repeating an import changes nothing.',
    )
    .action((files: string[], options: ImportOptions) => importItems(stopping, files, options))
  return new Command('import').description('Bring data in from elsewhere').addCommand(items)
}

interface ImportOptions {
  offer: 'none' | 'demo'
  rejected?: string
}

async function importItems(
  stopping: AbortSignal,
  files: string[],
  { offer, rejected: rejectedFile }: ImportOptions,
): Promise<void> {
  const total = await totalBytes(files)
  const sink = rejectedFile === undefined ? undefined : await openSink(rejectedFile)
  const shown: Rejected[] = []
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
  for (const line of reportLines(report, shown, rejectedFile)) console.log(line)
  if (report.stopped) process.exitCode = INTERRUPTED
  else if (report.refusedFiles.length > 0) process.exitCode = 1
}

/** Files that cannot be opened are refused later, by name, after the good ones were imported. */
async function totalBytes(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function openSink(file: string): Promise<WriteStream> {
  const sink = createWriteStream(file)
  await new Promise<void>((opened, failed) => {
    sink.once('open', () => opened())
    sink.once('error', (error) =>
      failed(new UserError(`--rejected ${file} cannot be written: ${error.message}`)),
    )
  })
  return sink
}

function reportLines(report: Report, shown: readonly Rejected[], rejectedFile: string | undefined): string[] {
  const lines = shown.map(
    ({ file, line, statementNumber, message }) =>
      `rejected  ${file}:${line}${statementNumber === '' ? '' : ` (${statementNumber})`}: ${message.en}`,
  )
  const more = report.rejected - shown.length
  if (more > 0)
    lines.push(`rejected  … and ${more} more${rejectedFile === undefined ? ' (see --rejected)' : ''}`)
  if (rejectedFile !== undefined && report.rejected > 0)
    lines.push(`All rejected rows are in ${rejectedFile}.`)
  for (const { file, line, message } of report.refusedFiles) {
    lines.push(`REFUSED   ${file}:${line}: ${message.en}`)
  }
  const { read, added, changed, unchanged, rejected } = report
  lines.push(
    `${read} rows read: ${added} added, ${changed} changed, ${unchanged} unchanged, ${rejected} rejected.`,
  )
  if (report.stopped)
    lines.push('Stopped early. What was imported stays; running the same command again continues.')
  return lines
}
