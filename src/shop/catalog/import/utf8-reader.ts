import { isUtf8 } from 'node:buffer'

/** Stands in place of bytes that are no UTF-8; a noncharacter that no proper text has. */
export const DAMAGED_LETTER = '\ufdd1'

/** Keeps the bytes of a U+FFFD that the file really holds apart from those that decoding puts in. Same length. */
const OWN_MARK = '\ufdd0'
const REPLACEMENT = Buffer.from('\ufffd')

export interface Utf8Reader {
  /** @returns the text of the complete letters so far, or undefined when the file plainly is not UTF-8 */
  read(piece: Uint8Array): string | undefined
  /** @returns the text of the rest */
  end(): string | undefined
}

/** More bytes than any row has without a single ASCII character are no text of ours. */
const MOST_KEPT = 4_000_000

/**
 * Decodes UTF-8 piece by piece. A letter that is cut or damaged becomes {@link DAMAGED_LETTER}, so that it costs its row
 * and not the file; a file in another encoding, with more damaged letters than sound ones, is refused.
 */
export function createUtf8Reader(): Utf8Reader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let kept = Buffer.alloc(0)
  let damaged = 0
  let sound = 0

  const text = (bytes: Buffer): string | undefined => {
    if (isUtf8(bytes)) {
      const decoded = decoder.decode(bytes)
      sound += lettersBeyondAscii(bytes, decoded)
      return decoded
    }
    const decoded = decoder
      .decode(withOwnMarks(bytes))
      .replaceAll('\ufffd', DAMAGED_LETTER)
      .replaceAll(OWN_MARK, '\ufffd')
    const broken = decoded.split(DAMAGED_LETTER).length - 1
    damaged += broken
    sound += Math.max(0, lettersBeyondAscii(bytes, decoded) - broken)
    return damaged > sound ? undefined : decoded
  }

  return {
    read: (piece) => {
      const bytes = kept.length === 0 ? Buffer.from(piece) : Buffer.concat([kept, piece])
      // Up to the last ASCII character no letter is cut by the end of the piece.
      const end = bytes.findLastIndex((byte) => byte < 0x80) + 1
      kept = bytes.subarray(end)
      if (kept.length > MOST_KEPT) return undefined
      return text(bytes.subarray(0, end))
    },
    // Up to three bytes are a letter that the end of the file cut; that it was cut is seen by what reads the text.
    end: () => (kept.length > 3 ? text(kept) : decoder.decode(kept).replaceAll('\ufffd', DAMAGED_LETTER)),
  }
}

/** Roughly, at no cost: a Hangul syllable is three bytes and one unit of a string. */
function lettersBeyondAscii(bytes: Buffer, decoded: string): number {
  return (bytes.length - decoded.length) / 2
}

function withOwnMarks(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let at = copy.indexOf(REPLACEMENT); at !== -1; at = copy.indexOf(REPLACEMENT, at + 3)) {
    copy.write(OWN_MARK, at)
  }
  return copy
}
