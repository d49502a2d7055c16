import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Books, RowNote } from '../../library/book/index.ts'
import { UserError } from '../../platform/user-error.ts'
import { INTERRUPTED, interruptible } from '../interruptible.ts'
import { oneShot } from '../one-shot.ts'
import { startProgress } from '../progress.ts'
import { openSink, totalBytes } from './read-files.ts'

type Report = Awaited<ReturnType<Books['importTitles']>>

/** With a larger share of rejected records the command fails: the files are hardly what they should be. */
const MOST_REJECTED = 0.05
/** More notes than these are counted and written to `--rejected`, but not shown. */
const SHOWN = 20
const MOST_COPIES = 10

interface Wish {
  update?: boolean
  copies: number
  encoding: 'auto' | 'utf-8' | 'cp949'
  unclassed?: string
  rejected?: string
  expect?: number
}

/** `import books`: titles of files into the library's catalogue. */
export function importBooksCommand(stopping: AbortSignal): Command {
  return new Command('books')
    .description('Import titles and copies into the library: CSV, MARC 21 and KORMARC (ISO 2709, MARCXML)')
    .argument('<file...>', 'what they are is seen from how they begin')
    .option('--update', 'also describe known titles anew; without it they only get the copies they lack')
    .option('--copies <count>', 'copies of new titles of which the file says nothing', copies, 1)
    .addOption(
      new Option('--encoding <name>', 'auto: what the bytes are, record by record')
        .choices(['auto', 'utf-8', 'cp949'])
        .default('auto'),
    )
    .option('--unclassed <class>', 'class (KDC) of records without one, as 000; else these are rejected', kdc)
    .option('--rejected <file>', 'write rejected and doubtful records to this file, one JSON object a line')
    .option('--expect <count>', 'records the files should have; fewer are an error', whole)
    .addHelpText(
      'after',
      [
        '',
        'A title is known by its ISBN, else by the barcodes of its copies (049 $l, 852 $p), else by its description:',
        'repeating an import changes nothing. Copies are never taken away. A damaged record costs that record only.',
        'KORMARC in EUC-KR or CP949 is understood; MARC-8 is refused by name: export it as UTF-8.',
        'Exit code 0: everything was read. 1: a file was refused or cut, announced records are missing, or more than',
        '5 % were rejected; what was read is imported all the same. 130: stopped early.',
      ].join('\n'),
    )
    .action((files: string[], wish: Wish) => importBooks(stopping, files, wish))
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function copies(text: string): number {
  const count = whole(text)
  if (count > MOST_COPIES) throw new InvalidArgumentError(`At most ${MOST_COPIES}.`)
  return count
}

function kdc(text: string): string {
  if (!/^[0-9]{3}$/.test(text)) throw new InvalidArgumentError('It must be three digits, as 000.')
  return text
}

async function importBooks(stopping: AbortSignal, files: string[], wish: Wish): Promise<void> {
  for (const file of files) {
    await access(file).catch(() => {
      throw new UserError(`${file} cannot be opened; nothing was imported.`)
    })
  }
  const { update = false, unclassed, rejected } = wish
  const total = await totalBytes(files)
  const sink = rejected === undefined ? undefined : await openSink(rejected)
  const shown: string[] = []
  const note = (kind: string) => (row: RowNote) => {
    if (shown.length < SHOWN) shown.push(`${kind} ${placeOf(row)}: ${row.message.en}`)
    sink?.write(`${JSON.stringify({ kind: kind.trim(), ...row })}\n`)
  }
  const report = await oneShot(['book'], stopping, ({ service }) =>
    interruptible(stopping, async (signal) => {
      const progress = startProgress('Importing', total)
      const named = files.map((name) => ({ name, pieces: createReadStream(name) }))
      try {
        return await service('book').importTitles(named, {
          update,
          copies: wish.copies,
          encoding: wish.encoding,
          unclassed,
          signal,
          onProgress: ({ read }, bytes) => progress.update(bytes, `${read} records`),
          onRejected: note('rejected'),
          onDoubt: note('doubtful'),
        })
      } finally {
        progress.stop()
        for (const { pieces } of named) pieces.destroy()
      }
    }),
  )
  if (sink) {
    sink.end()
    await finished(sink)
  }
  for (const line of linesOf(report, shown, wish)) console.log(line)
  if (report.stopped) process.exitCode = INTERRUPTED
  else if (isFailed(report, wish)) process.exitCode = 1
}

const placeOf = ({ file, number, place, title }: RowNote) =>
  `${file} record ${number} at ${place}${title === '' ? '' : ` (${title})`}`

function isFailed({ refusedFiles, missing, rejected, read }: Report, { expect = 0 }: Wish): boolean {
  return refusedFiles.length + missing.length > 0 || read < expect || rejected > read * MOST_REJECTED
}

function linesOf(report: Report, shown: readonly string[], { rejected: file, expect = 0 }: Wish): string[] {
  const { read, added, changed, unchanged, rejected, copies: fresh, doubts } = report
  const more = rejected + doubts - shown.length
  return [
    ...shown,
    ...(more > 0 ? [`… and ${more} more${file === undefined ? ' (see --rejected)' : ''}`] : []),
    ...(file !== undefined && rejected + doubts > 0 ? [`All of them are in ${file}.`] : []),
    ...report.refusedFiles.map(
      ({ file: name, place, message }) => `REFUSED  ${name} at ${place}: ${message.en}`,
    ),
    ...report.missing.map(
      ({ file: name, announced, read: found }) =>
        `MISSING  ${name}: it announced ${announced} records, ${found} were read.`,
    ),
    ...(read < expect ? [`MISSING  ${expect} records were expected, ${read} were read.`] : []),
    `${read} records read: ${added} titles added, ${changed} changed, ${unchanged} unchanged, ${rejected} rejected; ${fresh} new copies.`,
    ...(report.stopped
      ? ['Stopped early. What was imported stays; running the same command again continues.']
      : []),
  ]
}
