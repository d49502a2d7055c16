import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { asyncApiDocument } from '../../src/contracts/published/async-api.ts'
import { at, isObject, type Json, type JsonObject, parseJson } from '../support/json.ts'

/**
 * What strangers read (`needs.json` of each) against what is published: a member they use is there in every message, and
 * is of no type that they do not take.
 */
const ROOT = join(import.meta.dirname, '../..')
const parsed = parseJson(JSON.stringify(asyncApiDocument('test')))
const document: JsonObject = isObject(parsed) ? parsed : {}

const files = globSync('examples/*/needs.json', { cwd: ROOT })
const needsOf = (file: string) => Object(parseJson(readFileSync(join(ROOT, file), 'utf8')))

/** What is wrong with a need; empty when the document promises what it asks for. */
function brokenPromises(document: JsonObject, message: string, path: string, types: unknown): string[] {
  let schemas = resolve(document, { $ref: `#/components/messages/${message}/payload` })
  if (schemas.length === 0) return [`${message} is not published`]
  for (const step of path.split('.')) {
    const holding = schemas.filter((schema) => at(schema, 'properties', step) !== undefined)
    const required = holding.some((schema) => {
      const names = at(schema, 'required')
      return Array.isArray(names) && names.includes(step)
    })
    if (!required) return [`${message} may come without ${path}`]
    schemas = holding.flatMap((schema) => resolve(document, at(schema, 'properties', step) ?? {}))
  }
  // All of these hold at once; the narrowest says what may come.
  const told = schemas.map(typesOf).filter((all) => all.length > 0)
  const narrowest = told.toSorted((a, b) => a.length - b.length)[0] ?? ['anything']
  const strange = narrowest.filter((type) => !Array.isArray(types) || !types.includes(type))
  return strange.map((type) => `${path} of ${message} may be of type ${type}`)
}

/** The schemas that hold at once for a value. */
function resolve(document: JsonObject, schema: Json): JsonObject[] {
  if (!isObject(schema)) return []
  if (typeof schema.$ref === 'string') return resolve(document, at(document, ...stepsOf(schema.$ref)) ?? null)
  const all = schema.allOf
  return Array.isArray(all) ? all.flatMap((one) => resolve(document, one)) : [schema]
}
const stepsOf = (reference: string) => reference.replace(/^#\//, '').split('/')

function typesOf(schema: JsonObject): string[] {
  if (Array.isArray(schema.anyOf))
    return [...new Set(schema.anyOf.flatMap((one) => (isObject(one) ? typesOf(one) : [])))]
  return typeof schema.type === 'string' ? [schema.type] : []
}

describe.each(files)('%s', (file) => {
  const needs = needsOf(file)

  it('asks for nothing that is not promised', () => {
    const asked = Object.entries<JsonObject>(needs).flatMap(([message, members]) =>
      Object.entries(members).flatMap(([path, types]) => brokenPromises(document, message, path, types)),
    )
    expect(Object.keys(needs).length).toBeGreaterThan(2)
    expect(asked).toEqual([])
  })

  it('names no member that its program does not read', () => {
    const folder = join(ROOT, dirname(file))
    const program = { greeter: 'greet.ts', patron_messages: 'messages.py' }[basename(folder)]
    const source = readFileSync(join(folder, program ?? ''), 'utf8')
    for (const path of Object.values<JsonObject>(needs).flatMap((members) => Object.keys(members)))
      expect(
        `${source}\n${readFileSync(join(folder, program?.endsWith('.py') ? 'store.py' : 'store.ts'), 'utf8')}`,
      ).toContain(path.split('.').at(-1) ?? '')
  })
})

it('finds a member that is gone, has become optional or of another type, and a message that is gone', () => {
  const name = 'library.loan.returned.v1'
  const broken = (schema: object, needed: string) =>
    brokenPromises(
      { components: { messages: { [name]: { payload: Object(schema) } } } },
      needed,
      'data.fee',
      ['integer'],
    )
  const data = (fee: object | undefined, required: string[]) => ({
    type: 'object',
    required: ['data'],
    properties: { data: { type: 'object', required, properties: fee ? { fee } : {} } },
  })
  expect(broken(data({ type: 'integer' }, ['fee']), name)).toEqual([])
  expect(broken(data(undefined, []), name)).toHaveLength(1)
  expect(broken(data({ type: 'integer' }, []), name)).toHaveLength(1)
  expect(broken(data({ anyOf: [{ type: 'integer' }, { type: 'null' }] }, ['fee']), name)).toHaveLength(1)
  expect(broken(data({ type: 'integer' }, ['fee']), 'library.loan.gone.v1')).toHaveLength(1)
})
