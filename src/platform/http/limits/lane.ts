import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import type { KnownAddresses } from '../at-hand/addresses.ts'
import { type AtHand, sendReady } from '../at-hand/ready.ts'
import { clientAddressOf } from './client-address.ts'
import { createDoor, type Inside } from './door.ts'
import { createFollowers } from './followers.ts'

/** Ways through the server that do not wait for one another. */
export type Lane = 'browsing' | 'money'

export interface LaneSettings {
  /** Requests at work at one time. */
  slots: number
  /** Requests that may wait for a slot. */
  waiting: number
  /** Requests of one client at work or waiting. */
  perClient: number
  /** How long one waits before it is sent away, in milliseconds. */
  waitMs: number
}

export const LANE_DEFAULTS: Omit<LaneSettings, 'slots'> = { waiting: 200, perClient: 24, waitMs: 3_000 }

export type Entry = Inside | { kind: 'full' } | { kind: 'too_many' }
type EnterLane = (client: string) => Promise<Entry>

/** A door of a fixed width, at which one client has no more than its part. */
export function createLane({ slots, waiting, perClient, waitMs }: LaneSettings): EnterLane {
  const door = createDoor({
    slots: () => slots,
    queue: () => ({ room: waiting, ageMs: waitMs }),
    now: () => performance.now(),
  })
  const present = new Map<string, number>()

  function changePresence(client: string, by: 1 | -1): void {
    const count = (present.get(client) ?? 0) + by
    if (count > 0) present.set(client, count)
    else present.delete(client)
  }

  return async (client) => {
    if ((present.get(client) ?? 0) >= perClient) return { kind: 'too_many' }
    changePresence(client, 1)
    const entry = await door.enter()
    if (entry.kind !== 'entered') {
      changePresence(client, -1)
      return { kind: 'full' }
    }
    let gone = false
    return {
      kind: 'entered',
      leave: () => {
        if (!gone) changePresence(client, -1)
        gone = true
        entry.leave()
      },
    }
  }
}

/** Of the places of those who look around, the part that those who search may have. */
const SEARCH_SHARE = 5 / 8
/** How many wait for what others read. */
const MOST_FOLLOWERS = 1_000
/** How often one waits for somebody else, when what was read is no longer kept: then one reads it oneself. */
const MOST_FOLLOWED = 3

/** What became of a request in its lane. */
type Outcome = { kind: 'answered'; answer: unknown } | Exclude<Entry, Inside>

/**
 * Has what everybody may read without signing in go through one lane, so that searches, however many, leave database
 * connections to orders and payments. Searches pass a narrower one first: whoever opens the page of an item does not
 * wait behind all of them. A slot is kept until the work is done, also when who asked has gone. What is at hand is no
 * work, and goes past; nor is waiting for what somebody else reads, so that a crowd at one list takes one place.
 */
export function useLanes(app: App, settings: LaneSettings, addresses: KnownAddresses): void {
  const enter = createLane(settings)
  const slots = Math.max(1, Math.floor(settings.slots * SEARCH_SHARE))
  const enterSearch = within(createLane({ ...settings, slots }), enter)
  const followers = createFollowers<Outcome>(MOST_FOLLOWERS)
  app.addHook('onRoute', (route: RouteOptions) => {
    if (!isBrowsing(route)) return
    const { handler, config, url } = route
    const atHand = config?.atHand
    const sendAtHand = (request: FastifyRequest, reply: FastifyReply, find: AtHand['find']): boolean => {
      const ready = find()
      if (ready === undefined) return false
      if (addresses.get(request.url) === undefined) addresses.add(request.url, { route: url, find })
      sendReady(request, reply, ready)
      return true
    }
    const inLane = async (
      server: FastifyInstance,
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<Outcome> => {
      const lane = isSearch(request) ? enterSearch : enter
      const entry = await lane(clientAddressOf(request.ip))
      if (entry.kind !== 'entered') return entry
      try {
        return { kind: 'answered', answer: await handler.call(server, request, reply) }
      } finally {
        entry.leave()
      }
    }
    /** After so many others, or as the one whom others follow. */
    const inTurn = async (
      server: FastifyInstance,
      request: FastifyRequest,
      reply: FastifyReply,
      { of, find }: AtHand,
    ): Promise<unknown> => {
      const what = `${url} ${of}`
      for (let followed = 0; followed < MOST_FOLLOWED; followed++) {
        const reading = followers.follow(what)
        if (reading === undefined) break
        const { kind } = await reading
        if (sendAtHand(request, reply, find)) return reply
        // Nobody has a place; of who had too many of them only that one is told.
        if (kind === 'full') return turnAway(reply, kind)
      }
      return settle(reply, await followers.lead(what, () => inLane(server, request, reply)))
    }
    route.handler = function (request, reply) {
      const known = addresses.get(request.url)
      if (known !== undefined && sendAtHand(request, reply, known.find)) return
      const wanted = atHand?.(request)
      if (wanted === undefined) return inLane(this, request, reply).then((outcome) => settle(reply, outcome))
      if (known === undefined && sendAtHand(request, reply, wanted.find)) return
      return inTurn(this, request, reply, wanted)
    }
  })
}

function settle(reply: FastifyReply, outcome: Outcome): unknown {
  return outcome.kind === 'answered' ? outcome.answer : turnAway(reply, outcome.kind)
}

function turnAway(reply: FastifyReply, why: 'full' | 'too_many'): FastifyReply {
  return why === 'full'
    ? reply.refuse(refused('temporarily_unavailable', { retryAfterSeconds: 2 }))
    : reply.refuse(refused('too_many_requests', { retryAfterSeconds: 1 }))
}

/** A lane that leads into another one: who has come through it has a place in both. */
function within(narrow: EnterLane, wide: EnterLane): EnterLane {
  return async (client) => {
    const first = await narrow(client)
    if (first.kind !== 'entered') return first
    const second = await wide(client)
    if (second.kind !== 'entered') {
      first.leave()
      return second
    }
    return {
      kind: 'entered',
      leave: () => {
        second.leave()
        first.leave()
      },
    }
  }
}

/** Whether something is looked for by a word, which costs the database most: of all lists `keyword` says it. */
function isSearch({ url }: FastifyRequest): boolean {
  return /[?&]keyword=[^&]/.test(url)
}

/** Whether a route waits in the lane of those who only look around. */
export function isBrowsing({ method, url, config }: RouteOptions): boolean {
  if (config?.lane !== undefined) return config.lane === 'browsing'
  const methods = Array.isArray(method) ? method : [method]
  const isOpen = config?.audience === 'anyone' || config?.audience === 'visitor'
  // HEAD is a route of its own, which does the work of GET.
  const reads = methods.includes('GET') || methods.includes('HEAD')
  return reads && isOpen && url.startsWith('/api/')
}
