import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { NoAnswer, NotSent } from '../../../platform/resilience/wire.ts'
import type {
  Declined,
  Invalid,
  LookupResult,
  NotAccepted,
  NotListed,
  Ok,
  Unavailable,
  Unknown,
  UnknownReason,
  WireNote,
} from '../provider.ts'
import type { Reply } from './provider-line.ts'
import { storable } from './provider-values.ts'

/** What an error code of a provider proves. Codes that no table lists prove nothing. */
export type Meaning =
  | Readonly<{ kind: 'declined'; retry: 'retryable' | 'final'; scope: 'attempt' | 'token' }>
  | Readonly<{ kind: 'unknown'; reason: UnknownReason }>
  | Readonly<{ kind: 'invalid' }>

/** Every way a call can end other than well. */
export type Trouble = Declined | Unknown | Invalid | Unavailable

/** A note about a call that was decided here, without asking the provider. */
export const NO_WIRE: WireNote = { body: '', durationMs: 0 }

/** What an answer is that is no list of settled payments: only its status tells whether our key, or the provider, is why. */
export function notListed(status: number): { kind: 'not_listed'; why: NotListed; reason: string } {
  const reason = `an answer ${status} that is no list`
  if (status === 401 || status === 403) return { kind: 'not_listed', why: 'not_allowed', reason }
  const isAway = status === 429 || status >= 500
  return { kind: 'not_listed', why: isAway ? 'no_answer' : 'unreadable', reason }
}

const MAX_NOTE = 2_000
const MAX_SAID = 300

/** Members whose values are never written down, in answers of any provider; also in truncated JSON. */
const SECRET_MEMBERS =
  /("(?:sid|pg_token|cid_secret|billingKey|billing_key|authKey|secret|secretKey|token)"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s,}\]]+)/gi

/** Text without secrets: known values (as they are and as URLs carry them) and known members; at most 2,000 characters. */
export function redacted(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    if (secret === '') continue
    clean = clean.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***')
  }
  return storable(clean.replace(SECRET_MEMBERS, '$1"***"'), MAX_NOTE)
}

/** A provider's code or message, fit to be stored and shown: without secrets, at most 300 characters. */
export function said(text: string, secrets: readonly string[]): string {
  return storable(redacted(text, secrets), MAX_SAID)
}

/** What is kept of a call: status and answer, without secrets. */
export function noteOf({ result, durationMs }: Reply, secrets: readonly string[]): WireNote {
  if (result.kind === 'answered')
    return { httpStatus: result.status, body: redacted(result.bodyText, secrets), durationMs }
  if (result.kind === 'no_answer' && result.status !== undefined)
    return { httpStatus: result.status, body: '', durationMs }
  return { body: '', durationMs }
}

/** A complete answer other than 200 and 429, whose meaning is the provider's own. */
export interface ErrorAnswer {
  status: number
  /** Undefined when it is no JSON object. */
  body: Readonly<Record<string, unknown>> | undefined
  wire: WireNote
}

/**
 * Reads an answer as all providers give it: the body when it is a 200 that fits the schema, nothing known after 200
 * with another body and after 429.
 * @param readError what an error answer of this provider proves
 */
export function readAnswer<S extends TSchema>(
  schema: S,
  reply: Reply,
  secrets: readonly string[],
  readError: (answer: ErrorAnswer) => Trouble,
): Ok<Static<S>> | Trouble {
  const wire = noteOf(reply, secrets)
  const { result } = reply
  if (result.kind !== 'answered') return withoutAnswer(result, wire)
  const { status, bodyText } = result
  const body = jsonObject(bodyText)
  if (status === 200) return Value.Check(schema, body) ? ok(body, wire) : unknown('bad_body', wire)
  return status === 429 ? unknown('rate_limited', wire) : readError({ status, body, wire })
}

/** How soon to come back when the provider could not be reached and nothing tells better. */
const RETRY_AFTER_MS = 5_000
const RETRY_AFTER_OWN_LIMIT_MS = 1_000

/** A call without a complete answer: surely not sent is `unavailable`, everything after sending is `unknown`. */
export function withoutAnswer(result: NotSent | NoAnswer, wire: WireNote): Unavailable | Unknown {
  if (result.kind === 'no_answer') {
    const { reason } = result
    return unknown(reason === 'truncated' || reason === 'too_large' ? 'bad_body' : reason, wire)
  }
  const ownLimit = result.reason === 'bulkhead_full' || result.reason === 'aborted_before_send'
  const retryAfterMs = result.retryAfterMs ?? (ownLimit ? RETRY_AFTER_OWN_LIMIT_MS : RETRY_AFTER_MS)
  return { kind: 'unavailable', reason: result.reason, retryAfterMs }
}

/** The provider answered, and not in a way we accept. */
export function notAccepted(code: string, message: string, wire: WireNote = NO_WIRE): NotAccepted {
  return { kind: 'not_accepted', code, message, wire }
}

/** The provider did what was asked. */
export function ok<T>(value: T, wire: WireNote): Ok<T> {
  return { kind: 'ok', value, wire }
}

/** Nobody knows whether the provider did what was asked. */
export function unknown(reason: UnknownReason, wire: WireNote): Unknown {
  return { kind: 'unknown', reason, wire }
}

/** The provider says that what was asked makes no sense. */
export function invalid(code: string, message: string, wire: WireNote = NO_WIRE): Invalid {
  return { kind: 'invalid', code, message, wire }
}

/** The outcome of an error answer whose code has a meaning. */
export function outcomeOf(meaning: Meaning, code: string, message: string, wire: WireNote): Trouble {
  switch (meaning.kind) {
    case 'declined':
      return { ...meaning, code, message, wire }
    case 'invalid':
      return invalid(code, message, wire)
    case 'unknown':
      return unknown(meaning.reason, wire)
  }
}

/** What passes by itself when the provider is well again. */
const PASSING: ReadonlySet<UnknownReason> = new Set([
  'timeout',
  'reset',
  'http_5xx',
  'bad_body',
  'rate_limited',
])

/** A look-up that did not find out anything. Never means "not charged". */
export function lookupError(
  trouble: Trouble,
): Extract<LookupResult, { kind: 'not_asked' | 'no_answer' | 'error' }> {
  if (trouble.kind === 'unavailable') return { kind: 'not_asked', reason: trouble.reason }
  if (trouble.kind !== 'unknown') return { kind: 'error', reason: `${trouble.kind} ${trouble.code}` }
  const { reason } = trouble
  return { kind: PASSING.has(reason) ? 'no_answer' : 'error', reason }
}

/** No text that we read of a provider is longer; ids that are, are no ids. */
const LONGEST_TEXT = 1_000

/**
 * The members of a JSON object, or undefined when the text is anything else. Each text in it can be stored: money that
 * was taken must be settled whatever words came with it.
 */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text, (_name, member: unknown) =>
      typeof member === 'string' ? storable(member, LONGEST_TEXT) : member,
    )
  } catch {
    return undefined
  }
  return isObject(value) ? value : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
