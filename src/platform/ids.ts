import { randomUUIDv7 } from 'node:crypto'

const MOST_PER_MILLISECOND = 0xfff

let lastMs = 0
let counter = 0

/**
 * A new time-ordered identifier (UUID version 7): index-friendly, unguessable in its 62 random bits. Of two made in one
 * process the later one is always the greater, also within a millisecond and when the clock is set back: the 12 bits
 * after the time count (RFC 9562, section 6.2, method 1).
 */
export function newId(): string {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    counter = 0
  } else if (++counter > MOST_PER_MILLISECOND) {
    lastMs += 1
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const count = counter.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}${randomUUIDv7().slice(18)}`
}

/** Whether a text is an identifier as ours are written. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
