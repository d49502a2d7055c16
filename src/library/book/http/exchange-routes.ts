import { Readable } from 'node:stream'
import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, problems, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { readFewAtOnce } from '../../../platform/http/input/large-bodies.ts'
import { languageOf } from '../../../platform/http/problem.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { exportTitles, FILES } from '../exchange/export-titles.ts'
import type { ImportDeps, RowNote } from '../exchange/import-titles.ts'
import { MOST_RECORDS, tellImport } from '../exchange/tell-import.ts'
import { bookProblems } from '../problems.ts'

const config = { audience: ['librarian', 'admin'] } as const
const tags = ['books']
const { import_differs, too_many_records } = bookProblems
/** Of 5,000 records of 800 bytes; no more than the gateway passes on. */
const MOST_BYTES = 4_000_000

const Note = Type.Object({
  number: Type.Integer({ description: 'Which record of the file, from 1' }),
  place: Type.Integer({ description: 'Where it begins: byte (ISO 2709) or line (CSV, MARCXML)' }),
  code: Type.String(),
  message: Type.String(),
  title: Type.String({ description: 'What could be read of its title' }),
})
const Value = Type.Union([Type.String(), Type.Integer(), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

const Told = Type.Object({
  applied: Type.Boolean({ description: 'Whether it was done, or only would be' }),
  read: Count,
  added: Count,
  changed: Count,
  unchanged: Count,
  rejected: Count,
  copies: Type.Integer({ minimum: 0, description: 'New copies' }),
  announced: orNull(Count, 'Records the file says it has, when these are more than were read'),
  fileProblems: Type.Array(
    Type.Object({ code: Type.String(), place: Type.Integer(), message: Type.String() }),
    {
      description: 'Why the file was not read to its end',
    },
  ),
  rows: Type.Array(
    Type.Object({
      number: Type.Integer(),
      action: Type.Enum(['added', 'changed']),
      title: Type.String(),
      author: Type.String(),
      isbn: orNull(Type.String()),
      callNumber: Type.String(),
      copies: Count,
      changes: Type.Array(Type.Object({ field: Type.String(), before: Value, after: Value })),
    }),
    { description: 'New and changed titles, the first 500' },
  ),
  rejections: Type.Array(Note, { description: 'The first 500' }),
  doubts: Type.Array(Note, { description: 'Imported, but something is strange; the first 500' }),
  token: Type.String({ description: 'Stands for this file and these wishes' }),
})

/** Titles in bulk, in and out: CSV, MARC 21 and KORMARC (ISO 2709, MARCXML). */
export function exchangeRoutes(app: App, deps: ImportDeps & { browsing: Db }): void {
  app.route({
    method: 'GET',
    url: '/api/books/export',
    config,
    schema: {
      operationId: 'exportBooks',
      tags,
      summary: 'All titles that are lent, with the barcodes of their copies, as a file',
      querystring: Strict({ format: Type.Enum(['csv', 'marc', 'marcxml'], { default: 'csv' }) }),
      response: {
        200: {
          description: 'CSV, ISO 2709 (KORMARC) or MARCXML, in UTF-8, sent while it is read',
          content: Object.fromEntries(
            ['text/csv', 'application/marc', 'application/marcxml+xml'].map((type) => [
              type,
              { schema: Type.Unsafe<Readable>(Type.String()) },
            ]),
          ),
        },
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) => {
      const { format } = request.query
      const { type, name } = FILES[format]
      return reply
        .type(type)
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(Readable.from(exportTitles(deps.browsing, format)))
    },
  })

  // A room of its own: only here a body may be any bytes.
  app.register(async (scope: App) => {
    readFewAtOnce(scope)
    // One letter for each byte, so that its length is that of the file.
    scope.addContentTypeParser<Buffer>(
      'application/octet-stream',
      { parseAs: 'buffer' },
      (_request, bytes, done) => done(null, bytes.toString('latin1')),
    )
    importRoute(scope, deps)
  })
}

function importRoute(scope: App, deps: ImportDeps): void {
  scope.route({
    method: 'POST',
    url: '/api/books/import',
    bodyLimit: MOST_BYTES,
    config,
    schema: {
      operationId: 'importBooks',
      tags,
      summary: 'Import titles from a file: first only told, then done by the token of what was told',
      description: `CSV, MARC 21 or KORMARC (ISO 2709 or MARCXML), told apart by how the file begins; at most ${MOST_RECORDS} records. A title is known by its ISBN, else by its copies, else by its description: the same file again changes nothing. A damaged record costs that record only.`,
      querystring: Strict({
        token: Type.Optional(
          Type.String({ maxLength: 60, description: 'From the preview; without it nothing is changed' }),
        ),
        update: Type.Boolean({ default: false, description: 'Also describe known titles anew' }),
        copies: Type.Integer({
          minimum: 0,
          maximum: 10,
          default: 1,
          description: 'Copies of new titles of which the file says nothing',
        }),
        encoding: Type.Enum(['auto', 'utf-8', 'cp949'], { default: 'auto' }),
        unclassed: Type.Optional(
          Type.String({
            pattern: '^[0-9]{3}$',
            description: 'Class (KDC) of records without one; else these are rejected',
          }),
        ),
      }),
      body: { content: { 'application/octet-stream': { schema: Type.String({ maxLength: MOST_BYTES }) } } },
      response: {
        200: Told,
        ...refusalsOf<typeof tellImport>({ import_differs, too_many_records }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const body: unknown = request.body
      const { token, update, copies, encoding, unclassed } = request.query
      const bytes = Buffer.from(typeof body === 'string' ? body : '', 'latin1')
      const told = await tellImport(deps, { bytes, token, update, copies, encoding, unclassed })
      if (told.kind === 'refused') return reply.refuse(told)
      const language = languageOf(request)
      const said = ({ number, place, code, message, title }: RowNote) => ({
        number,
        place,
        code,
        message: message[language],
        title,
      })
      const { missing, refusedFiles, read, added, changed, unchanged, rejected, copies: fresh } = told.report
      return {
        applied: told.applied,
        read,
        added,
        changed,
        unchanged,
        rejected,
        copies: fresh,
        announced: missing[0]?.announced ?? null,
        fileProblems: refusedFiles.map(({ code, place, message }) => ({
          code,
          place,
          message: message[language],
        })),
        rows: [...told.rows],
        rejections: told.rejected.map(said),
        doubts: told.doubts.map(said),
        token: told.token,
      }
    },
  })
}
