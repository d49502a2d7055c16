import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The types by which the console calls the API, made of the OpenAPI document, which is made of the schemas that the
 * server checks and answers by: a wrong field in the console does not compile. Only operations that the console names
 * (`call('GET /api/orders', …)`) are written, so the file changes only with what the console uses.
 */

type Json = unknown

const ROOT = join(import.meta.dirname, '..')
/** The file of types. */
export const OPERATIONS_FILE = join(ROOT, 'web/console/api/operations.ts')

const HEAD = `// Made by \`npm run console:types\` out of the OpenAPI document. Not to be edited.
// biome-ignore-all format: made

/** The operations of the API that the console calls. */
export interface Operations {
`

/** Names of operations in the sources of the console: \`GET /api/admin/payments/:id\`. */
export function operationsNamed(root = ROOT): string[] {
  const files = globSync('web/console/**/*.{ts,tsx}', { cwd: root }).filter(
    (file) => !file.endsWith('api/operations.ts'),
  )
  const named = files.flatMap((file) => [
    ...readFileSync(join(root, file), 'utf8').matchAll(/'((?:GET|POST|PUT|PATCH|DELETE) \/api\/[^']+)'/g),
  ])
  return [...new Set(named.map(([, name = '']) => name))].toSorted(byPath)
}

function byPath(one: string, other: string): number {
  const key = (name: string) => name.split(' ').toReversed().join(' ')
  return key(one) < key(other) ? -1 : 1
}

/** @throws Error for an operation that the document has not */
export function typesOf(document: Json, names: readonly string[]): string {
  const lines = names.map((name) => `  '${name}': ${operationType(document, name)}\n`)
  return `${HEAD}${lines.join('')}}\n`
}

function operationType(document: Json, name: string): string {
  const [method = '', path = ''] = name.split(' ')
  const documented = path.replace(/:(\w+)/g, '{$1}')
  const operation = at(at(at(document, 'paths'), documented), method.toLowerCase())
  if (operation === undefined) throw new Error(`the API has no operation ${name}`)
  const parameters = listOf(at(operation, 'parameters'))
  const of = (place: string) =>
    parameters
      .filter((parameter) => at(parameter, 'in') === place)
      .map((parameter) => memberOf(document, parameter))
  const params = of('path')
  const query = of('query')
  const takesKey = parameters.some((parameter) => at(parameter, 'name') === 'idempotency-key')
  const body = at(operation, 'requestBody')
  const members = [
    ...(params.length > 0 ? [`params: { ${params.join('; ')} }`] : []),
    ...(query.length > 0 ? [`query${query.every(isOptional) ? '?' : ''}: { ${query.join('; ')} }`] : []),
    ...(body === undefined
      ? []
      : [`body${at(body, 'required') === true ? '' : '?'}: ${bodyType(document, body)}`]),
    ...(takesKey ? ['key: string'] : []),
  ]
  const input = members.length === 0 ? 'Record<never, never>' : `{ ${members.join('; ')} }`
  return `{ input: ${input}; answer: ${answerType(document, operation)} }`
}

const isOptional = (member: string) => /^'?[\w-]+'?\?:/.test(member)

function memberOf(document: Json, parameter: Json): string {
  const type = typeOf(document, at(parameter, 'schema'))
  return member(String(at(parameter, 'name')), at(parameter, 'required') === true, type)
}

function bodyType(document: Json, body: Json): string {
  const content = at(body, 'content')
  const json = at(at(content, 'application/json'), 'schema')
  // Tables and files are sent as they are.
  return json === undefined ? 'string | Blob' : typeOf(document, json)
}

/** What an operation answers when it does what it was asked. */
function answerType(document: Json, operation: Json): string {
  const responses = at(operation, 'responses')
  const types = Object.entries(membersOf(responses))
    .filter(([status]) => status.startsWith('2'))
    .map(([, response]) => {
      const content = at(response, 'content')
      if (content === undefined) return 'undefined'
      const json = at(at(content, 'application/json'), 'schema')
      return json === undefined ? 'string' : typeOf(document, json)
    })
  return [...new Set(types)].join(' | ') || 'undefined'
}

/** One JSON schema as a type. */
function typeOf(document: Json, schema: Json): string {
  const reference = at(schema, '$ref')
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1) ?? ''
    return typeOf(document, at(at(at(document, 'components'), 'schemas'), name))
  }
  const constant = at(schema, 'const')
  if (constant !== undefined) return JSON.stringify(constant)
  const choices = at(schema, 'enum')
  if (Array.isArray(choices)) return unionOf(choices.map((choice) => JSON.stringify(choice)))
  const alternatives = at(schema, 'anyOf') ?? at(schema, 'oneOf')
  if (Array.isArray(alternatives)) return unionOf(alternatives.map((one: Json) => typeOf(document, one)))
  const all = at(schema, 'allOf')
  if (Array.isArray(all)) return all.map((one: Json) => typeOf(document, one)).join(' & ')
  const type = at(schema, 'type')
  if (Array.isArray(type)) {
    return unionOf(type.map((one: Json) => typeOf(document, { ...membersOf(schema), type: one })))
  }
  if (type === 'array') return `readonly (${typeOf(document, at(schema, 'items'))})[]`
  if (type === 'object') return objectType(document, schema)
  if (type === 'integer') return 'number'
  return ['string', 'number', 'boolean', 'null'].find((known) => known === type) ?? 'unknown'
}

function objectType(document: Json, schema: Json): string {
  const required = listOf(at(schema, 'required'))
  const members = Object.entries(membersOf(at(schema, 'properties'))).map(([name, schemaOf]) =>
    member(name, required.includes(name), typeOf(document, schemaOf)),
  )
  if (members.length > 0) return `{ ${members.join('; ')} }`
  const [values] = Object.values(membersOf(at(schema, 'patternProperties')))
  const others = values ?? at(schema, 'additionalProperties')
  return `Readonly<Record<string, ${typeof others === 'object' ? typeOf(document, others) : 'unknown'}>>`
}

function unionOf(types: readonly string[]): string {
  const different = [...new Set(types)]
  return different.length > 1 ? `(${different.join(' | ')})` : (different[0] ?? 'never')
}

/** What may be left out may also be said to be nothing: it is left out when it is sent. */
function member(name: string, required: boolean, type: string): string {
  return required ? `${nameOf(name)}: ${type}` : `${nameOf(name)}?: ${type} | undefined`
}

const nameOf = (name: string) => (/^\w+$/.test(name) ? name : `'${name}'`)

function at(value: Json, name: string): Json {
  return membersOf(value)[name]
}

function membersOf(value: Json): Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : []
}
