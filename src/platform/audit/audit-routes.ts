import Type from 'typebox'
import type { Db } from '../database/database.ts'
import { type App, problems, Strict, Uuid } from '../http/app.ts'
import { readAudit } from './audit.ts'

const Facts = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])
const Moment = Type.String({ format: 'date-time', maxLength: 40 })

const AuditEntryView = Type.Object({
  id: Type.String(),
  at: Type.String({ format: 'date-time' }),
  actorId: Type.String({ description: 'User id, or `system` for the command line' }),
  action: Type.String(),
  subject: Type.Object({ type: Type.String(), id: Type.String() }),
  reason: Type.Union([Type.String(), Type.Null()]),
  before: Facts,
  after: Facts,
  requestId: Type.Union([Type.String(), Type.Null()], { description: 'As in the log and X-Request-Id' }),
})

/** What has been written down of who did what; nobody changes it. */
export function auditRoutes(app: App, { db }: { db: Db }): void {
  app.route({
    method: 'GET',
    url: '/api/admin/audit',
    config: { audience: ['admin'] },
    schema: {
      operationId: 'listAudit',
      tags: ['operators'],
      summary: 'Who did or read what, when and why, newest first',
      querystring: Strict({
        actorId: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        action: Type.Optional(Type.String({ pattern: '^[a-z_]+\\.[a-z_]+$', maxLength: 100 })),
        subjectType: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
        subjectId: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        from: Type.Optional(Moment),
        to: Type.Optional(Type.String({ ...Moment, description: 'Not included' })),
        after: Type.Optional(Type.String({ ...Uuid, description: '`page.next` of the page before' })),
        size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
      }),
      response: {
        200: Type.Object({
          data: Type.Array(AuditEntryView),
          page: Type.Object({ size: Type.Integer(), next: Type.Union([Type.String(), Type.Null()]) }),
        }),
        ...problems(401, 403),
      },
    },
    handler: async (request) => {
      const { size = 50, from, to, ...filter } = request.query
      const rows = await readAudit(db, {
        ...filter,
        ...(from === undefined ? {} : { from: Temporal.Instant.from(from) }),
        ...(to === undefined ? {} : { to: Temporal.Instant.from(to) }),
        limit: size + 1,
      })
      const shown = rows.slice(0, size)
      return {
        data: shown.map((row) => ({
          id: row.id,
          at: row.at.toString(),
          actorId: row.actor_id,
          action: row.action,
          subject: { type: row.subject_type, id: row.subject_id },
          reason: row.reason,
          before: factsOf(row.before),
          after: factsOf(row.after),
          requestId: row.request_id,
        })),
        page: { size, next: rows.length > size ? (shown.at(-1)?.id ?? null) : null },
      }
    },
  })
}

function factsOf(stored: unknown): Record<string, unknown> | null {
  return typeof stored === 'object' && stored !== null ? Object.fromEntries(Object.entries(stored)) : null
}
