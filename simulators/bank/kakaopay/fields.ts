import type { Decision } from '../decision.ts'
import { oneOf, optional, type Read, readAll, text, type Values } from '../fields.ts'
import { refuse } from './errors.ts'

/** An http(s) address of at most 255 characters. Any other domain counts as "not registered" (-799). */
export const pageUrl: Read<string> = (raw) => {
  const value = text(255)(raw)
  if ('code' in value) return value
  const url = URL.parse(value.value)
  return url !== null && /^https?:$/.test(url.protocol)
    ? value
    : { code: -799, why: 'must be an http(s) address' }
}

export const TEST_CIDS = { oneTime: 'TC0ONETIME', recurring: 'TCSUBSCRIP' } as const

/** One of the test merchant codes; anything else is -731. */
export const cid = oneOf([TEST_CIDS.oneTime, TEST_CIDS.recurring], -731)
export const cidSecret = optional(text(24, -733))

/** Reads all fields; the first wrong one decides the refusal. */
export function readFields<S extends Record<string, Read<unknown>>>(
  schema: S,
  body: Readonly<Record<string, unknown>>,
): { kind: 'ok'; value: Values<S> } | { kind: 'refused'; decision: Decision } {
  const read = readAll(schema, body)
  return read.kind === 'ok'
    ? read
    : { kind: 'refused', decision: refuse(read.code, `${read.name} ${read.why}`) }
}
