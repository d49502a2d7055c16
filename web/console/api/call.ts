import type { ServiceApart } from '../../pages/console/session.ts'
import { language } from '../words/language.ts'
import { bodyOf } from './body.ts'
import type { Operations } from './operations.ts'
import { learnServerTime } from './server-clock.ts'
import { forgetToken, openSession, pageHolder } from './session.ts'

export type OperationName = keyof Operations
export type InputOf<N extends OperationName> = Operations[N]['input']
export type AnswerOf<N extends OperationName> = Operations[N]['answer']

/** What the API refused, in words for people. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  /** Field and what is wrong with it. */
  readonly fields: readonly { readonly field: string; readonly code?: string; readonly message: string }[]
  /** What else the refusal tells: of `item_number_known` the `itemId`. */
  readonly facts: Readonly<Record<string, unknown>>
  /** To quote when asking for help. */
  readonly requestId: string | undefined

  constructor(status: number, problem: ProblemBody, requestId: string | undefined) {
    super(problem.detail ?? problem.title ?? String(status))
    this.status = status
    this.code = problem.code ?? ''
    this.fields = problem.errors ?? []
    this.facts = { ...problem }
    this.requestId = requestId
  }
}

interface ProblemBody {
  readonly title?: string
  readonly detail?: string
  readonly code?: string
  readonly errors?: readonly { readonly field: string; readonly code?: string; readonly message: string }[]
}

/** Nothing has to be said for operations that need nothing. */
type Arguments<N extends OperationName> =
  Record<never, never> extends InputOf<N> ? [input?: InputOf<N> & Place] : [input: InputOf<N> & Place]

/** What every process answers for itself is asked of one: see `ServiceApart`. */
interface Place {
  /** Default: the shop's, or the one process there is. */
  readonly at?: ServiceApart | undefined
}

interface AnyInput extends Place {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly key?: string
}

/**
 * Calls an operation of the API, as whoever is logged in. The names and types come from the schemas of the server.
 * @example await call("GET /api/admin/payments", { query: { state: 'unknown' } })
 * @throws ApiProblem for what is refused; TypeError when the server is not reached
 */
export async function call<N extends OperationName>(name: N, ...[input]: Arguments<N>): Promise<AnswerOf<N>> {
  const answer = await request(name, { ...input })
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false
  const body: unknown = answer.status === 204 ? undefined : await (isJson ? answer.json() : answer.text())
  // The server answers by the schema this type was made of.
  return body as AnswerOf<N>
}

/** The same for an answer that goes on. */
export async function callStream<N extends OperationName>(
  name: N,
  signal: AbortSignal,
  ...[input]: Arguments<N>
): Promise<ReadableStream<Uint8Array>> {
  const answer = await request(name, { ...input }, signal)
  if (!answer.body) throw new Error(`${name} answers nothing`)
  return answer.body
}

/** @param beganAs who asked for it: nobody else does it */
async function request(
  name: string,
  input: AnyInput,
  signal?: AbortSignal,
  beganAs: string | undefined = pageHolder(),
): Promise<Response> {
  const { accessToken, user } = await openSession()
  if (beganAs !== undefined && beganAs !== user.id) throw new Error('somebody else has logged in')
  const answer = await fetch(addressOf(name, input), {
    method: name.split(' ')[0] ?? 'GET',
    ...sentBody(input),
    headers: {
      authorization: `Bearer ${accessToken}`,
      'accept-language': language(),
      ...typeOf(input.body),
      ...(input.key === undefined ? {} : { 'idempotency-key': input.key }),
    },
    ...(signal ? { signal } : {}),
  })
  learnServerTime(answer)
  if (answer.status === 401) {
    // The token is too old, or the login has ended: then this waits for the next one.
    forgetToken()
    return request(name, input, signal, user.id)
  }
  if (answer.ok) return answer
  const problem = await bodyOf<ProblemBody>(answer).catch(() => ({}))
  throw new ApiProblem(answer.status, problem, answer.headers.get('x-request-id') ?? undefined)
}

function addressOf(name: string, { params = {}, query = {}, at }: AnyInput): string {
  const asked = name.split(' ')[1] ?? ''
  const whose = at === undefined ? asked : asked.replace('/api/admin/', `/api/admin/at/${at}/`)
  const path = whose.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(String(params[part] ?? '')))
  const given = Object.entries(query).flatMap(([field, value]) =>
    value === undefined ? [] : [[field, String(value)]],
  )
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

/** Texts and files are sent as they are, everything else as JSON. */
function sentBody({ body }: AnyInput): { body?: BodyInit } {
  if (body === undefined) return {}
  return { body: typeof body === 'string' || body instanceof Blob ? body : JSON.stringify(body) }
}

function typeOf(body: unknown): { 'content-type'?: string } {
  if (body === undefined) return {}
  if (body instanceof Blob && body.type !== '') return { 'content-type': body.type }
  return {
    'content-type': typeof body === 'string' || body instanceof Blob ? 'text/csv' : 'application/json',
  }
}

/** A key of one intention, for operations that must not be done twice. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
