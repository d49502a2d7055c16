/** A line as it came: what it says, and the number by which its answer is known. */
export type Opened =
  | {
      readonly kind: 'whole'
      readonly body: Buffer
      readonly sequence: string | undefined
      readonly checked: boolean
    }
  | { readonly kind: 'damaged' }

/** The end of a line with error detection, `AY1AZF3F7`; some machines end it with `|`. */
const WITH_SEQUENCE = /AY([0-9])\|?AZ([0-9A-F]{4})\|?$/i
const WITHOUT_SEQUENCE = /AZ([0-9A-F]{4})\|?$/i
/** Longer than any such end. */
const MOST_OF_END = 12

/**
 * The sum of all bytes up to and with `AZ`, negated in 16 bits, as four hexadecimal digits: added to the sum it gives
 * nought (SIP2, “Checksum”).
 */
export function checksumOf(bytes: Uint8Array): string {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) & 0xffff
  return (-sum & 0xffff).toString(16).toUpperCase().padStart(4, '0')
}

/** Takes number and checksum off a line and compares. A line without them is whole: error detection is optional. */
export function openLine(line: Buffer): Opened {
  const end = line.subarray(-MOST_OF_END).toString('latin1')
  const numbered = WITH_SEQUENCE.exec(end)
  const found = numbered ?? WITHOUT_SEQUENCE.exec(end)
  if (!found) return { kind: 'whole', body: line, sequence: undefined, checked: false }
  const sum = found.at(-1) ?? ''
  const from = line.length - (end.length - found.index)
  const summed = line.subarray(
    0,
    line.length - found[0].length + found[0].toUpperCase().lastIndexOf('AZ') + 2,
  )
  if (checksumOf(summed) !== sum.toUpperCase()) return { kind: 'damaged' }
  const sequence = numbered ? numbered[1] : undefined
  return { kind: 'whole', body: line.subarray(0, from), sequence, checked: true }
}

const CR = Buffer.from('\r')

/**
 * Makes a line of what a message says: with the number of what it answers and a checksum, where that came with them.
 * @param sequence undefined: a checksum without a number
 */
export function sealLine(body: Buffer, detection: { sequence: string | undefined } | undefined): Buffer {
  if (!detection) return Buffer.concat([body, CR])
  const { sequence } = detection
  const summed = Buffer.concat([body, Buffer.from(sequence === undefined ? 'AZ' : `AY${sequence}AZ`)])
  return Buffer.concat([summed, Buffer.from(checksumOf(summed)), CR])
}
