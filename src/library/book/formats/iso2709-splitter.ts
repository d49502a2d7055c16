import { END_OF_RECORD, MOST_RECORD_BYTES } from './iso2709.ts'

/** A stretch of a file that is or should be a record. */
export type FoundBytes =
  /** Up to and with its terminator; `offset`: bytes of the file before it. */
  | { readonly kind: 'record'; readonly bytes: Buffer; readonly offset: number }
  | { readonly kind: 'damaged'; readonly damage: 'truncated' | 'too_long'; readonly offset: number }

export interface RecordSplitter {
  /** Takes the next piece of the file and gives what is complete now. */
  push(piece: Uint8Array): FoundBytes[]
  /** Nothing more comes. */
  end(): FoundBytes[]
}

/** What editors and old systems leave between records: line ends, spaces, NUL, Ctrl-Z, a byte order mark. */
const BETWEEN: ReadonlySet<number> = new Set([0x00, 0x0a, 0x0d, 0x1a, 0x20, 0xef, 0xbb, 0xbf])

/**
 * Finds the records of a file by their terminators, which can stand nowhere else, whatever the lengths in the leaders
 * say: a damaged record costs itself. Never keeps more than the longest possible record and a piece.
 */
export function createRecordSplitter(): RecordSplitter {
  let kept: Buffer = Buffer.alloc(0)
  /** Bytes of the file before what is kept. */
  let offset = 0
  /** Inside a record that is too long: told already, read to its terminator. */
  let skipping = false

  const drop = (count: number) => {
    kept = kept.subarray(count)
    offset += count
  }
  const skipBetween = () => {
    const start = kept.findIndex((byte) => !BETWEEN.has(byte))
    drop(start === -1 ? kept.length : start)
  }

  return {
    push(piece) {
      kept = kept.length === 0 ? Buffer.from(piece) : Buffer.concat([kept, piece])
      const found: FoundBytes[] = []
      for (;;) {
        if (!skipping) skipBetween()
        const end = kept.indexOf(END_OF_RECORD)
        const length = end === -1 ? kept.length : end + 1
        if (!skipping && length > MOST_RECORD_BYTES) {
          found.push({ kind: 'damaged', damage: 'too_long', offset })
          skipping = true
        }
        if (end === -1) {
          if (skipping) drop(kept.length)
          return found
        }
        if (!skipping) found.push({ kind: 'record', bytes: kept.subarray(0, length), offset })
        skipping = false
        drop(length)
      }
    },
    end: () => (kept.length === 0 || skipping ? [] : [{ kind: 'damaged', damage: 'truncated', offset }]),
  }
}
