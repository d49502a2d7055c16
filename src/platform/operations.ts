import Type from 'typebox'
import { auditRoutes } from './audit/audit-routes.ts'
import type { Db } from './database/database.ts'
import { watchChanges } from './events/changes.ts'
import { changesRoute } from './events/changes-route.ts'
import { deliveryRoute } from './events/delivery-route.ts'
import { forgetHandledEvents } from './events/inbox.ts'
import { eventLag } from './events/lag.ts'
import {
  discardDeadEvent,
  discardDeadEvents,
  listDeadEvents,
  MOST_DEAD_AT_ONCE,
  replayDeadEvent,
  replayDeadEvents,
} from './events/parked.ts'
import { forgetOldEvents, leaveGoneSubscribers } from './events/retention.ts'
import { type App, problems } from './http/app.ts'
import { forgetOldKeys } from './http/idempotency.ts'
import { orNull } from './http/schemas.ts'
import { isUuid } from './ids.ts'
import type { Commands } from './jobs/commands.ts'
import type { Module } from './module.ts'
import { refused } from './refusal.ts'
import { sharedFor } from './resilience/shared-for.ts'
import type { Logger } from './telemetry/log.ts'
import type { Clock } from './time/clock.ts'

const HOUR_MS = 3_600_000
/** Gauges of one scrape, and scrapes right after one another, share one query. */
const LAG_SHARED_MS = 1_000

const DeadLetter = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['event', 'command']),
  name: Type.String({ description: 'Event type or command name' }),
  subscriber: orNull(Type.String()),
  subject: orNull(Type.String()),
  reason: orNull(Type.String()),
  since: Type.String({ format: 'date-time' }),
  data: Type.Unknown(),
})

/** What operators need of the platform itself: dead letters with replay, the outbox's lag, tidying up. */
export function operationsModule(deps: {
  db: Db
  clock: Clock
  commands: Commands
  log: Logger
  /** For how many days events are kept that all subscribers have; 0: for ever. */
  eventHistoryDays: number
  /** Names of the subscribers this process hosts. */
  subscribers: readonly string[]
}): Module {
  const changes = watchChanges(deps.db, deps.log)
  const lag = sharedFor(LAG_SHARED_MS, () => eventLag(deps.db, deps.clock.now()))
  return {
    name: 'operations',
    stop: () => changes.stop(),
    routes: (app) => {
      deadLetterRoutes(app, deps)
      auditRoutes(app, deps)
      changesRoute(app, changes)
      deliveryRoute(app, lag)
    },
    sweeps: [
      {
        name: 'operations.forget-events',
        everyMs: HOUR_MS,
        run: () => forgetHandledEvents(deps.db, deps.clock.now()),
      },
      {
        name: 'operations.forget-history',
        everyMs: HOUR_MS,
        run: async () => {
          const gone = await leaveGoneSubscribers(deps.db, deps.clock.now(), deps.subscribers)
          if (gone.length > 0)
            deps.log.warn({ subscribers: gone }, 'subscribers that nobody hosts are waited for no longer')
          while ((await forgetOldEvents(deps.db, deps.clock.now(), deps.eventHistoryDays)) > 0);
        },
      },
      {
        name: 'operations.forget-keys',
        everyMs: HOUR_MS,
        run: () => forgetOldKeys(deps.db, deps.clock.now()),
      },
    ],
    metrics: (metrics) => {
      metrics.observe('outbox_pending', 'Events not delivered yet', async () => (await lag()).pending)
      metrics.observe(
        'outbox_oldest_seconds',
        'Age of the oldest event not delivered',
        async () => (await lag()).oldestSeconds,
      )
      metrics.observeEach(
        'subscriber_pending',
        'Events a subscriber has still to be given',
        'subscriber',
        async () => (await lag()).subscribers.map(({ name, pending }) => [name, pending]),
      )
      metrics.observeEach(
        'subscriber_oldest_seconds',
        'Age of the oldest event a subscriber has still to be given',
        'subscriber',
        async () => (await lag()).subscribers.map(({ name, oldestSeconds }) => [name, oldestSeconds]),
      )
      metrics.observeEach(
        'subscriber_parked',
        'Events a subscriber could not take: tried again, or behind one that is; without dead ones',
        'subscriber',
        async () => (await lag()).subscribers.map(({ name, parked }) => [name, parked]),
      )
      metrics.observeEach(
        'subscriber_parked_oldest_seconds',
        'For how long the oldest of them has been set aside',
        'subscriber',
        async () => (await lag()).subscribers.map(({ name, parkedSeconds }) => [name, parkedSeconds]),
      )
      metrics.observe(
        'events_untaken_seconds',
        'Age of the oldest event that no worker has taken on yet',
        async () => (await lag()).untakenSeconds,
      )
      metrics.observe(
        'events_newer',
        'Events that wait for a process of a newer version',
        async () => (await lag()).newer,
      )
      metrics.observe('events_dead', 'Events only a person can settle', async () => (await lag()).dead)
    },
  }
}

