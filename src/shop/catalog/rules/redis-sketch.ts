import { emptyRegisters, type Registers, SKETCH_BYTES, unpackSketch } from './hyperloglog.ts'

const MAGIC = [...'HYLL'].map((letter) => letter.charCodeAt(0))
/** The magic word, the encoding, and a count Redis keeps for itself. */
const HEAD_BYTES = 16
const ENCODING_AT = 4
const DENSE = 0

/**
 * The registers in a HyperLogLog as Redis keeps it (`hyperloglog.c`): all, as in our own, or runs of equal ones.
 * @returns undefined for anything else
 */
export function registersInRedis(bytes: Uint8Array): Registers | undefined {
  if (MAGIC.some((letter, at) => bytes[at] !== letter)) return undefined
  const body = bytes.subarray(HEAD_BYTES)
  if (bytes[ENCODING_AT] !== DENSE) return registersInRuns(body)
  return body.length === SKETCH_BYTES ? unpackSketch(body) : undefined
}

/** `00nnnnnn` and `01nnnnnn nnnnnnnn`: so many empty ones and one more; `1vvvvvnn`: so many with the value, both less one. */
function registersInRuns(body: Uint8Array): Registers {
  const registers = emptyRegisters()
  let index = 0
  for (let at = 0; at < body.length; at += 1) {
    const code = body[at] ?? 0
    if (code >= 0x80) {
      const end = index + (code & 0x03) + 1
      registers.fill(((code >> 2) & 0x1f) + 1, index, end)
      index = end
    } else if (code >= 0x40) {
      at += 1
      index += (((code & 0x3f) << 8) | (body[at] ?? 0)) + 1
    } else index += code + 1
  }
  return registers
}
