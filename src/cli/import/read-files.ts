import { createWriteStream, type WriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { UserError } from '../../platform/user-error.ts'

/** Files that cannot be opened are refused later, by name, after the good ones were imported. */
export async function totalBytes(files: readonly string[]): Promise<number> {
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

/** A file for rejected rows. @throws UserError when it cannot be written */
export async function openSink(file: string): Promise<WriteStream> {
  const sink = createWriteStream(file)
  await new Promise<void>((opened, failed) => {
    sink.once('open', () => opened())
    sink.once('error', (error) =>
      failed(new UserError(`--rejected ${file} cannot be written: ${error.message}`)),
    )
  })
  return sink
}
