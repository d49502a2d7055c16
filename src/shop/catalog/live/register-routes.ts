import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { catalogProblems } from '../problems.ts'
import { RegisterImport, readState } from './read-state.ts'
import { type SteerDeps, skipStuckPage, startImport, stopImport } from './steer-import.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['admin: items']
const {
  register_calls_used_up,
  register_import_idle,
  register_import_running,
  register_page_not_stuck,
  register_without_key,
} = catalogProblems

/** The merchant's view of the import of the public registers, and its two buttons. */
export function registerRoutes(app: App, deps: SteerDeps): void {
  app.route({
    method: 'GET',
    url: '/api/admin/register-import',
    config,
    schema: {
      operationId: 'getRegisterImport',
      tags,
      summary: 'How the import of the public registers stands, and what it may ask today',
      response: { 200: RegisterImport, ...problems(401, 403) },
    },
    handler: async (_request, reply) =>
      reply.header('cache-control', 'no-store').send(await readState(deps.db, deps.clock, deps.addresses)),
  })

  app.route({
    method: 'POST',
    url: '/api/admin/register-import/start',
    config,
    schema: {
      operationId: 'startRegisterImport',
      tags,
      summary: 'Import the public registers now, as at night',
      description:
        'Goes on where an earlier import stopped. New items stay hidden; prices, stock, status and what the merchant wrote stay. Needs no Idempotency-Key: a repeat finds it running.',
      response: {
        202: RegisterImport,
        ...refusalsOf<typeof startImport>(
          { register_without_key, register_calls_used_up, register_import_running },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await startImport(deps, actorOf(request).userId)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(202).send(result.state)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/register-import/stop',
    config,
    schema: {
      operationId: 'stopRegisterImport',
      tags,
      summary: 'Stop the import of the public registers',
      description: 'It stops before its next call. What was read stays, and the next import goes on there.',
      response: { 202: RegisterImport, ...refusalsOf<typeof stopImport>({ register_import_idle }, 401, 403) },
    },
    handler: async (request, reply) => {
      const result = await stopImport(deps, actorOf(request).userId)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(202).send(result.state)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/register-import/skip-page',
    config,
    schema: {
      operationId: 'skipRegisterPage',
      tags,
      summary: 'Import a register without a page that does not come',
      description:
        'The next import goes on where the register was given up, and every one goes past this page for as long as it cannot be read.',
      body: Strict({
        source: Type.Enum(['c003', 'htfs']),
        row: Type.Integer({
          minimum: 2,
          maximum: 100_000_000,
          description: 'Where the page begins, as it was read',
        }),
      }),
      response: {
        200: RegisterImport,
        ...refusalsOf<typeof skipStuckPage>({ register_page_not_stuck }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const result = await skipStuckPage(deps, { ...request.body, actorId: actorOf(request).userId })
      return result.kind === 'refused' ? reply.refuse(result) : reply.send(result.state)
    },
  })
}
