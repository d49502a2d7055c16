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
import { refused } from '../../../platform/refusal.ts'
import { FeesSchema, feesOf, settleFees } from '../desk/fees.ts'
import { declareFound, declareLost } from '../desk/lost-and-found.ts'
import { changePatron, PatronSchema, patronView } from '../desk/patrons.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK } from '../lending/librarian.ts'
import { LoanSchema } from '../lending/loan-view.ts'
import { borrowProblems } from '../problems.ts'
import { PATRON_CATEGORIES } from '../rules/policy.ts'
import { findPatron } from '../store/patron-store.ts'
import { ById, Reason } from './loan-routes.ts'

const { idempotency_key_reused, not_found, request_in_progress } = platformProblems
const { loan_lost, loan_not_active, loan_not_lost, loan_pending, more_than_owed, own_account } =
  borrowProblems

const config = { audience: DESK }
const tags = ['desk']
const FeeEntry = FeesSchema.properties.entries.items
const Amount = Type.Integer({ minimum: 1, maximum: 100_000_000, description: 'Won' })

/** What librarians do at the desk. */
export function deskRoutes(app: App, deps: LendingDeps): void {
  lostAndFound(app, deps)
  patrons(app, deps)
  fees(app, deps)
}

function lostAndFound(app: App, deps: LendingDeps): void {
  const declarations = [
    {
      name: 'lost',
      operationId: 'declareLost',
      summary: 'Give up the copies still out; their replacement is charged',
      declare: declareLost,
    },
    {
      name: 'found',
      operationId: 'declareFound',
      summary: 'Copies that were given up came back; what was charged is given back by the rules',
      declare: declareFound,
    },
  ]
  for (const { name, operationId, summary, declare } of declarations) {
    app.route({
      method: 'POST',
      url: `/api/loans/:id/${name}`,
      config,
      schema: {
        operationId,
        tags,
        summary,
        params: ById,
        response: {
          200: LoanSchema,
          ...refusalsOf<typeof declare>(
            { not_found, own_account, loan_pending, loan_lost, loan_not_active, loan_not_lost },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const result = await declare(deps, request.params.id, actorOf(request).userId)
        return result.kind === 'refused' ? reply.refuse(result) : result.loan
      },
    })
  }
}

function patrons(app: App, deps: LendingDeps): void {
  app.route({
    method: 'GET',
    url: '/api/patrons/:id',
    config: { ...config, personal: true },
    schema: {
      operationId: 'getPatron',
      tags,
      summary: 'A patron as the desk knows them',
      params: ById,
      response: { 200: PatronSchema, ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      const patron = await findPatron(deps.db, request.params.id)
      return patron ? patronView(patron) : reply.refuse(refused('not_found'))
    },
  })
  app.route({
    method: 'PATCH',
    url: '/api/patrons/:id',
    config,
    schema: {
      operationId: 'changePatron',
      tags,
      summary: 'Put a patron into another category, block or unblock them',
      params: ById,
      body: Strict({
        category: Type.Optional(Type.Enum(PATRON_CATEGORIES)),
        blockedReason: Type.Optional(Type.Union([Reason, Type.Null()], { description: 'Null unblocks' })),
      }),
      response: {
        200: PatronSchema,
        ...refusalsOf<typeof changePatron>({ not_found, own_account }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const result = await changePatron(
        deps,
        { librarianId: actorOf(request).userId, patronId: request.params.id },
        request.body,
      )
      return result.kind === 'refused' ? reply.refuse(result) : patronView(result.patron)
    },
  })
}

function fees(app: App, deps: LendingDeps): void {
  app.route({
    method: 'GET',
    url: '/api/loans/fees',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listOwnFees',
      tags: ['loans'],
      summary: 'What one owes, and of what it is made',
      response: { 200: FeesSchema, ...problems(401) },
    },
    handler: (request) => feesOf(deps.db, actorOf(request).userId),
  })
  app.route({
    method: 'GET',
    url: '/api/patrons/:id/fees',
    config: { ...config, personal: true },
    schema: {
      operationId: 'listFees',
      tags,
      summary: 'What a patron owes, and of what it is made',
      params: ById,
      response: { 200: FeesSchema, ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      if (!(await findPatron(deps.db, request.params.id))) return reply.refuse(refused('not_found'))
      return feesOf(deps.db, request.params.id)
    },
  })
  const settled = async (
    patronId: string,
    { actor, key }: { actor: string; key: string },
    entry: { kind: 'payment' | 'waiver'; amount: number; reason: string | null },
  ) => settleFees(deps, { librarianId: actor, patronId, idempotencyKey: key, ...entry })

  app.route({
    method: 'POST',
    url: '/api/patrons/:id/payments',
    config,
    schema: {
      operationId: 'payFees',
      tags,
      summary: 'A patron pays at the desk',
      params: ById,
      headers: IdempotencyHeaders,
      body: Strict({ amount: Amount, reason: Type.Optional(Reason) }),
      response: {
        201: FeeEntry,
        ...refusalsOf<typeof settled>(
          { not_found, own_account, idempotency_key_reused, request_in_progress, more_than_owed },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const { amount, reason = null } = request.body
      const who = { actor: actorOf(request).userId, key: request.headers['idempotency-key'] }
      const result = await settled(request.params.id, who, { kind: 'payment', amount, reason })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.body)
    },
  })
  app.route({
    method: 'POST',
    url: '/api/patrons/:id/waivers',
    config,
    schema: {
      operationId: 'waiveFees',
      tags,
      summary: 'Waive what a patron owes, or a part of it, with a reason',
      params: ById,
      headers: IdempotencyHeaders,
      body: Strict({ amount: Amount, reason: Reason }),
      response: {
        201: FeeEntry,
        ...refusalsOf<typeof settled>(
          { not_found, own_account, idempotency_key_reused, request_in_progress, more_than_owed },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const who = { actor: actorOf(request).userId, key: request.headers['idempotency-key'] }
      const result = await settled(request.params.id, who, { kind: 'waiver', ...request.body })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.body)
    },
  })
}
