import Type from 'typebox'
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
import { PatronSchema, patronView } from '../desk/patrons.ts'
import { lendAtDesk, returnAtDesk } from '../desk/scans.ts'
import { undoLoan } from '../desk/undo-loan.ts'
import { undoReturn } from '../desk/undo-return.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { DESK } from '../lending/librarian.ts'
import { listLoans, MOST_LISTED } from '../lending/list-loans.ts'
import { LoanSchema, LoanStateSchema } from '../lending/loan-view.ts'
import { borrowProblems } from '../problems.ts'
import type { StockPort } from '../stock-port.ts'
import { balanceOf } from '../store/fee-store.ts'
import { countCopiesOut } from '../store/loan-store.ts'
import { cardsOf, findByCard } from '../store/patron-store.ts'
import { currentPolicy } from '../store/policy-store.ts'
import { Override, ReturnSchema } from './loan-routes.ts'

const { idempotency_key_reused, not_allowed, not_found, request_in_progress } = platformProblems
const {
  borrow_refused,
  copy_not_on_loan,
  copy_unknown,
  effective_at_invalid,
  library_closed_too_long,
  loan_lost,
  loan_not_active,
  loan_pending,
  own_account,
  return_undone_already,
  too_many_copies,
  undo_too_late,
} = borrowProblems

const config = { audience: DESK }
const tags = ['desk']

const Card = Type.String({
  pattern: '^M[0-9]{8,12}$',
  maxLength: 13,
  description: 'The number on a member’s card',
})
const Barcode = Type.String({ pattern: '^[A-Z0-9-]{4,32}$', maxLength: 32 })
const Moment = (description: string) =>
  Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description }))

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** What a scanner at the desk does: cards and barcodes instead of ids. */
export function scanRoutes(app: App, deps: LendingDeps & { stock: StockPort }): void {
  lend(app, deps)
  takeBack(app, deps)
  undo(app, deps)
  undoOfLoan(app, deps)
  lists(app, deps)
}

