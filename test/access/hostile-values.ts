import { at, isObject, type Json, type JsonObject } from '../support/json.ts'

/** A value no route may take, and what is wrong with it. */
export interface Hostile {
  what: string
  value: Json
}

const NUL = String.fromCharCode(0)
const LONE_SURROGATE = String.fromCharCode(0xd800)
const UUID = '0199c0de-0000-7000-8000-000000000001'

/** Wrong wherever a text is asked for. */
const TEXTS: readonly Hostile[] = [
  { what: 'a NUL character', value: `a${NUL}b` },
  { what: 'half a surrogate pair', value: `a${LONE_SURROGATE}b` },
  { what: '100,000 characters', value: 'x'.repeat(100_000) },
  { what: '20,000 letters and emoji', value: '가🌿'.repeat(10_000) },
  { what: 'a list', value: ['a'] },
]
const IDS: readonly Hostile[] = [
  { what: 'a URN', value: `urn:uuid:${UUID}` },
  { what: 'a UUID with something behind it', value: `${UUID}\n` },
]
const DAYS: readonly Hostile[] = [
  '0000-01-01',
  '0001-01-01',
  '2026-02-30',
  '9999-12-31',
  '+275760-09-13',
].map((value) => ({ what: `the day ${value}`, value }))
const INSTANTS: readonly Hostile[] = [
  '0000-01-01T00:00:00Z',
  '2026-01-01T99:00:00Z',
  '9999-12-31T23:59:60Z',
].map((value) => ({ what: `the time ${value}`, value }))
const NUMBERS: readonly Hostile[] = [1e308, -1e308, 2 ** 53, '1'].map((value) => ({
  what: `the number ${JSON.stringify(value)}`,
  value,
}))
const FRACTION: Hostile = { what: 'a fraction', value: 1.5 }
const LISTS: readonly Hostile[] = [
  { what: '3,000 numbers', value: Array.from({ length: 3_000 }, (_, n) => n) },
  { what: '3,000 empty objects', value: Array.from({ length: 3_000 }, () => ({})) },
]
const OBJECTS: readonly Hostile[] = [
  {
    what: '3,000 unknown members',
    value: Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`m${n}`, n])),
  },
  { what: 'a member with a very long name', value: { ['n'.repeat(20_000)]: 1 } },
  { what: 'a number', value: 7 },
]

/** What may not be sent in place of a value of this schema. */
export function hostileTo(schema: Json | undefined): Hostile[] {
  const { type, format } = isObject(schema) ? schema : {}
  if (type === 'object') return [...OBJECTS]
  if (type === 'array') return [...LISTS]
  if (type === 'integer') return [...NUMBERS, FRACTION]
  if (type === 'number') return [...NUMBERS]
  if (type === 'boolean') return [{ what: 'a text', value: 'yes' }]
  if (type !== 'string') return [...TEXTS]
  if (format === 'date') return [...TEXTS, ...DAYS]
  if (format === 'date-time') return [...TEXTS, ...INSTANTS]
  return format === 'uuid' ? [...TEXTS, ...IDS] : [...TEXTS]
}

/** Every member a body may have: where it is, and its schema. The first entry stands for all of a list. */
export function* membersOf(
  schema: Json | undefined,
  path: readonly (string | number)[] = [],
): Generator<{ path: readonly (string | number)[]; schema: Json }> {
  if (!isObject(schema)) return
  yield { path, schema }
  for (const alternative of ['anyOf', 'oneOf', 'allOf']) {
    const schemas = at(schema, alternative)
    if (Array.isArray(schemas)) for (const one of schemas) yield* below(one, path)
  }
  yield* below(schema, path)
}

function* below(schema: Json, path: readonly (string | number)[]): ReturnType<typeof membersOf> {
  const properties = at(schema, 'properties')
  if (isObject(properties))
    for (const [name, member] of Object.entries(properties)) yield* membersOf(member, [...path, name])
  const items = at(schema, 'items')
  if (items !== undefined) yield* membersOf(items, [...path, 0])
}

/** A copy of a body in which the member at a path is another one; what leads there is made. */
export function withMember(body: Json, path: readonly (string | number)[], value: Json): Json {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list = Array.isArray(body) ? [...body] : []
    list[step] = withMember(list[step] ?? {}, rest, value)
    return list
  }
  const object: JsonObject = isObject(body) ? body : {}
  return { ...object, [step]: withMember(object[step] ?? {}, rest, value) }
}
