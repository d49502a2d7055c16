import { type Ready, readyOf, tagOf } from '../../../platform/http/at-hand/ready.ts'

/** A finished answer: what is in it, and that as JSON. Nobody may change the value: it is shared. */
export interface Body<T = unknown> extends Ready {
  readonly kind: 'body'
  readonly value: T
}

/** Makes the answer of a value. */
export function bodyOf<T extends object>(value: T): Body<T> {
  return bodyOfJson(value, JSON.stringify(value))
}

/** The same when its JSON is there already. */
export function bodyOfJson<T extends object>(value: T, json: string): Body<T> {
  const type = 'application/json; charset=utf-8'
  return { kind: 'body', value, ...readyOf({ etag: tagOf(json), type, bytes: Buffer.from(json) }) }
}
