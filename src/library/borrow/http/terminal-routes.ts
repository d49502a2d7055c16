import Type from 'typebox'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  problems,
  refusalsOf,
  Strict,
} from '../../../platform/http/app.ts'

import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK } from '../lending/librarian.ts'
import { borrowProblems } from '../problems.ts'
import { addTerminal, revokeTerminal } from '../sip/terminals/manage-terminals.ts'
import { listOfflineRefusals, settleOfflineRefusal } from '../sip/terminals/offline-refusals.ts'
import { listTerminals, type Terminal } from '../sip/terminals/terminal-store.ts'
import { CHARSETS } from '../sip/wire/charset.ts'
import { ById } from './loan-routes.ts'

const { idempotency_key_reused, not_found, request_in_progress } = platformProblems
const { terminal_name_taken } = borrowProblems
const config = { audience: DESK }
const tags = ['desk']

/** More than a library has, those of the past with them. */
const MOST_TERMINALS = 500
const MOST_REFUSALS = 200

const Nothing = Type.Null({ description: 'Done' })

const wanted = {
  name: Type.String({
    pattern: '^[a-z0-9][a-z0-9._-]{1,39}$',
    maxLength: 40,
    description: 'What the machine logs in with (SIP2 field CN)',
  }),
  place: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: 'Where it stands' }),
  charset: Type.Enum(CHARSETS, { description: 'How the machine writes Korean' }),
  asksPassword: Type.Boolean({ description: 'Patrons prove themselves by the password of their account' }),
  takesPayments: Type.Boolean({ description: 'What it says was paid is believed' }),
}
const TerminalSchema = Type.Object({
  id: Type.String(),
  ...wanted,
  madeAt: Instant(),
  seenAt: orNull(Instant(), 'When it was last heard of'),
  revokedAt: orNull(Instant(), 'Since when it may log in no more'),
})
const OfflineRefusalSchema = Type.Object({
  id: Type.String(),
  terminal: Type.String({ description: 'Where the machine stands' }),
  what: Type.Enum(['checkout', 'checkin', 'renew', 'payment']),
  card: Type.String(),
  barcode: Type.String({ description: 'Empty for a payment' }),
  amount: orNull(Type.Integer(), 'Won that are in the machine, as far as it could be read'),
  paymentRef: Type.String({ description: 'What the machine calls the payment' }),
  doneAt: Type.String({ format: 'date-time', description: 'By the clock of the machine' }),
  code: Type.String({ description: 'Why it is refused' }),
  toldAt: Instant(),
})

function terminalView({ madeAt, seenAt, revokedAt, ...terminal }: Terminal) {
  const { id, name, place, charset, asksPassword, takesPayments } = terminal
  return {
    id,
    name,
    place,
    charset,
    asksPassword,
    takesPayments,
    madeAt: madeAt.toString(),
    seenAt: seenAt?.toString() ?? null,
    revokedAt: revokedAt?.toString() ?? null,
  }
}

/** Self-check machines: which may log in, and what they have done that is refused. */
export function terminalRoutes(app: App, deps: LendingDeps): void {
  terminals(app, deps)
  offlineRefusals(app, deps)
}

function terminals(app: App, deps: LendingDeps): void {
  app.route({
    method: 'GET',
    url: '/api/terminals',
    config,
    schema: {
      operationId: 'listTerminals',
      tags,
      summary: 'Self-check machines: those that may log in, then those that were revoked',
      response: { 200: Type.Object({ data: Type.Array(TerminalSchema) }), ...problems(401, 403) },
    },
    handler: async () => ({ data: (await listTerminals(deps.db, MOST_TERMINALS)).map(terminalView) }),
  })
  app.route({
    method: 'POST',
    url: '/api/terminals',
    config,
    schema: {
      operationId: 'addTerminal',
      tags,
      summary: 'Let a self-check machine log in; its secret is told this once',
      headers: IdempotencyHeaders,
      body: Strict(wanted),
      response: {
        201: Type.Object({
          ...TerminalSchema.properties,
          secret: orNull(Type.String(), 'For the field CO; null when the request is repeated'),
        }),
        ...refusalsOf<typeof addTerminal>(
          { terminal_name_taken, idempotency_key_reused, request_in_progress },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await addTerminal(deps, {
        librarianId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        wanted: request.body,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      const body = { ...terminalView(result.terminal), secret: result.secret }
      return reply.code(201).header('cache-control', 'no-store').send(body)
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/terminals/:id',
    config,
    schema: {
      operationId: 'revokeTerminal',
      tags,
      summary: 'Let a machine log in no more; its next message is refused, too',
      params: ById,
      response: { 200: TerminalSchema, ...refusalsOf<typeof revokeTerminal>({ not_found }, 401, 403) },
    },
    handler: async (request, reply) => {
      const asked = { librarianId: actorOf(request).userId, id: request.params.id }
      const result = await revokeTerminal(deps, asked)
      return result.kind === 'refused' ? reply.refuse(result) : terminalView(result.terminal)
    },
  })
}

function offlineRefusals(app: App, deps: LendingDeps): void {
  app.route({
    method: 'GET',
    url: '/api/terminals/offline-refusals',
    config: { ...config, personal: true },
    schema: {
      operationId: 'listOfflineRefusals',
      tags,
      summary:
        'What machines have done, while they could not ask or by taking money, and is refused, until somebody has looked after it',
      response: { 200: Type.Object({ data: Type.Array(OfflineRefusalSchema) }), ...problems(401, 403) },
    },
    handler: async () => {
      const refusals = await listOfflineRefusals(deps.db, MOST_REFUSALS)
      return {
        data: refusals.map(({ doneAt, toldAt, ...refusal }) => ({
          ...refusal,
          doneAt: doneAt.toString(),
          toldAt: toldAt.toString(),
        })),
      }
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/terminals/offline-refusals/:id',
    config,
    schema: {
      operationId: 'settleOfflineRefusal',
      tags,
      summary: 'Somebody has looked after it',
      params: ById,
      response: { 204: Nothing, ...refusalsOf<typeof settleOfflineRefusal>({ not_found }, 401, 403) },
    },
    handler: async (request, reply) => {
      const asked = { librarianId: actorOf(request).userId, id: request.params.id }
      const result = await settleOfflineRefusal(deps, asked)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}
