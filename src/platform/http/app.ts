import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import Type, { type TProperties } from 'typebox'
import type { Problem, RefusedBy } from '../refusal.ts'
import type { Actor, Audience } from './actor.ts'
import type { AtHand } from './at-hand/ready.ts'
import { IDEMPOTENCY_KEY_PATTERN } from './idempotency.ts'
import type { Lane } from './limits/lane.ts'
import type { ProblemPage } from './problem.ts'

/** The Fastify instance as routes see it: TypeBox schemas give the types of request and reply. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whom its work waits for; see `useLanes`. Left out: browsing for what everybody may read, else none. */
    lane?: Lane
    /**
     * Prepares looking for the answer to a request in what is kept in memory: undefined while it is not there, and then
     * the handler is called. What was prepared is used for every request of the same address, so nothing of the request
     * but its address may decide the answer. Undefined for what is never kept.
     */
    atHand?: (request: FastifyRequest) => AtHand | undefined
    /** Who may call the route; a route without it does not start. */
    audience?: Audience
    /** It shows those who work here what belongs to customers: who looks is written down. */
    personal?: boolean
    /**
     * Members of the body whose words are somebody's own and stay out of the audit, which nothing is ever taken out of:
     * texts written to a customer, which leave with them. The note says how long they were.
     */
    unkept?: readonly string[]
    /** Readies the answer when the route refuses or fails: a page for browsers, or nothing for a problem document. */
    problemPage?: ProblemPage
    /** How the caller is recognised; by the bearer token in the header unless the route says otherwise. */
    identify?: (request: FastifyRequest) => Promise<Actor | 'expired' | 'invalid' | 'unavailable'>
  }
  interface FastifyRequest {
    /** Set on routes whose audience is not 'anyone'; there `actorOf` reads it. Of a 'visitor' without a token null. */
    actor: Actor | null
    /** Asks again, for answers that go on: false once the session has ended, the token has expired or the role is gone. */
    isStillSignedIn: (() => Promise<boolean>) | null
    /**
     * Finds out who calls a route that is for anyone, where the request proves it. Such a route answers everybody the
     * same, and nobody waits for this.
     */
    whoCalls(): Promise<Actor | undefined>
  }
}

/** The signed-in caller. On routes for anyone or visitors there may be none, and asking is a bug. */
export function actorOf(request: FastifyRequest): Actor {
  if (!request.actor)
    throw new Error(`${request.routeOptions.url} has no actor: not all of its audience is signed in`)
  return request.actor
}

/** An object schema that refuses unknown members: for everything that comes in. */
export function Strict<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false })
}

/** An id as it comes in. */
export const Uuid = Type.String({ format: 'uuid' })

/** What a person writes down for others to read: more than white space. */
export const Words = (most: number, description?: string) =>
  Type.String({ pattern: '\\S', minLength: 1, maxLength: most, ...(description ? { description } : {}) })

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Type.Ref('Problem') } },
})

/**
 * Problem responses for what a route answers by itself, without a use case that says how it refuses: who is not let in,
 * and a read that finds nothing. `problems(401, 404)`; 400 comes by itself.
 */
export function problems(...statuses: number[]): Record<number, ReturnType<typeof problem>> {
  return Object.fromEntries(
    [400, ...statuses].map((status) => [status, problem(DESCRIPTIONS[status] ?? 'Problem')]),
  )
}

/** Codes a use case refuses with, as its type says. */
type CodesOf<UseCase extends (...args: never[]) => unknown> =
  RefusedBy<UseCase> extends { code: infer Code extends string } ? Code : never

/**
 * Problem responses for the refusals of a use case, each code named under its status:
 * `refusalsOf<typeof editReview>({ not_found, review_hidden, invalid_request })`. What stands here are exactly the codes
 * of its type: one too few or too many does not compile, and neither does a use case whose type names none. A route that
 * asks two names both: `refusalsOf<typeof finishLinking | typeof waysIn>(…)`. Besides come 400, and what the route's
 * audience may be answered.
 * @param others statuses that are answered before the use case is asked
 */
export function refusalsOf<UseCase extends (...args: never[]) => unknown>(
  codes: string extends CodesOf<UseCase> ? never : Readonly<Record<CodesOf<UseCase>, Problem>>,
  ...others: number[]
): Record<number, ReturnType<typeof problem>> {
  const byStatus = Map.groupBy(Object.entries<Problem>(codes), ([, { status }]) => status)
  const named = [...byStatus].map(([status, refusals]) => {
    const before = others.includes(status) ? (BEFORE[status] ?? []) : []
    const list = [...new Set([...before, ...refusals.map(([code]) => code)])]
      .map((code) => `\`${code}\``)
      .join(', ')
    return [status, problem(`${DESCRIPTIONS[status] ?? 'Problem'}: ${list}`)] as const
  })
  return { ...problems(...others), ...Object.fromEntries(named) }
}

/** Codes that are answered before any use case is asked, where one of its own has the same status. */
const BEFORE: Readonly<Record<number, readonly string[]>> = {
  401: ['not_signed_in', 'token_expired'],
  403: ['not_allowed'],
  429: ['too_many_requests'],
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Not signed in, or the access token has expired',
  403: 'Not allowed for this role',
  404: 'Not found, or not yours',
  409: 'Not possible in the current state',
  422: 'Understood but refused',
  429: 'Too many requests',
  500: 'Something went wrong on our side',
  502: 'A provider answered in a way we do not accept',
  503: 'Temporarily unavailable; see Retry-After',
}

/** Header schema of POSTs that create or pay. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.String({
    pattern: IDEMPOTENCY_KEY_PATTERN,
    description:
      'Chosen by the client, new for every intention; a repeat with the same key gets the same answer',
  }),
})

/** Which page of a list is asked for; `deepest` is the last one that may be, and deeper than anybody reads. */
export const pagingTo = (deepest: number) => ({
  page: Type.Integer({ minimum: 1, maximum: deepest, default: 1 }),
  size: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
})

/** Says which page of how many a list is ({@link PageSchema}). */
export const pageOf = ({ page, size }: { page: number; size: number }, totalElements: number) => ({
  number: page,
  size,
  totalElements,
  totalPages: Math.ceil(totalElements / size),
})

/** A page of a list: `number` counts from 1. */
export const PageSchema = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  size: Type.Integer({ minimum: 1, maximum: 100 }),
  totalElements: Type.Integer({ minimum: 0 }),
  totalPages: Type.Integer({ minimum: 0 }),
})
