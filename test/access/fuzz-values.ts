import fc from 'fast-check'
import { at, isObject, type Json, type JsonObject } from '../support/json.ts'

/** What a schema of the OpenAPI document allows, mostly; once in a while something else. */
export function valuesOf(schema: Json | undefined, document: JsonObject): fc.Arbitrary<Json> {
  const allowed = allowedBy(schema, document, 0)
  return fc.oneof({ weight: 9, arbitrary: allowed }, { weight: 1, arbitrary: ANYTHING })
}

const ANYTHING = fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json)
const DEEPEST = 6

function allowedBy(schema: Json | undefined, document: JsonObject, depth: number): fc.Arbitrary<Json> {
  const ref = at(schema, '$ref')
  if (typeof ref === 'string') return allowedBy(resolve(ref, document), document, depth)
  if (!isObject(schema) || depth > DEEPEST) return ANYTHING
  const { enum: values, const: constant } = schema
  if (constant !== undefined) return fc.constant(constant)
  if (Array.isArray(values) && values.length > 0) return fc.constantFrom(...values)
  for (const name of ['anyOf', 'oneOf', 'allOf']) {
    const alternatives = at(schema, name)
    if (Array.isArray(alternatives) && alternatives.length > 0)
      return fc.oneof(...alternatives.map((one) => allowedBy(one, document, depth + 1)))
  }
  const types = [schema.type].flat()
  return fc.oneof(...types.map((type) => ofType(type, schema, document, depth)))
}

function ofType(
  type: Json | undefined,
  schema: JsonObject,
  document: JsonObject,
  depth: number,
): fc.Arbitrary<Json> {
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({
        min: numberIn(schema.minimum, -(2 ** 31)),
        max: numberIn(schema.maximum, 2 ** 31 - 1),
      })
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'string':
      return text(schema)
    case 'array':
      return fc.array(allowedBy(schema.items, document, depth + 1), { maxLength: 4 })
    case 'object':
      return objects(schema, document, depth)
    default:
      return ANYTHING
  }
}

function objects(schema: JsonObject, document: JsonObject, depth: number): fc.Arbitrary<Json> {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, allowedBy(member, document, depth + 1)]),
  )
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  const complete = some(members, required)
  return fc.oneof({ weight: 4, arbitrary: complete }, { weight: 1, arbitrary: some(members, []) })
}

function text(schema: JsonObject): fc.Arbitrary<Json> {
  const least = numberIn(schema.minLength, 0)
  const length = {
    minLength: least,
    maxLength: Math.max(least, Math.min(numberIn(schema.maxLength, 40), 200)),
  }
  const plain = fc.string({ unit: 'binary', ...length })
  const instant = fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  switch (schema.format) {
    case 'uuid':
      return fc.uuid()
    case 'date':
      return instant.map((iso) => iso.slice(0, iso.indexOf('T')))
    case 'date-time':
      return instant
    case 'email':
      return fc.emailAddress()
    default:
      return typeof schema.pattern === 'string' ? fc.oneof(plain, ofPattern(schema.pattern)) : plain
  }
}

/** Patterns with what the generator does not know give ordinary texts. */
function ofPattern(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'))
  } catch {
    return fc.string()
  }
}

function resolve(ref: string, document: JsonObject): Json | undefined {
  return at(document, ...ref.replace(/^#\//, '').split('/'))
}

function numberIn(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

/** Some of these members, those that are required always. */
export function some(
  members: Readonly<Record<string, fc.Arbitrary<Json>>>,
  required: readonly string[],
): fc.Arbitrary<Record<string, Json>> {
  const pairs = Object.entries(members).map(([name, values]) =>
    required.includes(name)
      ? values.map((value) => [[name, value]] as const)
      : fc
          .option(values, { nil: undefined })
          .map((value) => (value === undefined ? [] : ([[name, value]] as const))),
  )
  return fc.tuple(...pairs).map((chosen) => Object.fromEntries(chosen.flat()))
}
