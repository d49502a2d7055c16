import type { FastifyRequest } from 'fastify'
import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import { clientAddressOf } from './client-address.ts'
import { createWindow } from './rate-store.ts'

export interface RequestLimits {
  /** Requests a minute from one client address, whatever they ask for. */
  requestsPerMinute: number
  /** Orders, payments, refunds and other changes a minute of one account; of one address for who is not signed in. */
  changesPerMinute: number
}

const MINUTE_MS = 60_000
const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Limits on everything that costs, asked before anything is read of a body: by address first, then, once it is known
 * who asks, by account. Addresses of IPv6 count by their /64. What keeps the system running is not counted. Both are
 * counted at once, without a turn of their own: this is done for every request.
 */
export function limitRequests(app: App, { requestsPerMinute, changesPerMinute }: RequestLimits): void {
  const byAddress = createWindow(requestsPerMinute, MINUTE_MS)
  const byAccount = createWindow(changesPerMinute, MINUTE_MS)
  app.addHook('onRequest', (request, reply, done) => {
    if (isForOperation(request)) return done()
    const retryAfterSeconds = byAddress(clientAddressOf(request.ip))
    if (retryAfterSeconds === undefined) return done()
    reply.refuse(refused('too_many_requests', { retryAfterSeconds }))
  })
  app.addHook('preParsing', (request, reply, _payload, done) => {
    if (READING.has(request.method) || isForOperation(request)) return done()
    const retryAfterSeconds = byAccount(request.actor?.userId ?? clientAddressOf(request.ip))
    if (retryAfterSeconds === undefined) return done()
    reply.refuse(refused('too_many_requests', { retryAfterSeconds }))
  })
}

/** By its route: an address that only looks like one is counted. */
function isForOperation(request: FastifyRequest): boolean {
  if (!/^\/(health|metrics)/.test(request.url)) return false
  const { url = '' } = request.routeOptions
  return url.startsWith('/health/') || url === '/metrics'
}
