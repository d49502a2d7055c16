import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type Verdict, type WireResult, wireVerdict } from '../../../../platform/resilience/wire.ts'
import type { Ok } from '../../provider.ts'
import {
  type ErrorAnswer,
  invalid,
  jsonObject,
  outcomeOf,
  readAnswer,
  said,
  type Trouble,
  unknown,
} from '../answers.ts'
import type { Reply } from '../provider-line.ts'
import { tossMeaningOf } from './codes.ts'
import { TossErrorBody } from './schemas.ts'

/**
 * Reads an answer of Toss Payments: the body when it is a 200 that fits the schema, otherwise what is known of the
 * call. Unlike KakaoPay a 500 proves nothing whatever its code, and 403 and 404 without a listed code prove nothing
 * either, because card refusals come with them too.
 */
export function readToss<S extends TSchema>(
  schema: S,
  reply: Reply,
  secrets: readonly string[],
): Ok<Static<S>> | Trouble {
  return readAnswer(schema, reply, secrets, (answer) => errorAnswer(answer, secrets))
}

function errorAnswer({ status, body, wire }: ErrorAnswer, secrets: readonly string[]): Trouble {
  if (status >= 500) return unknown('http_5xx', wire)
  const error = Value.Check(TossErrorBody, body) ? body : undefined
  const meaning = error && tossMeaningOf(error.code)
  const message = said(error?.message ?? '', secrets)
  if (error !== undefined && meaning !== undefined) return outcomeOf(meaning, error.code, message, wire)
  if (status === 401) return invalid(said(error?.code ?? 'http_401', secrets), message, wire)
  return unknown(error === undefined ? 'bad_body' : 'unlisted_code', wire)
}

/** Whether an answer carries this error code; other statuses than 4xx carry none that could be believed. */
export function hasCode(result: WireResult, code: string): boolean {
  if (result.kind !== 'answered' || result.status < 400 || result.status >= 500) return false
  const body = jsonObject(result.bodyText)
  return Value.Check(TossErrorBody, body) && body.code === code
}

/** The health of Toss Payments by one result: a 200 that is no JSON object (a maintenance page) is a failure too. */
export function tossVerdict(result: WireResult): Verdict {
  if (result.kind !== 'answered' || result.status !== 200) return wireVerdict(result)
  return jsonObject(result.bodyText) === undefined ? 'failure' : 'success'
}
