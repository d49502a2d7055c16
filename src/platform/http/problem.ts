import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Problem, ProblemCatalog, Refused, Text } from '../refusal.ts'

/** RFC 9457 problem document, with our stable `code`. Other members may follow, depending on the code. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'URI reference of the problem type' }),
    title: Type.String({ description: 'For people, in the language of Accept-Language (ko, en)' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable code for programs' }),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String({ description: 'Request id, to quote to support' })),
    errors: Type.Optional(
      Type.Array(Type.Object({ field: Type.String(), code: Type.String(), message: Type.String() })),
    ),
  },
  { $id: 'Problem', additionalProperties: true },
)

/** Korean unless the first supported language of Accept-Language is English. */
export function languageOf({ headers }: Pick<FastifyRequest, 'headers'>): keyof Text {
  const header = headers['accept-language']
  if (!header) return 'ko'
  const preferred = header
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const weight = parameters.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find(Boolean)
      return { language: tag.split('-')[0], weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ language, weight }) => (language === 'ko' || language === 'en') && weight > 0)
    .sort((a, b) => b.weight - a.weight)[0]
  return preferred?.language === 'en' ? 'en' : 'ko'
}

/**
 * What a browser is shown in place of a problem document, or where it should go instead; undefined where a document
 * is asked for.
 */
export type ProblemPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  problem: { status: number; title: Text },
  refusal: Refused,
) => string | { to: string } | undefined

/**
 * Sends a refusal as a problem document, or as the route's page: the only place where refusals become HTTP.
 * @param elsewhere the page of addresses that have no route
 */
export function refuse(
  catalog: ProblemCatalog,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refused,
  elsewhere?: ProblemPage,
) {
  const problem = catalog[refusal.code]
  if (!problem) throw new Error(`no problem is declared for the code ${refusal.code}`)
  const language = languageOf(request)
  if (refusal.retryAfterSeconds !== undefined) {
    reply.header('retry-after', Math.max(1, Math.ceil(refusal.retryAfterSeconds)))
  }
  const { config } = request.routeOptions
  const pageOf = config.problemPage ?? (request.is404 ? elsewhere : undefined)
  const page = pageOf?.(request, reply, problem, refusal)
  if (typeof page === 'object') return reply.redirect(page.to, 303)
  if (page !== undefined) return reply.code(problem.status).send(page)
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .header('content-language', language)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(problemDocument(problem, refusal, { language, instance: request.id }))
}

/**
 * The document of a refusal.
 * @param instance id of the request
 */
export function problemDocument(
  { title, status }: Problem,
  { code, detail, errors, facts }: Refused,
  { language, instance }: { language: keyof Text; instance: string },
) {
  return {
    type: `/problems/${code}`,
    title: title[language],
    status,
    code,
    ...(detail ? { detail: detail[language] } : {}),
    instance,
    ...(errors
      ? { errors: errors.map((e) => ({ field: e.field, code: e.code, message: e.message[language] })) }
      : {}),
    ...facts,
  }
}
