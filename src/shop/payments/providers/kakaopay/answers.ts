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
import { isListed, meaningOf } from './codes.ts'
import { ErrorBody } from './schemas.ts'

/**
 * Reads an answer of KakaoPay: the body when it is a 200 that fits the schema, otherwise what is known of the call.
 * The error code decides, not the HTTP status (older texts give 500 for -780 to -782); without a listed code 401,
 * 403 and 404 are our own mistake, and everything else is unknown.
 */
export function readKakaoPay<S extends TSchema>(
  schema: S,
  reply: Reply,
  secrets: readonly string[],
): Ok<Static<S>> | Trouble {
  return readAnswer(schema, reply, secrets, (answer) => errorAnswer(answer, secrets))
}

function errorAnswer({ status, body, wire }: ErrorAnswer, secrets: readonly string[]): Trouble {
  const error = errorOf(body, secrets)
  const meaning = error && meaningOf(error.code, error.methodResult)
  if (error !== undefined && meaning !== undefined) {
    const code = error.methodResult === undefined ? error.code : `${error.code}:${error.methodResult}`
    return outcomeOf(meaning, code, error.message, wire)
  }
  if (status === 401 || status === 403 || status === 404)
    return invalid(error?.code ?? `http_${status}`, error?.message ?? '', wire)
  if (status >= 500) return unknown('http_5xx', wire)
  return unknown(error === undefined ? 'bad_body' : 'unlisted_code', wire)
}

/** The listed code of an error answer, whatever its HTTP status; undefined for anything else. */
export function errorCodeOf(result: WireResult): string | undefined {
  if (result.kind !== 'answered' || result.status === 200 || result.status === 429) return undefined
  return errorOf(jsonObject(result.bodyText), [])?.code
}

/**
 * The health of KakaoPay by one result: a listed error code shows that it works, whatever the HTTP status; a body
 * that is no JSON object shows that it does not (a maintenance page comes with 200).
 */
export function kakaoPayVerdict(result: WireResult): Verdict {
  if (result.kind !== 'answered') return wireVerdict(result)
  const body = jsonObject(result.bodyText)
  if (result.status === 200) return body === undefined ? 'failure' : 'success'
  const code = result.status === 429 ? undefined : errorOf(body, [])?.code
  return code !== undefined && isListed(code) ? 'success' : wireVerdict(result)
}

interface KakaoPayError {
  code: string
  message: string
  methodResult: string | undefined
}

function errorOf(body: unknown, secrets: readonly string[]): KakaoPayError | undefined {
  if (!Value.Check(ErrorBody, body)) return undefined
  const code = body.error_code ?? body.code
  if (code === null || code === undefined) return undefined
  const methodResult = body.extras?.method_result_code
  return {
    code: said(String(code), secrets),
    message: said(body.extras?.method_result_message || body.error_message || body.msg || '', secrets),
    methodResult:
      methodResult === null || methodResult === undefined ? undefined : said(String(methodResult), secrets),
  }
}
