import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  problems,
  refusalsOf,
  Strict,
  Uuid,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { BookSchema } from '../catalogue/book-view.ts'
import { type Changed, changeBook, setCopies, withdrawBook } from '../catalogue/change-book.ts'
import { CopySchema, listCopies, markCopy, SET_STATES } from '../catalogue/copies.ts'
import { readBook } from '../catalogue/list-books.ts'
import { registerBook } from '../catalogue/register-book.ts'
import type { ShelfTime } from '../holds/serve-holds.ts'
import { bookProblems } from '../problems.ts'
import { findTitle } from '../title-store.ts'
import { BookId } from './book-routes.ts'

const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems
const { book_changed_meanwhile, book_withdrawn, copies_out, copy_in_use, isbn_taken } = bookProblems

const MOST_COPIES = 1_000

const described = {
  title: Type.String({ minLength: 1, maxLength: 300 }),
  author: Type.String({ maxLength: 300 }),
  publisher: Type.String({ maxLength: 200 }),
  year: Type.Union([Type.Integer({ minimum: 1000, maximum: 2999 }), Type.Null()]),
  isbn: Type.Union([
    Type.String({ maxLength: 100, description: '10 or 13 digits, dashes and words around them allowed' }),
    Type.Null(),
  ]),
  callNumber: Type.String({ maxLength: 100 }),
  kdc: Type.String({ maxLength: 10, pattern: '^[0-9]{3}([.][0-9]{1,6})?$' }),
  cover: Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()]),
  series: Type.String({ maxLength: 300, description: '총서명' }),
  seriesVolume: Type.String({ maxLength: 50, description: 'Its number in the series' }),
  edition: Type.String({ maxLength: 200 }),
  extent: Type.String({ maxLength: 200 }),
  subjects: Type.String({ maxLength: 1_000, description: 'With a semicolon between them' }),
}

const Registration = Strict({
  title: described.title,
  author: described.author,
  publisher: described.publisher,
  year: Type.Optional(described.year),
  isbn: Type.Optional(described.isbn),
  callNumber: described.callNumber,
  kdc: described.kdc,
  cover: Type.Optional(described.cover),
  series: Type.Optional(described.series),
  seriesVolume: Type.Optional(described.seriesVolume),
  edition: Type.Optional(described.edition),
  extent: Type.Optional(described.extent),
  subjects: Type.Optional(described.subjects),
  copies: Type.Integer({ minimum: 0, maximum: MOST_COPIES, default: 1 }),
})

const Change = Strict({
  version: Type.Integer({ minimum: 1, description: 'The version that was seen' }),
  title: Type.Optional(described.title),
  author: Type.Optional(described.author),
  publisher: Type.Optional(described.publisher),
  year: Type.Optional(described.year),
  isbn: Type.Optional(described.isbn),
  callNumber: Type.Optional(described.callNumber),
  kdc: Type.Optional(described.kdc),
  cover: Type.Optional(described.cover),
  series: Type.Optional(described.series),
  seriesVolume: Type.Optional(described.seriesVolume),
  edition: Type.Optional(described.edition),
  extent: Type.Optional(described.extent),
  subjects: Type.Optional(described.subjects),
})

/** What librarians do to titles and copies. */
export function librarianRoutes(app: App, deps: { db: Db; clock: Clock; shelfTime: ShelfTime }): void {
  const config = { audience: ['librarian', 'admin'] as const }
  const tags = ['books']
  const asItIs = async <Code extends string>(bookId: string, changed: Changed | Refused<Code>) => {
    if (changed.kind === 'refused') return changed
    return (await readBook(deps.db, bookId)) ?? refused('not_found')
  }

  app.route({
    method: 'POST',
    url: '/api/books',
    config,
    schema: {
      operationId: 'registerBook',
      tags,
      summary: 'Register a book with its copies',
      headers: IdempotencyHeaders,
      body: Registration,
      response: {
        201: BookSchema,
        ...refusalsOf<typeof registerBook>(
          { invalid_request, isbn_taken, idempotency_key_reused, request_in_progress },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const {
        year = null,
        isbn = null,
        cover = null,
        series = '',
        seriesVolume = '',
        edition = '',
        extent = '',
        subjects = '',
      } = request.body
      const result = await registerBook(deps, {
        librarianId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        asked: { ...request.body, year, isbn, cover, series, seriesVolume, edition, extent, subjects },
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).header('location', `/api/books/${result.body.id}`).send(result.body)
    },
  })

  app.route({
    method: 'PATCH',
    url: '/api/books/:id',
    config,
    schema: {
      operationId: 'changeBook',
      tags,
      summary: 'Change what the catalogue says of a book',
      params: BookId,
      body: Change,
      response: {
        200: BookSchema,
        ...refusalsOf<typeof changeBook>(
          { not_found, invalid_request, book_changed_meanwhile, isbn_taken },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const { version, ...change } = request.body
      const bookId = request.params.id
      const book = await asItIs(bookId, await changeBook(deps, { bookId, version, change }))
      return 'kind' in book ? reply.refuse(book) : book
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/books/:id',
    config,
    schema: {
      operationId: 'withdrawBook',
      tags,
      summary: 'Lend a book no more; its copies are withdrawn and its queue ends',
      params: BookId,
      response: { 200: BookSchema, ...refusalsOf<typeof withdrawBook>({ not_found, copies_out }, 401, 403) },
    },
    handler: async (request, reply) => {
      const book = await asItIs(request.params.id, await withdrawBook(deps, request.params.id))
      return 'kind' in book ? reply.refuse(book) : book
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/books/:id/copies',
    config,
    schema: {
      operationId: 'setCopies',
      tags,
      summary: 'Say how many copies the library owns; never fewer than are out',
      params: BookId,
      body: Strict({ copies: Type.Integer({ minimum: 0, maximum: MOST_COPIES }) }),
      response: {
        200: BookSchema,
        ...refusalsOf<typeof setCopies>({ not_found, book_withdrawn, copies_out }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const book = await asItIs(id, await setCopies(deps, id, request.body.copies))
      return 'kind' in book ? reply.refuse(book) : book
    },
  })

  app.route({
    method: 'GET',
    url: '/api/books/:id/copies',
    config,
    schema: {
      operationId: 'listCopies',
      tags,
      summary: 'The copies of a book by barcode',
      params: BookId,
      response: { 200: Type.Object({ data: Type.Array(CopySchema) }), ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      if (!(await findTitle(deps.db, request.params.id))) return reply.refuse(refused('not_found'))
      return { data: await listCopies(deps.db, request.params.id) }
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/books/:id/copies/:barcode',
    config,
    schema: {
      operationId: 'markCopy',
      tags,
      summary: 'Note what became of a copy in the house: damaged, lost, withdrawn, or available again',
      params: Strict({ id: Uuid, barcode: Type.String({ pattern: '^[A-Z0-9-]{4,32}$' }) }),
      body: Strict({ state: Type.Enum(SET_STATES) }),
      response: {
        200: CopySchema,
        ...refusalsOf<typeof markCopy>({ not_found, book_withdrawn, copy_in_use }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { id: bookId, barcode } = request.params
      const result = await markCopy(deps, { bookId, barcode, state: request.body.state })
      return result.kind === 'refused' ? reply.refuse(result) : result.copy
    },
  })
}
