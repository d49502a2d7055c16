import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'

/**
 * Listens to what node-postgres is asked to send, so that the yardstick runs the statements of the real code and not
 * a copy of them. Only what happens on behalf of `capture`'s work is heard, not what runs beside it.
 */
const listening = new AsyncLocalStorage<string[]>()

type Query = (this: unknown, ...given: unknown[]) => unknown
const send: Query = Reflect.get(pg.Client.prototype, 'query') as Query
Reflect.set(pg.Client.prototype, 'query', function (this: unknown, ...given: unknown[]): unknown {
  for (const { text, values } of [...alongWith(given[0]), asked(given)])
    if (text !== undefined) listening.getStore()?.push(inlined(text, values))
  return send.apply(this, given)
} satisfies Query)

interface Asked {
  text?: string
  values: unknown[]
}

/** Statements that share a round trip with this one, and are sent before it. */
function alongWith(first: unknown): Asked[] {
  const along: unknown = typeof first === 'object' && first !== null && Reflect.get(first, 'along')
  return Array.isArray(along) ? along.map((one: unknown) => asked([one])) : []
}

/** A text with its values beside it, or both in one object. */
function asked([first, second]: unknown[]): Asked {
  if (typeof first === 'string') return { text: first, values: Array.isArray(second) ? second : [] }
  if (typeof first !== 'object' || first === null) return { values: [] }
  const text: unknown = Reflect.get(first, 'text')
  const values: unknown = Reflect.get(first, 'values')
  return { ...(typeof text === 'string' && { text }), values: Array.isArray(values) ? values : [] }
}

/** Runs work and returns every statement it sent, in order, with its parameters as literals. */
export async function capture(work: () => Promise<void>): Promise<string[]> {
  const statements: string[] = []
  await listening.run(statements, work)
  return statements
}

/** All literals are quoted: the server infers their type as it does for `$1`. */
function inlined(sql: string, parameters: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, number: string) => literal(parameters[Number(number) - 1]))
}

/** A value as it stands in a statement. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return quoted(`{${value.map(arrayElement).join(',')}}`)
  return quoted(textOf(value))
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const arrayElement = (value: unknown) => `"${textOf(value).replaceAll(/["\\]/g, String.raw`\$&`)}"`

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Temporal.Instant || value instanceof Temporal.PlainDate) return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (isPlain(value)) return JSON.stringify(value)
  throw new TypeError(`no literal for a parameter of type ${typeof value}`)
}

/** What node-postgres sends as JSON. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
