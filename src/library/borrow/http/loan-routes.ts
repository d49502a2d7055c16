import Type from 'typebox'
import { lookOfOthers } from '../../../platform/audit/audit.ts'
import { owned } from '../../../platform/http/actor.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { refused } from '../../../platform/refusal.ts'
import { borrowBook } from '../lending/borrow-book.ts'
import { cancelLoan } from '../lending/cancel-loan.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK, isLibrarian } from '../lending/librarian.ts'
import { listLoans, MOST_LISTED } from '../lending/list-loans.ts'
import { LoanSchema, LoanStateSchema, loanView } from '../lending/loan-view.ts'
import { renewLoan } from '../lending/renew-loan.ts'
import { returnCopies } from '../lending/return-copies.ts'
import { borrowProblems } from '../problems.ts'
import type { StockPort } from '../stock-port.ts'
import { findLoan } from '../store/loan-store.ts'

const { idempotency_key_reused, not_allowed, not_found, request_in_progress } = platformProblems
const {
  borrow_refused,
  effective_at_invalid,
  library_closed_too_long,
  loan_lost,
  loan_not_active,
  loan_not_pending,
  loan_pending,
  own_account,
  renewal_refused,
  too_many_copies,
} = borrowProblems

export const ById = Strict({ id: Uuid })
export const Reason = Type.String({ minLength: 1, maxLength: 300, pattern: '\\S' })

const MOST_COPIES = 100
const Copies = Type.Integer({ minimum: 1, maximum: MOST_COPIES })
export const Override = Type.Optional(Strict({ reason: Reason }))

const config = { audience: 'signed-in' } as const
const tags = ['loans']

/** Loans over HTTP: for patrons, and for librarians on their behalf. */
export function loanRoutes(app: App, deps: LendingDeps & { stock: StockPort }): void {
  borrowRoute(app, deps)
  readRoutes(app, deps)
  returnRoute(app, deps)
  renewRoute(app, deps)
  cancelRoute(app, deps)
}

