import { createHmac } from 'node:crypto'
import { keyFor } from '../cipher.ts'

/** Makes a mark of a text: equal texts have equal marks, and without the key nobody can try which text it was. */
export type Marks = (text: string) => string | null

/**
 * Marks for texts that must not stand in the audit themselves (HMAC-SHA-256). There are few phone numbers: a plain hash
 * of one is found by trying them all.
 * @param keys as of `createCipher`, the first marks; undefined: every mark is null
 */
export function createMarks(keys: string | undefined): Marks {
  if (keys === undefined) return () => null
  const key = keyFor(keys, 'audit:marks')
  return (text) => createHmac('sha256', key).update(text).digest('hex')
}
