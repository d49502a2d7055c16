/**
 * What is known about one outbound request, as plain data, and the rules that follow from it.
 * The line that matters is between `not_sent` (the other side cannot have acted) and `no_answer`
 * (it may have acted): a charge may be repeated after the first and never after the second.
 */

/** Surely no byte of the request reached a connected socket, so the other side cannot have acted. */
export type NotSent = Readonly<{
  kind: 'not_sent'
  reason: NotSentReason
  /** When another try makes sense, in milliseconds from now; set for `breaker_open`. */
  retryAfterMs?: number
}>

/**
 * - `dns`: the name did not resolve.
 * - `refused`: nobody listens there, the host is unreachable, or the connection broke before it stood.
 * - `connect_timeout`: no connection (TLS included) within the connect timeout.
 * - `tls`: the handshake failed or the certificate is not trusted.
 * - `bulkhead_full`: our own limit of concurrent calls; no free slot in time.
 * - `breaker_open`: our own circuit breaker; the call was not tried.
 * - `aborted_before_send`: our deadline passed or the caller gave up before anything was written.
 */
export type NotSentReason =
  | 'dns'
  | 'refused'
  | 'connect_timeout'
  | 'tls'
  | 'bulkhead_full'
  | 'breaker_open'
  | 'aborted_before_send'

/** The request was, or may have been, written; no complete answer came back. The outcome is unknown. */
export type NoAnswer = Readonly<{
  kind: 'no_answer'
  reason: NoAnswerReason
  /** When writing began, epoch milliseconds. */
  sentAt: number
  /** Bytes of the answer's body that arrived before we lost it. */
  bytesReceived: number
  /** The status line, when at least the head of the answer arrived. It proves nothing about the outcome. */
  status?: number
}>

/**
 * - `timeout`: the deadline passed, or the caller gave up, after sending.
 * - `reset`: the connection broke before the head of an answer arrived.
 * - `truncated`: an answer began but ended early or is not HTTP.
 * - `too_large`: the answer exceeds the size limit and was cut off by us.
 */
export type NoAnswerReason = 'timeout' | 'reset' | 'truncated' | 'too_large'

/** A complete HTTP answer, whatever its status and whatever its body says. */
export type Answered = Readonly<{
  kind: 'answered'
  status: number
  /** Lower-case names; repeated headers are joined with `, `. */
  headers: Readonly<Record<string, string>>
  /** Decoded as UTF-8; broken sequences become U+FFFD. */
  bodyText: string
  /** From the first step (waiting for a connection) to the last byte, in milliseconds. */
  durationMs: number
}>

export type WireResult = Answered | NotSent | NoAnswer

/** What one call teaches about the other side's health; `neutral` teaches nothing and is not counted. */
export type Verdict = 'success' | 'failure' | 'neutral'

/**
 * The plain verdict on a wire result: 5xx, 429, lost answers and failed connections are failures of the other
 * side; any other complete answer (a business refusal too) shows that it works; our own limits say nothing.
 * Providers that send business refusals as HTTP 500 need a classifier of their own around this one.
 */
export function wireVerdict(result: WireResult): Verdict {
  switch (result.kind) {
    case 'answered':
      return result.status >= 500 || result.status === 429 ? 'failure' : 'success'
    case 'no_answer':
      return 'failure'
    case 'not_sent':
      return isOurOwnLimit(result.reason) ? 'neutral' : 'failure'
  }
}

/**
 * Whether the same call may be made again at once. A call that surely never left may always be repeated; one that
 * may have arrived only if it is idempotent (a look-up). Our own limits, a broken certificate and complete answers
 * below 500 (other than 429) are not worth another try within the same deadline.
 */
export function mayRepeat(result: WireResult, idempotent: boolean): boolean {
  switch (result.kind) {
    case 'not_sent':
      return result.reason === 'dns' || result.reason === 'refused' || result.reason === 'connect_timeout'
    case 'no_answer':
      return idempotent && result.reason !== 'too_large'
    case 'answered':
      return idempotent && (result.status >= 500 || result.status === 429)
  }
}

function isOurOwnLimit(reason: NotSentReason): boolean {
  return reason === 'bulkhead_full' || reason === 'breaker_open' || reason === 'aborted_before_send'
}

const DNS_ERRORS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME', 'ENODATA'])

/**
 * Names an error that came up before the connection stood.
 * @param code the error's `code`, if it has one
 * @param handshaking whether TCP already stood and TLS was being set up
 */
export function notSentReason(code: string | undefined, handshaking: boolean): NotSentReason {
  if (handshaking) return 'tls'
  if (code !== undefined && DNS_ERRORS.has(code)) return 'dns'
  if (code === 'ETIMEDOUT') return 'connect_timeout'
  return 'refused'
}

/**
 * Names an error that came up after sending and before a complete answer.
 * @param code the error's `code`; `HPE_…` are errors of Node's HTTP parser
 * @param headArrived whether status line and headers had been read
 */
export function noAnswerReason(code: string | undefined, headArrived: boolean): NoAnswerReason {
  if (code === 'HPE_HEADER_OVERFLOW') return 'too_large'
  if (headArrived || code?.startsWith('HPE_') === true) return 'truncated'
  return 'reset'
}
