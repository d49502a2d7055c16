import type { FastifyRequest } from 'fastify'
import type { Caller } from '../telemetry/request-context.ts'

/** What somebody who looks into an attack asks for: not signed in, not allowed, too often. */
const SECURITY_STATUSES: ReadonlySet<number | undefined> = new Set([401, 403, 429])

/** Whether an answer with this status is written to the log of security. */
export function isForSecurity(status: number | undefined): boolean {
  return SECURITY_STATUSES.has(status)
}

/** From where a request comes and what for, as the log tells it. */
export function callerOf({ ip, method, routeOptions }: FastifyRequest): Caller {
  return { address: ip, method, route: routeOptions.url ?? 'unmatched' }
}

const noted = new WeakMap<FastifyRequest, Set<string>>()

/**
 * One line for a refusal, once for each request and code: who, from where, what for; nothing that was sent, and no
 * secret. Pages that show a refusal in their own words call this where they are refused; the server does for the rest.
 */
export function noteSecurity(request: FastifyRequest, code: string): void {
  const codes = noted.get(request) ?? new Set()
  if (codes.has(code)) return
  noted.set(request, codes.add(code))
  const account = request.actor?.userId
  // Whose session has ended and clicks on is no attack; so many of them that it is one are told by the limits.
  const level = code === 'not_signed_in' ? 'info' : 'warn'
  request.log[level](
    { security: code, ...callerOf(request), ...(account ? { account } : {}) },
    'refused for security',
  )
}