function lend(app: App, deps: LendingDeps & { stock: StockPort }): void {
  app.route({
    method: 'POST',
    url: '/api/loans/desk',
    config,
    schema: {
      operationId: 'lendAtDesk',
      tags,
      summary: 'Lend the copy that was scanned to whose card was scanned',
      description:
        'Refused as `borrowBook` is, or with `copy_unknown` when neither the loans of the past nor `bookId` tell of which title the copy is. While the catalogue does not answer the loan is accepted and stays pending.',
      headers: IdempotencyHeaders,
      body: Strict({
        card: Card,
        barcode: Barcode,
        bookId: Type.Optional(Uuid),
        override: Override,
      }),
      response: {
        201: LoanSchema,
        ...refusalsOf<typeof lendAtDesk>(
          {
            idempotency_key_reused,
            request_in_progress,
            not_allowed,
            own_account,
            borrow_refused,
            library_closed_too_long,
            copy_unknown,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await lendAtDesk(deps, {
        actor: actorOf(request),
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).header('location', `/api/loans/${result.body.id}`).send(result.body)
    },
  })
}

function takeBack(app: App, deps: LendingDeps): void {
  app.route({
    method: 'POST',
    url: '/api/loans/desk/returns',
    config,
    schema: {
      operationId: 'returnAtDesk',
      tags,
      summary: 'Take back the copy that was scanned',
      description:
        'Tells at once what it cost, what the patron owes, and whether somebody waits for the title. Refused as `returnCopies` is, or with `copy_not_on_loan`.',
      headers: IdempotencyHeaders,
      body: Strict({
        barcode: Barcode,
        loanId: Type.Optional(Uuid),
        scannedAt: Moment(
          'When it was scanned, where it could not be sent at once; the future counts as now',
        ),
        effectiveAt: Moment('When it came into the book drop'),
      }),
      response: {
        200: Type.Object({
          ...ReturnSchema.properties,
          awaited: Type.Boolean({ description: 'Somebody waits: the copy goes to the hold shelf' }),
          balance: Type.Integer({ description: 'Won the patron owes now' }),
        }),
        ...refusalsOf<typeof returnAtDesk>(
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
            copy_not_on_loan,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await returnAtDesk(deps, {
        inHand: true,
        actor: actorOf(request),
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      return result.kind === 'refused' ? reply.refuse(result) : result.body
    },
  })
}

function undo(app: App, deps: LendingDeps & { stock: StockPort }): void {
  app.route({
    method: 'POST',
    url: '/api/loans/:id/returns/:no/undo',
    config,
    schema: {
      operationId: 'undoReturn',
      tags,
      summary: 'Undo a return by mistake: the copies are lent again as they were, and its fee is waived',
      description:
        'Refusals: `undo_too_late`, `return_undone_already`, and `borrow_refused` when the copies have gone to somebody else, for instance to whoever waited for them.',
      params: Strict({ id: Uuid, no: Type.Integer({ minimum: 1, maximum: 1_000 }) }),
      headers: IdempotencyHeaders,
      response: {
        201: LoanSchema,
        ...refusalsOf<typeof undoReturn>(
          {
            not_found,
            own_account,
            undo_too_late,
            return_undone_already,
            borrow_refused,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await undoReturn(deps, {
        librarianId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        loanId: request.params.id,
        no: request.params.no,
      })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.body)
    },
  })
}

function undoOfLoan(app: App, deps: LendingDeps): void {
  app.route({
    method: 'POST',
    url: '/api/loans/:id/undo',
    config,
    schema: {
      operationId: 'undoLoan',
      tags,
      summary: 'Undo a loan by mistake, within an hour: it is given up, or its copies are taken back',
      description:
        'Refusals: `undo_too_late`, and those of `returnCopies` for a loan that is over. Afterwards it is a return like any other.',
      params: Strict({ id: Uuid }),
      headers: IdempotencyHeaders,
      response: {
        200: LoanSchema,
        ...refusalsOf<typeof undoLoan>(
          {
            not_found,
            not_allowed,
            own_account,
            undo_too_late,
            loan_pending,
            loan_not_active,
            loan_lost,
            too_many_copies,
            effective_at_invalid,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await undoLoan(deps, {
        actor: actorOf(request),
        idempotencyKey: request.headers['idempotency-key'],
        loanId: request.params.id,
      })
      return result.kind === 'refused' ? reply.refuse(result) : result.body
    },
  })
}

const MOST_LOANS = 100

function lists(app: App, { db, clock }: LendingDeps): void {
  app.route({
    method: 'GET',
    url: '/api/loans/desk',
    config: { ...config, personal: true },
    schema: {
      operationId: 'listLoansAtDesk',
      tags,
      summary: 'Everybody’s loans in a state, those that are due first at the top',
      querystring: Strict({
        state: Type.Optional(LoanStateSchema),
        ...pagingTo(MOST_LISTED),
      }),
      response: {
        200: Type.Object({
          data: Type.Array(Type.Object({ ...LoanSchema.properties, card: Type.String() })),
          page: PageSchema,
        }),
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) => {
      const { state = 'overdue', page, size } = request.query
      if ((page - 1) * size >= MOST_LISTED) return reply.refuse(refused('invalid_request'))
      const { loans, totalElements } = await listLoans(db, { state, byDue: true, page, size }, clock.today())
      const cards = await cardsOf(
        db,
        loans.map(({ patronId }) => patronId),
      )
      return {
        data: loans.map((loan) => ({ ...loan, card: cards.get(loan.patronId) ?? '' })),
        page: pageOf({ page, size }, totalElements),
      }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/patrons/cards',
    config: { ...config, personal: true },
    schema: {
      operationId: 'listCards',
      tags,
      summary: 'The cards of some patrons, for slips',
      querystring: Strict({
        of: Type.String({
          pattern: `^${UUID}(,${UUID}){0,99}$`,
          maxLength: 3_700,
          description: 'Up to 100 ids of patrons, with commas between',
        }),
      }),
      response: {
        200: Type.Object({
          data: Type.Array(Type.Object({ patronId: Type.String(), card: Type.String() })),
        }),
        ...problems(401, 403),
      },
    },
    handler: async (request) => {
      const cards = await cardsOf(db, request.query.of.split(','))
      return { data: [...cards].map(([patronId, card]) => ({ patronId, card })) }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/patrons/cards/:card',
    config: { ...config, personal: true },
    schema: {
      operationId: 'getPatronByCard',
      tags,
      summary: 'Whose card it is: what they have, may have and owe',
      params: Strict({ card: Card }),
      response: {
        200: Type.Object({
          ...PatronSchema.properties,
          copiesOut: Type.Integer({ minimum: 0, description: 'Copies they have or wait for' }),
          limit: Type.Integer({ minimum: 0, description: 'Copies they may have' }),
          balance: Type.Integer({ description: 'Won owed' }),
          loans: Type.Array(LoanSchema, { description: 'What is not over, newest first' }),
        }),
        ...problems(401, 403, 404),
      },
    },
    handler: async (request, reply) => {
      const patron = await findByCard(db, request.params.card)
      if (!patron) return reply.refuse(refused('not_found'))
      const open = { patronId: patron.id, open: true, page: 1, size: MOST_LOANS }
      const [{ rules }, copiesOut, balance, { loans }] = await Promise.all([
        currentPolicy(db, clock.today()),
        countCopiesOut(db, patron.id),
        balanceOf(db, patron.id),
        listLoans(db, open, clock.today()),
      ])
      return {
        ...patronView(patron),
        copiesOut,
        limit: rules.copiesPerPatron[patron.category],
        balance,
        loans,
      }
    },
  })
}
