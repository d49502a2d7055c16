import AjvCompiler from '@fastify/ajv-compiler'
import { at, isObject, type Json, type JsonObject } from './json.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** One operation of the OpenAPI document. */
export interface Operation {
  operationId: string
  /** Upper case. */
  method: string
  /** As documented, e.g. `/api/orders/{id}`. */
  path: string
  audience: 'anyone' | 'visitor' | 'signed-in' | readonly string[]
  spec: JsonObject
}

/** An answer as it came over the wire. */
export interface Received {
  status: number
  contentType: string
  /** Parsed when it is JSON, text otherwise, '' when there is none. */
  body: Json
}

/** What the OpenAPI document promises, and the means to hold answers against it. */
export interface Contract {
  document: JsonObject
  operations: readonly Operation[]
  /**
   * @returns the operation, or undefined when no documented one has this address
   * @throws when the status is not documented or the body is not of its schema
   */
  check(method: string, url: string, received: Received): Operation | undefined
}

/** Problems that the HTTP layer itself may answer with on every route; the document has them as `default`. */
const EVERYWHERE = new Set([413, 415, 429, 500, 503])

/** Reads the document of a running system. Answers are checked against it with every member closed. */
export async function readContract(baseUrl: string): Promise<Contract> {
  const response = await fetch(`${baseUrl}/openapi.json`)
  const document: unknown = await response.json()
  if (!isObject(document)) throw new Error(`${baseUrl}/openapi.json is not an object`)
  const operations = operationsOf(document)
  const check = createChecker(document)
  return {
    document,
    operations,
    check(method, url, received) {
      const operation = operationAt(operations, method, new URL(url).pathname)
      if (operation !== undefined) check(operation, received)
      return operation
    },
  }
}

function operationsOf(document: JsonObject): Operation[] {
  const paths = at(document, 'paths')
  if (!isObject(paths)) throw new Error('the OpenAPI document has no paths')
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const spec = at(item, method)
      if (!isObject(spec)) return []
      const { operationId } = spec
      return [
        {
          operationId: typeof operationId === 'string' ? operationId : `${method} ${path}`,
          method: method.toUpperCase(),
          path,
          audience: audienceOf(spec['x-audience']),
          spec,
        },
      ]
    }),
  )
}

function audienceOf(stated: Json | undefined): Operation['audience'] {
  if (stated === 'anyone' || stated === 'visitor' || stated === 'signed-in') return stated
  if (Array.isArray(stated)) return stated.filter((role) => typeof role === 'string')
  throw new Error(`an operation without x-audience: ${JSON.stringify(stated)}`)
}

/** The operation behind an address; fixed addresses win over those with parameters. */
function operationAt(
  operations: readonly Operation[],
  method: string,
  pathname: string,
): Operation | undefined {
  const matching = operations.filter(
    (operation) => operation.method === method && patternOf(operation.path).test(pathname),
  )
  const parameters = (operation: Operation) => operation.path.split('{').length
  return matching.sort((a, b) => parameters(a) - parameters(b))[0]
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`)
}

const ROOT = 'openapi'

function createChecker(document: JsonObject) {
  const compile = AjvCompiler()(
    { [ROOT]: { $id: ROOT, ...closed(document) } },
    {
      customOptions: {
        allErrors: true,
        strict: false,
        coerceTypes: false,
        useDefaults: false,
        removeAdditional: false,
      },
    },
  )
  const validators = new Map<string, ReturnType<typeof compile>>()
  return ({ method, path, spec }: Operation, { status, contentType, body }: Received): void => {
    const where = `${method} ${path} → ${status}`
    const documented = at(spec, 'responses', String(status)) !== undefined
    // Nothing is said twice: a 304 has no body, and only follows a 200 that is documented.
    if (status === 304 && !documented) return
    if (!documented && !EVERYWHERE.has(status)) throw new Error(`${where} is not documented: ${show(body)}`)
    const key = documented ? String(status) : 'default'
    const content = at(spec, 'responses', key, 'content')
    if (!isObject(content)) {
      if (body !== '') throw new Error(`${where} is documented without a body, but has one: ${show(body)}`)
      return
    }
    checkCode(where, at(spec, 'responses', key, 'description'), body)
    const type = contentType.split(';')[0] ?? ''
    if (at(content, type, 'schema') === undefined)
      throw new Error(`${where} came as "${type}", documented are ${Object.keys(content).join(', ')}`)
    const pointer = ['paths', path, method.toLowerCase(), 'responses', key, 'content', type, 'schema']
    const $ref = `${ROOT}#/${pointer.map(escaped).join('/')}`
    const validate = validators.get($ref) ?? compile({ schema: { $ref } })
    validators.set($ref, validate)
    if (validate(body) === true) return
    throw new Error(`${where} is not as documented: ${JSON.stringify(validate.errors)}\n${show(body)}`)
  }
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
const show = (body: Json) => JSON.stringify(body).slice(0, 1_000)

/** The same schemas, but objects that list their members have no others: what is not documented must not be sent. */
function closed<T extends Json>(schema: T): T
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((member) => closed(member))
  if (!isObject(schema)) return schema
  const copy: JsonObject = Object.fromEntries(
    Object.entries(schema).map(([name, member]) => [name, closed(member)]),
  )
  const open = isObject(schema.properties) && schema.additionalProperties === undefined
  return open && schema.type === 'object' ? { ...copy, additionalProperties: false } : copy
}

/** Where a route names its refusals (as `code`), no other may come. A 400 may also come before its use case. */
function checkCode(where: string, description: unknown, body: unknown): void {
  const named = [...String(description).matchAll(/`(\w+)`/g)].map(([, code]) => code)
  if (named.length === 0 || !isObject(body) || typeof body.code !== 'string') return
  const { status, code } = body
  if (status === 400 || named.includes(code)) return
  throw new Error(`${where} came with the code ${code}, documented are ${named.join(', ')}`)
}
