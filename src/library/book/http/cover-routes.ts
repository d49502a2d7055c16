import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, actorOf, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { PICTURE_BODY, readPictures } from '../../../platform/pictures/picture-body.ts'
import { pictureProblems } from '../../../platform/pictures/problems.ts'
import { refused } from '../../../platform/refusal.ts'
import { BookSchema } from '../catalogue/book-view.ts'
import type { Covers } from '../catalogue/covers.ts'
import { readBook } from '../catalogue/list-books.ts'
import { bookProblems } from '../problems.ts'
import { BookId } from './book-routes.ts'

const { not_found } = platformProblems
const { book_changed_meanwhile } = bookProblems

/** What is under an address of a picture never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/** Pictures of covers: shown to everybody, given and taken by librarians. */
export function coverRoutes(app: App, deps: { db: Db; covers: Covers }): void {
  app.route({
    method: 'GET',
    url: '/api/books/pictures/:file',
    config: { audience: 'anyone', lane: 'browsing' },
    schema: { hide: true, params: Strict({ file: Type.String({ maxLength: 60 }) }) },
    handler: async (request, reply) => {
      const bytes = await deps.covers.read(request.params.file)
      if (!bytes) return reply.refuse(refused('not_found'))
      return reply.header('cache-control', FOR_EVER).type('image/webp').send(bytes)
    },
  })
  // A room of its own: only here a body may be a picture.
  app.register(async (scope: App) => {
    readPictures(scope)
    giving(scope, deps)
  })
}

function giving(scope: App, { db, covers }: { db: Db; covers: Covers }): void {
  const config = { audience: ['librarian', 'admin'] } as const
  const tags = ['books']
  const { bodyLimit, body } = PICTURE_BODY
  const querystring = Strict({ version: Type.Integer({ minimum: 1, description: 'The one that was read' }) })
  const asItIs = async (bookId: string) => (await readBook(db, bookId)) ?? refused('not_found')
  scope.route({
    method: 'PUT',
    url: '/api/books/:id/picture',
    bodyLimit,
    config,
    schema: {
      operationId: 'giveCover',
      tags,
      summary: 'Give a book a picture of its cover, instead of the one it has',
      description: 'The body is the file. It is written anew, without what the camera noted in it.',
      params: BookId,
      querystring,
      body,
      response: {
        200: BookSchema,
        ...refusalsOf<Covers['give']>({ not_found, book_changed_meanwhile, ...pictureProblems }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const bytes: unknown = request.body
      const bookId = request.params.id
      const given = await covers.give({
        bookId,
        version: request.query.version,
        bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0),
        by: actorOf(request).userId,
      })
      const book = given.kind === 'refused' ? given : await asItIs(bookId)
      return 'kind' in book ? reply.refuse(book) : book
    },
  })
  scope.route({
    method: 'DELETE',
    url: '/api/books/:id/picture',
    config,
    schema: {
      operationId: 'takeCover',
      tags,
      summary: 'Take the picture of its cover from a book, whose cover then is drawn',
      params: BookId,
      querystring,
      response: {
        200: BookSchema,
        ...refusalsOf<Covers['take']>({ not_found, book_changed_meanwhile }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const bookId = request.params.id
      const taken = await covers.take({ bookId, version: request.query.version })
      const book = taken.kind === 'refused' ? taken : await asItIs(bookId)
      return 'kind' in book ? reply.refuse(book) : book
    },
  })
}
