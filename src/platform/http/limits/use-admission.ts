import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { refused } from '../../refusal.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { App } from '../app.ts'
import { isForm, listOf } from '../forms.ts'
import type { Admission, Admitted, Work } from './admission.ts'
import type { Turned } from './door.ts'
import { isBrowsing } from './lane.ts'

/** Requests that were taken on and are not done yet. */
const taken = new WeakMap<FastifyRequest, Admitted>()
/** Requests that were let on and have not come to where places are given. */
const onTheWay = new WeakMap<FastifyRequest, () => void>()
/** Requests that were refused for there being too many: neither measured nor logged one by one. */
const turnedAway = new WeakSet<FastifyRequest>()
/** One line for all that were refused in this time. */
const SAY_EVERY_MS = 10_000

/** Whether a request was refused by the admission. */
export const wasTurnedAway = (request: FastifyRequest) => turnedAway.has(request)

/** What is refused before a request is taken apart. */
export interface TurnedAtOnce {
  /** The route of an address without parameters that nobody is let into now; undefined for all others. */
  refuses(method: string, url: string): string | undefined
  /** Counts somebody who was sent away so. @returns seconds after which to come again */
  turn(): number
}

/**
 * Has the process take on no more than it can finish, and refuse the rest before anything is done for them: before it is
 * known who asks, and before a body is read. A place is taken only with the body there, so that nobody who sends slowly
 * keeps one, and given back when the answer is ready, so that nobody who reads slowly does. What must not be refused, and
 * what waits in a lane of its own, goes past.
 * @returns what need not even be taken apart to be refused
 */
export function useAdmission(app: App, admission: Admission, log: Logger): TurnedAtOnce {
  const say = sayNowAndThen(admission, log)
  const known = new Map<string, string>()
  app.addHook('onRoute', (route: RouteOptions) => {
    if (goesPast(route)) return
    const work: Work = { pace: undefined }

    const turn = (request: FastifyRequest, reply: FastifyReply, why: Turned['kind']) => {
      turnedAway.add(request)
      say()
      reply.refuse(refused('temporarily_unavailable', { retryAfterSeconds: admission.turn(why) }))
    }
    const look = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      if (admission.isFull()) return turn(request, reply, 'full')
      onTheWay.set(request, admission.letOn())
      done()
    }
    const come = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const enter = (entry: Admitted | Turned) => {
        if (entry.kind !== 'entered') return turn(request, reply, entry.kind)
        // Who has gone while waiting is not served.
        if (reply.raw.destroyed) return entry.done(false)
        taken.set(request, entry)
        done()
      }
      onTheWay.get(request)?.()
      const entry = admission.enter(work)
      if ('then' in entry) void entry.then(enter)
      else enter(entry)
    }
    const ready = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Passing) => {
      onTheWay.get(request)?.()
      taken.get(request)?.done(reply.statusCode < 400)
      done(null, payload)
    }

    // What a form sent is on the page that refuses it, so that it is read first.
    if (!isForm(route)) {
      route.onRequest = [look, ...listOf(route.onRequest)]
      // With parameters it takes the router to know whose address it is; pages are refused by a page.
      if (!/[:*]/.test(route.url) && route.config?.problemPage === undefined)
        for (const method of [route.method].flat()) known.set(`${method} ${route.url}`, route.url)
    }
    route.preValidation = [come, ...listOf(route.preValidation)]
    route.onSend = [...listOf(route.onSend), ready]
    route.handler = whileWorking(route.handler)
  })
  return {
    refuses: (method, url) => {
      if (!admission.isFull()) return undefined
      const query = url.indexOf('?')
      return known.get(`${method} ${query < 0 ? url : url.slice(0, query)}`)
    },
    turn: () => {
      say()
      return admission.turn('full')
    },
  }
}

type Passing = (error: null, payload: unknown) => void

/** Answers that are never sent, and those that somebody else goes on writing for hours, keep no place either. */
function whileWorking(handler: RouteOptions['handler']): RouteOptions['handler'] {
  return function (this: FastifyInstance, request, reply) {
    const answer: unknown = handler.call(this, request, reply)
    const over = () => taken.get(request)?.done(false)
    if (answer instanceof Promise) return answer.finally(over)
    if (reply.sent) over()
    return answer
  }
}

/**
 * Payments that come back from a provider and what keeps the system running are never refused; neither is what another
 * service asks, since whoever it asks for was taken on there. Whoever looks around waits in a lane.
 */
function goesPast(route: RouteOptions): boolean {
  const { url, config } = route
  if (config?.lane === 'money' || isBrowsing(route)) return true
  if (Array.isArray(config?.audience) && config.audience.includes('service')) return true
  return url.startsWith('/health/') || url === '/metrics'
}

/** Thousands of lines a second would cost more than the work they tell of. */
function sayNowAndThen({ state }: Admission, log: Logger): () => void {
  let saidAt = -Infinity
  return () => {
    const now = performance.now()
    if (now - saidAt < SAY_EVERY_MS) return
    saidAt = now
    const { limit, inside, waiting, turned } = state()
    log.warn(
      { limit, inside, waiting, refused: turned.full + turned.late },
      'more requests than can be finished: some are refused',
    )
  }
}
