import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Redis } from '../../redis/redis.ts'
import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import { isForm } from '../forms.ts'
import { clientAddressOf } from './client-address.ts'
import { createToldLimit } from './shared-limit.ts'
import { createWindow } from './window.ts'

export interface RequestLimits {
  /** Requests a minute from one client address, whatever they ask for. */
  requestsPerMinute: number
  /** Orders, payments, refunds and other changes a minute of one account; of one address for who is not signed in. */
  changesPerMinute: number
  /** Processes of the same name count together; one request may come by several kinds of them. Left out: each by itself. */
  together?: { redis: Redis; as: string } | undefined
}

const MINUTE_MS = 60_000
const READING = new Set(['GET', 'HEAD', 'OPTIONS'])
/** So many forms a minute of one address are read although they are too many: more than a person sends. */
const FORMS_READ_PER_MINUTE = 20

/**
 * Limits on everything that costs, asked before anything is read of a body: by address first, then, once it is known
 * who asks, by account. Addresses of IPv6 count by their /64. What keeps the system running is not counted. Both are
 * counted at once, without a turn of their own: this is done for every request; with Redis over all processes. Forms are read before they are refused,
 * some of them: the page that says so has in it what was typed.
 * @returns counts a request of a client address that is answered without these hooks: after how many seconds it may ask
 * again if these were too many
 */
export function limitRequests(
  app: App,
  { requestsPerMinute, changesPerMinute, together }: RequestLimits,
): (client: string) => number | undefined {
  const limit = (what: string, most: number) =>
    createToldLimit({ name: `${what}:${together?.as}`, most, windowMs: MINUTE_MS, redis: together?.redis })
  const byAddress = limit('requests', requestsPerMinute)
  const byAccount = limit('changes', changesPerMinute)
  const readOf = createWindow(FORMS_READ_PER_MINUTE, MINUTE_MS)
  /** Forms that are refused once they are read, and after how many seconds they may come again. */
  const held = new WeakMap<FastifyRequest, number>()
  const tooMany = (request: FastifyRequest, reply: FastifyReply, seconds: number, goOn: () => void) => {
    if (!isFilledIn(request) || readOf(clientAddressOf(request.ip)) !== undefined)
      return void reply.refuse(refused('too_many_requests', { retryAfterSeconds: seconds }))
    held.set(request, seconds)
    goOn()
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (isForOperation(request)) return done()
    const seconds = byAddress(clientAddressOf(request.ip))
    if (seconds === undefined) return done()
    tooMany(request, reply, seconds, done)
  })
  app.addHook('preParsing', (request, reply, _payload, done) => {
    if (READING.has(request.method) || isForOperation(request) || held.has(request)) return done()
    const seconds = byAccount(request.actor?.userId ?? clientAddressOf(request.ip))
    if (seconds === undefined) return done()
    tooMany(request, reply, seconds, done)
  })
  app.addHook('preValidation', (request, reply, done) => {
    const retryAfterSeconds = held.get(request)
    if (retryAfterSeconds === undefined) return done()
    reply.refuse(refused('too_many_requests', { retryAfterSeconds }))
  })
  return byAddress
}

/** Whether a page of ours sent what somebody has typed. */
function isFilledIn({ method, headers, routeOptions }: FastifyRequest): boolean {
  if (method !== 'POST' || !isForm(routeOptions)) return false
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
}

/** By its route: an address that only looks like one is counted. */
function isForOperation(request: FastifyRequest): boolean {
  if (!/^\/(health|metrics)/.test(request.url)) return false
  const { url = '' } = request.routeOptions
  return url.startsWith('/health/') || url === '/metrics'
}
