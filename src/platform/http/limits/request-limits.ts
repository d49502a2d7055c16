import '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import { clientAddressOf } from './client-address.ts'

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
 * who asks, by account. Addresses of IPv6 count by their /64. What keeps the system running is not counted.
 */
export function limitRequests(app: App, { requestsPerMinute, changesPerMinute }: RequestLimits): void {
  const byAddress = app.createRateLimit({ max: requestsPerMinute, timeWindow: MINUTE_MS })
  const byAccount = app.createRateLimit({
    max: changesPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => request.actor?.userId ?? clientAddressOf(request.ip),
  })
  app.addHook('onRequest', async (request, reply) => {
    if (isForOperation(request)) return
    const found = await byAddress(request)
    if (!found.isAllowed && found.isExceeded)
      return reply.refuse(refused('too_many_requests', { retryAfterSeconds: found.ttlInSeconds }))
    return
  })
  app.addHook('preParsing', async (request, reply) => {
    if (READING.has(request.method) || isForOperation(request)) return
    const found = await byAccount(request)
    if (!found.isAllowed && found.isExceeded)
      return reply.refuse(refused('too_many_requests', { retryAfterSeconds: found.ttlInSeconds }))
    return
  })
}

function isForOperation({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url.startsWith('/health/') || url === '/metrics'
}
