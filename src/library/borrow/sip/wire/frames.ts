/** What has come of a line so far. `skipping`: it was too long, and the rest of it is passed by. */
export interface Rest {
  readonly bytes: Buffer
  readonly skipping: boolean
}

export const NOTHING: Rest = { bytes: Buffer.alloc(0), skipping: false }

/** Twice the longest message of the protocol with Korean in it; a machine that sends more is out of order. */
export const LONGEST_LINE = 4_096

export type Line = { readonly kind: 'line'; readonly bytes: Buffer } | { readonly kind: 'too_long' }

const CR = 0x0d
const LF = 0x0a

/**
 * Cuts what came over the wire into lines, wherever packets begin and end. CR, LF and both end a line; empty lines and
 * zero bytes in front of one are nothing. Never keeps more than {@link LONGEST_LINE} bytes.
 * @returns the lines that are complete, and what is left for the next call
 */
export function takeLines(rest: Rest, chunk: Buffer): { lines: Line[]; rest: Rest } {
  const lines: Line[] = []
  let { bytes: kept, skipping } = rest
  let from = 0
  for (let at = 0; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte !== CR && byte !== LF) continue
    const whole = withoutZeros(joined(kept, chunk.subarray(from, at)))
    if (skipping || whole.length > LONGEST_LINE) lines.push({ kind: 'too_long' })
    else if (whole.length > 0) lines.push({ kind: 'line', bytes: whole })
    kept = NOTHING.bytes
    skipping = false
    from = at + 1
  }
  const left = skipping ? NOTHING.bytes : joined(kept, chunk.subarray(from))
  return left.length > LONGEST_LINE
    ? { lines, rest: { bytes: NOTHING.bytes, skipping: true } }
    : { lines, rest: { bytes: Buffer.from(left), skipping } }
}

const joined = (kept: Buffer, more: Buffer) => (kept.length === 0 ? more : Buffer.concat([kept, more]))

function withoutZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? NOTHING.bytes : bytes.subarray(first)
}