function borrowRoute(app: App, deps: LendingDeps & { stock: StockPort }): void {
  app.route({
    method: 'POST',
    url: '/api/loans',
    config,
    schema: {
      operationId: 'borrowBook',
      tags,
      summary: 'Borrow copies of a book; the loan is pending until the catalogue has taken them',
      description:
        'A refusal names everything that stands against the loan in `errors`, and in `offers` what can be done instead. Librarians may lend to others (`patronId`) and against the rules (`override`).',
      headers: IdempotencyHeaders,
      body: Strict({
        bookId: Uuid,
        copies: Type.Optional(Copies),
        patronId: Type.Optional(Uuid),
        override: Override,
      }),
      response: {
        201: LoanSchema,
        ...refusalsOf<typeof borrowBook>(
          {
            idempotency_key_reused,
            request_in_progress,
            not_allowed,
            own_account,
            borrow_refused,
            library_closed_too_long,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const { copies = 1, ...asked } = request.body
      const result = await borrowBook(deps, {
        actor: actorOf(request),
        idempotencyKey: request.headers['idempotency-key'],
        asked: { ...asked, copies },
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).header('location', `/api/loans/${result.body.id}`).send(result.body)
    },
  })
}

function readRoutes(app: App, { db, clock }: LendingDeps): void {
  app.route({
    method: 'GET',
    url: '/api/loans',
    config,
    schema: {
      operationId: 'listLoans',
      tags,
      summary: 'One’s own loans, newest first; librarians see those of any patron or book',
      querystring: Strict({
        state: Type.Optional(LoanStateSchema),
        patronId: Type.Optional(Uuid),
        bookId: Type.Optional(Uuid),
        ...pagingTo(MOST_LISTED),
      }),
      response: {
        200: Type.Object({ data: Type.Array(LoanSchema), page: PageSchema }),
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) => {
      const actor = actorOf(request)
      const { patronId, bookId, state, page, size } = request.query
      const foreign = bookId !== undefined || (patronId !== undefined && patronId !== actor.userId)
      if (foreign && !isLibrarian(actor)) return reply.refuse(refused('not_allowed'))
      if ((page - 1) * size >= MOST_LISTED) return reply.refuse(refused('invalid_request'))
      const whose = foreign ? patronId : actor.userId
      const subject =
        whose === undefined
          ? { type: 'book' as const, id: bookId ?? '' }
          : { type: 'patron' as const, id: whose }
      await lookOfOthers(
        db,
        clock.now(),
        { actorId: actor.userId, ownerId: whose },
        // Another page or filter is another look.
        { action: 'loans.read', subject, after: { asked: request.query } },
      )
      const { loans, totalElements } = await listLoans(
        db,
        { patronId: whose, bookId, state, page, size },
        clock.today(),
      )
      return { data: loans, page: pageOf({ page, size }, totalElements) }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/loans/:id',
    config,
    schema: {
      operationId: 'getLoan',
      tags,
      summary: 'One loan of one’s own; librarians may see every loan',
      params: ById,
      response: { 200: LoanSchema, ...refusalsOf<typeof owned>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const lent = await findLoan(db, request.params.id)
      const seen = owned(actorOf(request), lent && { ...lent, ownerId: lent.loan.patronId }, DESK)
      if ('kind' in seen) return reply.refuse(seen)
      await lookOfOthers(
        db,
        clock.now(),
        { actorId: actorOf(request).userId, ownerId: seen.ownerId },
        { action: 'loan.read', subject: { type: 'loan', id: request.params.id } },
      )
      return loanView(seen, clock.today())
    },
  })
}

export const ReturnSchema = Type.Object({
  loan: LoanSchema,
  returnNo: Type.Integer({ minimum: 1 }),
  copies: Type.Integer({ minimum: 1 }),
  lateDays: Type.Integer({ minimum: 0 }),
  fee: Type.Integer({ minimum: 0, description: 'Won, charged for this return' }),
})

function returnRoute(app: App, deps: LendingDeps): void {
  app.route({
    method: 'POST',
    url: '/api/loans/:id/returns',
    config,
    schema: {
      operationId: 'returnCopies',
      tags,
      summary: 'Return some copies of a loan, or all; late ones cost a fee now',
      params: ById,
      headers: IdempotencyHeaders,
      body: Strict({
        copies: Copies,
        effectiveAt: Type.Optional(
          Type.String({
            format: 'date-time',
            maxLength: 40,
            description: 'When they came into the book drop; librarians only',
          }),
        ),
      }),
      response: {
        200: ReturnSchema,
        ...refusalsOf<typeof returnCopies>(
          {
            loan_pending,
            loan_lost,
            loan_not_active,
            too_many_copies,
            effective_at_invalid,
            not_found,
            idempotency_key_reused,
            request_in_progress,
            not_allowed,
            own_account,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await returnCopies(deps, {
        actor: actorOf(request),
        loanId: request.params.id,
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      return result.kind === 'refused' ? reply.refuse(result) : result.body
    },
  })
}

function renewRoute(app: App, deps: LendingDeps): void {
  app.route({
    method: 'POST',
    url: '/api/loans/:id/renew',
    config,
    schema: {
      operationId: 'renewLoan',
      tags,
      summary: 'Prolong a loan by its period, from its due date',
      params: ById,
      headers: IdempotencyHeaders,
      body: Strict({ override: Override }),
      response: {
        200: LoanSchema,
        ...refusalsOf<typeof renewLoan>(
          {
            library_closed_too_long,
            loan_pending,
            loan_lost,
            loan_not_active,
            not_found,
            idempotency_key_reused,
            request_in_progress,
            not_allowed,
            own_account,
            renewal_refused,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await renewLoan(deps, {
        actor: actorOf(request),
        loanId: request.params.id,
        idempotencyKey: request.headers['idempotency-key'],
        override: request.body.override,
      })
      return result.kind === 'refused' ? reply.refuse(result) : result.body
    },
  })
}

function cancelRoute(app: App, deps: LendingDeps): void {
  app.route({
    method: 'POST',
    url: '/api/loans/:id/cancel',
    config,
    schema: {
      operationId: 'cancelLoan',
      tags,
      summary: 'Give up a loan that is still pending',
      params: ById,
      response: { 200: LoanSchema, ...refusalsOf<typeof cancelLoan>({ not_found, loan_not_pending }, 401) },
    },
    handler: async (request, reply) => {
      const result = await cancelLoan(deps, { actor: actorOf(request), loanId: request.params.id })
      return result.kind === 'refused' ? reply.refuse(result) : result.loan
    },
  })
}
