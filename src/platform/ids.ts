import { randomUUIDv7 } from 'node:crypto'

/** A new time-ordered identifier (UUID version 7): index-friendly, unguessable in its random part. */
export function newId(): string {
  return randomUUIDv7()
}
