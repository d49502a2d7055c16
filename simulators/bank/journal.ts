import { createReadStream, mkdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type JournalRow, mustBeDurable, type RowDraft } from './rows.ts'

/** Every so many rows the byte offset is remembered, so that reading from a sequence need not start at 0. */
const STRIDE = 256
const NEWLINE = 10

/** The bank's memory: an append-only file of JSON lines. One process writes it. */
export interface Journal {
  /** Sequence number the next row will get; grows by one per row, also across restarts. */
  nextSeq(): number
  /** Gives rows their number and time; they must be appended in the same turn of the event loop. */
  number(drafts: readonly RowDraft[], now: number): JournalRow[]
  /** Puts numbered rows in line for writing. Does not wait. */
  append(rows: readonly JournalRow[]): void
  /** Resolves once every row appended so far is in the file (rows about money: on the disk). */
  settled(): Promise<void>
  /** Written lines from a sequence on, oldest first, as raw JSON without the line end. */
  lines(fromSeq: number): AsyncGenerator<Buffer>
  close(): Promise<void>
}

/** Lines of a byte range. Memory stays at one chunk plus the longest line. */
async function* linesOf(path: string, start: number, end: number): AsyncGenerator<Buffer> {
  if (end <= start) return
  let rest: Buffer = Buffer.alloc(0)
  const chunks: AsyncIterable<Buffer> = createReadStream(path, {
    start,
    end: end - 1,
    highWaterMark: 262_144,
  })
  for await (const chunk of chunks) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let to = bytes.indexOf(NEWLINE); to !== -1; to = bytes.indexOf(NEWLINE, from)) {
      yield bytes.subarray(from, to)
      from = to + 1
    }
    rest = bytes.subarray(from)
  }
  if (rest.length > 0) yield rest
}

function parseRow(line: Buffer): JournalRow | undefined {
  try {
    const row: unknown = JSON.parse(line.toString('utf8'))
    // Only this program writes the file, so a row with a number and a kind is taken at its word.
    return typeof row === 'object' && row !== null && 'seq' in row && 'kind' in row
      ? (row as JournalRow)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Opens (or starts) the journal in `folder` and hands every stored row to `replay`, oldest first.
 * A last line cut short by a killed process is dropped: its answer was never sent. Damage anywhere
 * else throws, because going on would forget charges.
 */
export async function openJournal(folder: string, replay: (row: JournalRow) => void): Promise<Journal> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'journal.ndjson')
  const file = await open(path, 'a+')
  try {
    return writer(file, path, await load(file, path, replay))
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Where a journal ends: byte offset of every STRIDEth row, size in bytes, next sequence number. */
interface Extent {
  offsets: number[]
  size: number
  seq: number
}

async function load(file: FileHandle, path: string, replay: (row: JournalRow) => void): Promise<Extent> {
  const extent: Extent = { offsets: [], size: 0, seq: 1 }
  const total = (await file.stat()).size
  for await (const line of linesOf(path, 0, total)) {
    const row = parseRow(line)
    const end = extent.size + line.length
    if (row?.seq !== extent.seq || end === total) {
      if (end + 1 < total)
        throw new Error(
          `The journal ${path} is damaged at byte ${extent.size}; restore it or start with an empty folder.`,
        )
      await file.truncate(extent.size)
      break
    }
    if (extent.seq % STRIDE === 1) extent.offsets.push(extent.size)
    extent.size = end + 1
    extent.seq += 1
    replay(row)
  }
  return extent
}

function writer(file: FileHandle, path: string, extent: Extent): Journal {
  const { offsets } = extent
  let { size, seq } = extent
  let waiting: string[] = []
  let waitingIsDurable = false
  let batch: Promise<void> | undefined
  let current: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    // One turn of the event loop gathers the rows of all requests that arrived together.
    await new Promise((resolve) => setImmediate(resolve))
    const text = waiting.join('')
    const durable = waitingIsDurable
    waiting = []
    waitingIsDurable = false
    batch = undefined
    await file.appendFile(text)
    if (durable) await file.datasync()
  }

  /** Rows that arrive while a batch is on its way to the disk form the next batch. */
  const flush = (): Promise<void> => {
    if (batch === undefined) {
      batch = current.then(write)
      current = batch
      // Whoever awaits settled() sees the failure; this only keeps it from being "unhandled" as well.
      current.catch(() => undefined)
    }
    return batch
  }

  return {
    nextSeq: () => seq,
    number: (drafts, now) => {
      const at = new Date(now).toISOString()
      return drafts.map((draft): JournalRow => ({ seq: seq++, at, ...draft }))
    },
    append: (rows) => {
      for (const row of rows) {
        const line = `${JSON.stringify(row)}\n`
        if (row.seq % STRIDE === 1) offsets.push(size)
        size += Buffer.byteLength(line)
        waiting.push(line)
        waitingIsDurable ||= mustBeDurable(row)
      }
      if (rows.length > 0) void flush()
    },
    settled: () => current,
    lines: async function* (fromSeq) {
      const end = size
      await current
      const wanted = Math.max(1, fromSeq)
      const start = offsets[Math.floor((wanted - 1) / STRIDE)] ?? end
      let number = Math.floor((wanted - 1) / STRIDE) * STRIDE + 1
      for await (const line of linesOf(path, start, end)) {
        if (number >= wanted) yield line
        number += 1
      }
    },
    close: async () => {
      await current
      await file.close()
    },
  }
}
