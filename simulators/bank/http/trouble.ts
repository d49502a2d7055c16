import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from '../decision.ts'
import { effectOf, type Plan } from '../faults/plan.ts'
import type { EffectOf } from '../faults/rule.ts'
import { type Exchange, JSON_TYPE, send } from './exchange.ts'

/** How long a call that is never answered is held before its connection is destroyed. */
const HOLD_MS = 120_000

/** Waits without keeping the process alive for it. */
export async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await wait(milliseconds, undefined, { ref: false })
}

/** Leaves the caller without an answer for a while, then destroys the connection. */
function hold({ req, res }: Exchange, milliseconds = HOLD_MS): void {
  const timer = setTimeout(() => req.socket.destroy(), milliseconds)
  timer.unref()
  res.once('close', () => clearTimeout(timer))
}

function serverError(exchange: Exchange, effect: EffectOf<'http_5xx'>, body: ProviderErrors): void {
  const status = effect.status ?? 503
  if (effect.body === 'provider') send(exchange, status, JSON_TYPE, JSON.stringify(body.internal()))
  else
    send(exchange, status, 'text/html', '<html><body><h1>Service Temporarily Unavailable</h1></body></html>')
}

function badBody(exchange: Exchange, form: EffectOf<'bad_body'>['form'], body: string): void {
  const half = body.slice(0, Math.max(1, Math.floor(body.length / 2)))
  if (form === 'truncated') send(exchange, 200, JSON_TYPE, half)
  else if (form === 'html') send(exchange, 200, 'text/html', '<html><body>점검 중입니다.</body></html>')
  else if (form === 'empty') send(exchange, 200, JSON_TYPE, '')
  else if (form === 'content_type') send(exchange, 200, 'text/plain', body)
  else if (!exchange.res.destroyed) {
    const { res } = exchange
    res.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) })
    res.write(half, () => res.destroy())
  }
}

/** How a provider words errors that are not about one operation. */
export interface ProviderErrors {
  error(code: number | string, message?: string, extras?: Record<string, string>): Record<string, unknown>
  /** HTTP status that goes with a code. */
  statusOf(code: number | string): number
  internal(): Record<string, unknown>
  tooMany(): Record<string, unknown>
}

/** Trouble that keeps the call from having any effect. Answers true when the exchange is over. */
export function troubleBefore(exchange: Exchange, plan: Plan, errors: ProviderErrors): boolean {
  for (const effect of plan.effects) {
    switch (effect.kind) {
      case 'timeout_before':
        hold(exchange, effect.holdMs)
        return true
      case 'reset_before':
        exchange.req.socket.resetAndDestroy()
        return true
      case 'http_5xx':
        if (effect.sideEffect === true) break
        serverError(exchange, effect, errors)
        return true
      case 'bad_body':
        if (effect.sideEffect !== false) break
        badBody(exchange, effect.form, '{"status":"processing"}')
        return true
      case 'error':
        send(
          exchange,
          effect.status ?? errors.statusOf(effect.code),
          JSON_TYPE,
          JSON.stringify(errors.error(effect.code, effect.message, effect.extras)),
        )
        return true
      case 'rate_limit':
        send(exchange, 429, JSON_TYPE, JSON.stringify(errors.tooMany()), {
          'retry-after': String(effect.retryAfterSeconds ?? 1),
        })
        return true
      default:
    }
  }
  return false
}

/** Sends the answer of a call that took effect, or makes the trouble planned for it. */
export async function answerWithTrouble(
  exchange: Exchange,
  plan: Plan,
  errors: ProviderErrors,
  answer: Answer,
  headers: Record<string, string>,
): Promise<void> {
  const text = JSON.stringify(answer.status === 200 ? altered(answer.body, plan) : answer.body)
  for (const effect of plan.effects) {
    switch (effect.kind) {
      case 'timeout_after':
        return hold(exchange, effect.holdMs)
      case 'reset_after':
        exchange.req.socket.resetAndDestroy()
        return
      case 'http_5xx':
        return serverError(exchange, effect, errors)
      case 'bad_body':
        return badBody(exchange, effect.form, text)
      case 'slow_drip':
        return drip(exchange, effect, answer.status, text)
      default:
    }
  }
  send(exchange, answer.status, JSON_TYPE, text, headers)
}

function isList(body: Answer['body']): body is readonly Record<string, unknown>[] {
  return Array.isArray(body)
}

/** The same answer, but speaking of another amount, currency or status than what the bank has done. */
function altered(body: Answer['body'], plan: Plan): Answer['body'] {
  const mismatch = effectOf(plan, 'amount_mismatch')
  const unknown = effectOf(plan, 'unknown_status')
  if ((mismatch === undefined && unknown === undefined) || isList(body)) return body
  const copy = { ...body }
  if (mismatch !== undefined) {
    const by = mismatch.by ?? (mismatch.currency === undefined ? 100 : 0)
    const { amount, totalAmount } = body
    if (typeof totalAmount === 'number') copy.totalAmount = totalAmount + by
    if (typeof amount === 'object' && amount !== null && 'total' in amount)
      copy.amount = { ...amount, total: Number(amount.total) + by }
    if (mismatch.currency !== undefined && 'currency' in body) copy.currency = mismatch.currency
  }
  if (unknown !== undefined) copy.status = unknown.status ?? 'ZID_CERTIFICATE'
  return copy
}

async function drip(
  exchange: Exchange,
  effect: EffectOf<'slow_drip'>,
  status: number,
  text: string,
): Promise<void> {
  const { res } = exchange
  const bytes = Buffer.from(text)
  const chunks = Math.min(effect.chunks ?? 10, bytes.length)
  if (res.destroyed) return
  res.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': bytes.length })
  for (let sent = 0; sent < chunks; sent++) {
    if (res.destroyed) return
    const from = Math.floor((bytes.length * sent) / chunks)
    res.write(bytes.subarray(from, Math.floor((bytes.length * (sent + 1)) / chunks)))
    await pause(effect.ms / chunks)
  }
  res.end()
}
