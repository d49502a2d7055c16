import { randomUUID } from 'node:crypto'
import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Contract } from './contract.ts'
import { type Json, parseJson } from './json.ts'
import type { Visits } from './visits.ts'

export interface Ask {
  json?: unknown
  /** Sent as it is, with the given content type. */
  raw?: { body: string | Buffer; type: string }
  /** Idempotency-Key; `true` makes a new one. */
  key?: string | true
  headers?: Readonly<Record<string, string>>
  /** Follow redirections, as a browser does. Default: no. */
  follow?: boolean
  /** For a stream that never ends by itself: read its first event only. */
  endless?: boolean
}

export interface Answer {
  status: number
  headers: Headers
  body: Json
  /** The stable code of a problem document, '' for any other body. */
  code: string
  /** Fields of the errors of a problem document. */
  fields: string[]
}

/** A client of one caller. Every answer is held against the OpenAPI document before it is given back. */
export interface Api {
  get(path: string, ask?: Ask): Promise<Answer>
  post(path: string, ask?: Ask): Promise<Answer>
  patch(path: string, ask?: Ask): Promise<Answer>
  delete(path: string, ask?: Ask): Promise<Answer>
  send(method: string, path: string, ask?: Ask): Promise<Answer>
}

export interface ApiOptions {
  baseUrl: string
  contract: Contract
  visits: Visits
  token?: string | undefined
}

/** A client with the token of one caller, or of nobody. Addresses may be absolute (those of a provider's return). */
export function createApi({ baseUrl, contract, visits, token }: ApiOptions): Api {
  const send = async (method: string, path: string, ask: Ask = {}): Promise<Answer> => {
    const url = new URL(path, baseUrl).toString()
    const body = ask.raw?.body ?? (ask.json === undefined ? undefined : JSON.stringify(ask.json))
    const type = ask.raw?.type ?? (ask.json === undefined ? undefined : 'application/json')
    const key = ask.key === true ? randomUUID() : ask.key
    const response = await fetch(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...ask.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      redirect: ask.follow === true ? 'follow' : 'manual',
      signal: AbortSignal.timeout(60_000),
    })
    const contentType = response.headers.get('content-type') ?? ''
    const text = ask.endless === true ? await firstEvent(response) : await response.text()
    const received = contentType.includes('json') ? parseJson(text) : text
    const { status, headers } = response
    // After a redirection it is another address that has answered.
    const asked = response.redirected ? response.url : url
    const operation = contract.check(method, asked, { status, contentType, body: received })
    if (operation !== undefined) visits.visited(operation.operationId, status)
    const problem = Value.Check(Problem, received) ? received : undefined
    return {
      status,
      headers,
      body: received,
      code: problem?.code ?? '',
      fields: problem?.errors?.map(({ field }) => field) ?? [],
    }
  }
  return {
    send,
    get: (path, ask) => send('GET', path, ask),
    post: (path, ask) => send('POST', path, ask),
    patch: (path, ask) => send('PATCH', path, ask),
    delete: (path, ask) => send('DELETE', path, ask),
  }
}

/** A stream has no end: what came up to its first event. */
async function firstEvent({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of (body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    text += decoder.decode(bytes, { stream: true })
    if (/^data:.*\n\n/ms.test(text)) break
  }
  return text
}

const Problem = Type.Object({
  code: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String() }))),
})

/**
 * The body, seen as the given schema.
 * @throws when the status is another one, or the body has another shape
 */
export function expectBody<S extends TSchema>(answer: Answer, status: number, schema: S): Static<S> {
  const { body } = answer
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${show(body)}`)
  if (!Value.Check(schema, body)) throw new Error(`not the awaited body: ${show(body)}`)
  return body
}

const show = (body: Json) => JSON.stringify(body).slice(0, 1_000)
