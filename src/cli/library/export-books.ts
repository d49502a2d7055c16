import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import type { FileFormat } from '../../library/book/index.ts'
import { UserError } from '../../platform/user-error.ts'
import { oneShot } from '../one-shot.ts'

/** `export`: data out of the house, for other systems. */
export function exportCommand(stopping: AbortSignal): Command {
  return new Command('export').description('Give data to other systems').addCommand(
    new Command('books')
      .description('Write all titles that are lent, with the barcodes of their copies, to a file')
      .argument('<file>', 'where to; - is the standard output')
      .addOption(
        new Option('--format <name>', 'csv, marc (KORMARC in ISO 2709) or marcxml, in UTF-8')
          .choices(['csv', 'marc', 'marcxml'])
          .default('csv'),
      )
      .addHelpText('after', '\nWhat is written is read by `import books` as the same titles and copies.')
      .action((file: string, { format }: { format: FileFormat }) => exportBooks(stopping, file, format)),
  )
}

async function exportBooks(stopping: AbortSignal, file: string, format: FileFormat): Promise<void> {
  const bytes = await oneShot(['book'], stopping, async ({ service }) => {
    let written = 0
    async function* counted() {
      for await (const piece of service('book').exportTitles(format)) {
        written += piece.byteLength
        yield piece
      }
    }
    const target = file === '-' ? process.stdout : createWriteStream(file)
    await pipeline(Readable.from(counted()), target, { signal: stopping, end: file !== '-' }).catch(
      (error: unknown) => {
        if (stopping.aborted || !(error instanceof Error && 'path' in error)) throw error
        throw new UserError(`${file} cannot be written: ${error.message}`)
      },
    )
    return written
  })
  // The standard output may be the file itself.
  console.error(`${bytes} bytes written.`)
}
