import { fromBufferPromise, type ZipFile } from 'yauzl'

/** What a workbook may unpack to. A table of a thousand rows has half a megabyte. */
const MOST_UNPACKED = 32 * 1024 * 1024
const MOST_FILES = 200

/** The files of a workbook, by their names. */
export interface Parts {
  has(name: string): boolean
  /** The text of a file, piece by piece; whoever has enough breaks off, and the rest is not unpacked. Nothing without it. */
  pieces(name: string): AsyncGenerator<string, void, undefined>
  close(): void
}

export type Opened = { kind: 'opened'; parts: Parts } | { kind: 'unreadable' } | { kind: 'too_large' }

/**
 * Opens the archive that a workbook is. What its list of files says they unpack to is bounded before any is read, and
 * while one is read nothing beyond what was said is taken.
 */
export async function openParts(bytes: Buffer): Promise<Opened> {
  const archive = await fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true }).catch(
    () => undefined,
  )
  if (!archive) return { kind: 'unreadable' }
  const files = await filesOf(archive).catch(() => undefined)
  if (files === undefined || files === 'too_large') {
    archive.close()
    return { kind: files ?? 'unreadable' }
  }
  return {
    kind: 'opened',
    parts: {
      has: (name) => files.has(name),
      close: () => archive.close(),
      pieces: async function* (name) {
        const file = files.get(name)
        if (!file) return
        const decoder = new TextDecoder('utf-8', { fatal: true })
        for await (const chunk of await archive.openReadStreamPromise(file))
          if (Buffer.isBuffer(chunk)) yield decoder.decode(chunk, { stream: true })
        yield decoder.decode()
      },
    },
  }
}

type File = Parameters<ZipFile['openReadStreamPromise']>[0]

async function filesOf(archive: ZipFile): Promise<Map<string, File> | 'too_large'> {
  const files = new Map<string, File>()
  let unpacked = 0
  for await (const file of archive.eachEntry()) {
    unpacked += file.uncompressedSize
    if (unpacked > MOST_UNPACKED || files.size === MOST_FILES) return 'too_large'
    files.set(file.fileName, file)
  }
  return files
}
