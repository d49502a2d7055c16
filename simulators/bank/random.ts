/** A stream of numbers in [0, 1). The same seed gives the same stream (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** FNV-1a over the characters of a text, as an unsigned 32-bit number. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** A standard normal draw (Box-Muller) out of two uniform ones. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

const ID_SPACE = 10n ** 18n
/** Shares no factor with 10^18, so multiplying by it is a bijection: two serials never give one id. */
const ID_STEP = 618033988749894847n

/**
 * Ids of 20 characters: a letter, a `1` and 18 digits that look random. They are a function of the seed and
 * of a serial number that only grows (the journal's), so they repeat neither in one life nor after a restart.
 */
export function createIds(seed: number): (letter: string, serial: number) => string {
  const shift = BigInt(hashText(`ids:${seed}`)) * 2654435761n
  return (letter, serial) =>
    `${letter}1${((BigInt(serial) * ID_STEP + shift) % ID_SPACE).toString().padStart(18, '0')}`
}