function deadLetterRoutes(
  app: App,
  { db, clock, commands }: { db: Db; clock: Clock; commands: Commands },
): void {
  app.route({
    method: 'GET',
    url: '/api/admin/dead-letters',
    config: { audience: ['admin'], personal: true },
    schema: {
      operationId: 'listDeadLetters',
      tags: ['operators'],
      summary: 'Events and stored commands that keep failing, newest first',
      querystring: Type.Object({
        size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
      }),
      response: { 200: Type.Object({ data: Type.Array(DeadLetter) }), ...problems(401, 403) },
    },
    handler: async (request) => {
      const limit = request.query.size ?? 50
      const [events, dead] = await Promise.all([listDeadEvents(db, { limit }), commands.listDead(limit)])
      return {
        data: [
          ...events.map((event) => ({
            id: String(event.id),
            kind: 'event' as const,
            name: event.envelope.type,
            subscriber: event.subscriber,
            subject: event.subject,
            reason: event.reason,
            since: event.parked_at.toString(),
            data: event.envelope.data,
          })),
          ...dead.map((command) => ({
            id: command.id,
            kind: 'command' as const,
            name: command.command,
            subscriber: null,
            subject: null,
            reason: command.error,
            since: command.failedAt,
            data: command.data,
          })),
        ],
      }
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/dead-letters/:kind/:id/replay',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'replayDeadLetter',
      tags: ['operators'],
      summary: 'Try a dead event or command again, with all its tries',
      params: Type.Object({
        kind: Type.Enum(['event', 'command']),
        id: Type.String({ pattern: '^[0-9a-f-]{1,36}$' }),
      }),
      response: { 204: Type.Null({ description: 'It will be tried again' }), ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      const { kind, id } = request.params
      const found =
        kind === 'event'
          ? isWholeNumber(id) && (await replayDeadEvent(db, Number(id), clock.now()))
          : isUuid(id) && (await commands.replay(id))
      return found ? reply.code(204).send(null) : reply.refuse(refused('not_found'))
    },
  })

  const which = Type.Object(
    {
      subscriber: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      type: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Event type' })),
    },
    { minProperties: 1, additionalProperties: false },
  )
  const done = Type.Object({
    count: Type.Integer({ minimum: 0, description: `At most ${MOST_DEAD_AT_ONCE}: repeat until it is 0` }),
  })

  app.route({
    method: 'POST',
    url: '/api/admin/dead-letters/events/replay',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'replayDeadEvents',
      tags: ['operators'],
      summary: 'Try all dead events of a subscriber or of a type again, with all their tries',
      body: which,
      response: { 200: done, ...problems(400, 401, 403) },
    },
    handler: async (request) => ({ count: await replayDeadEvents(db, request.body, clock.now()) }),
  })

  app.route({
    method: 'POST',
    url: '/api/admin/dead-letters/events/discard',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'discardDeadEvents',
      tags: ['operators'],
      summary:
        'Give up all dead events of a subscriber or of a type for good; later events of their subjects go on',
      body: which,
      response: { 200: done, ...problems(400, 401, 403) },
    },
    handler: async (request) => ({ count: await discardDeadEvents(db, request.body) }),
  })

  app.route({
    method: 'DELETE',
    url: '/api/admin/dead-letters/event/:id',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'discardDeadEvent',
      tags: ['operators'],
      summary: 'Give up a dead event for good; later events of its subject go on',
      params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
      response: { 204: Type.Null({ description: 'It is gone' }), ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      const gone = await discardDeadEvent(db, request.params.id)
      return gone ? reply.code(204).send(null) : reply.refuse(refused('not_found'))
    },
  })
}

function isWholeNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text)
}
