import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mostBytesOf } from '../../src/platform/http/input/body-limit.ts'
import type { Operation } from '../support/contract.ts'
import { at, isObject, type Json } from '../support/json.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let operations: readonly Operation[]
beforeAll(async () => {
  system = await startSystem()
  operations = system.contract.operations
})
afterAll(async () => {
  await system?.stop()
})

/** Every object below a value, with where it is. */
function* objectsIn(
  value: Json,
  where = '#',
): Generator<{ where: string; object: { [name: string]: Json } }> {
  if (Array.isArray(value))
    for (const [index, member] of value.entries()) yield* objectsIn(member, `${where}/${index}`)
  if (!isObject(value)) return
  yield { where, object: value }
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${where}/${name}`)
}

const statusesOf = ({ spec }: Operation): string[] => {
  const responses = at(spec, 'responses')
  return isObject(responses) ? Object.keys(responses) : []
}
const nameOf = ({ method, path }: Operation) => `${method} ${path}`

test('it is an OpenAPI 3.1 document', () => {
  const { document } = system.contract
  expect(document.openapi).toMatch(/^3\.1\.\d$/)
  for (const name of ['title', 'version', 'description']) expect(at(document, 'info', name)).toBeTruthy()
  expect(at(document, 'components', 'securitySchemes', 'accessToken', 'scheme')).toBe('bearer')
  expect(operations.length).toBeGreaterThan(20)
})

test('a validator of OpenAPI finds nothing wrong with it', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(system.contract.document))
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
})

test('it says where it is, and calls nothing required that has a default', () => {
  expect(system.contract.document.servers).toEqual([{ url: '/', description: 'This server' }])
  for (const operation of operations) {
    const parameters = at(operation.spec, 'parameters')
    for (const parameter of Array.isArray(parameters) ? parameters : []) {
      const name = `${nameOf(operation)} ${String(at(parameter, 'name'))}`
      if (at(parameter, 'schema', 'default') !== undefined)
        expect(at(parameter, 'required'), name).toBe(false)
    }
  }
})

test('every reference leads somewhere', () => {
  for (const { where, object } of objectsIn(system.contract.document)) {
    const { $ref } = object
    if (typeof $ref !== 'string') continue
    expect($ref, where).toMatch(/^#\//)
    const path = $ref
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    expect(at(system.contract.document, ...path), `${where} → ${$ref}`).toBeDefined()
  }
})

test('every operation has a name of its own, a summary and a tag', () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const operation of operations) {
    expect(operation.operationId, nameOf(operation)).toMatch(/^[a-z][A-Za-z]+$/)
    expect(at(operation.spec, 'summary'), nameOf(operation)).toMatch(/^\S.{2,}$/)
    expect(at(operation.spec, 'tags'), nameOf(operation)).toEqual([expect.stringMatching(/\S/)])
  }
})

test('every parameter of a path is described, and nothing else', () => {
  for (const operation of operations) {
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const parameters = at(operation.spec, 'parameters')
    const described = (Array.isArray(parameters) ? parameters : [])
      .filter((parameter) => at(parameter, 'in') === 'path')
      .map((parameter) => at(parameter, 'name'))
    expect(described.toSorted(), nameOf(operation)).toEqual(inPath.toSorted())
  }
})

test('every operation says how it succeeds and how it fails', () => {
  for (const operation of operations) {
    const statuses = statusesOf(operation)
    const wanted = [
      ...(operation.audience === 'anyone' ? [] : ['401']),
      ...(typeof operation.audience === 'string' ? [] : ['403']),
      ...(operation.path.includes('{') ? ['404'] : []),
      'default',
    ]
    expect(statuses, nameOf(operation)).toEqual(expect.arrayContaining(wanted))
    expect(
      statuses.filter((status) => status.startsWith('2')),
      nameOf(operation),
    ).toHaveLength(1)
    for (const status of statuses.filter((name) => /^([45]|default)/.test(name))) {
      const schema = at(operation.spec, 'responses', status, 'content', 'application/problem+json', 'schema')
      expect(at(schema, '$ref'), `${nameOf(operation)} ${status}`).toBe('#/components/schemas/Problem')
    }
    const security = at(operation.spec, 'security')
    expect(security, nameOf(operation)).toEqual(
      operation.audience === 'anyone'
        ? undefined
        : [...(operation.audience === 'visitor' ? [{}] : []), { accessToken: [] }],
    )
  }
})

/** Told by programs of others, which add members when they like; what they say is only looked at, or is signed. */
const OF_STRANGERS = ['/api/payments/webhooks/toss', '/api/auth/providers/naver/unlinked']

test('what comes in is refused when it is unknown, and what creates or pays takes a key', () => {
  for (const operation of operations) {
    const isForeign = OF_STRANGERS.includes(operation.path)
    const body = at(operation.spec, 'requestBody', 'content', 'application/json', 'schema')
    for (const { where, object } of objectsIn(body ?? {})) {
      if (object.type === 'object' && isObject(object.properties) && !isForeign)
        expect(object.additionalProperties, `${nameOf(operation)} ${where}`).toBe(false)
    }
    const creates =
      operation.method === 'POST' &&
      ['/api/orders', '/api/payments', '/api/books', '/api/loans'].includes(operation.path)
    const parameters = JSON.stringify(at(operation.spec, 'parameters') ?? [])
    if (creates || (/\/(refunds|returns|holds|waivers)$/.test(operation.path) && operation.method === 'POST'))
      expect(parameters).toContain('idempotency-key')
  }
})

test('every body has a bound: each text and each list in it states its own', () => {
  for (const operation of operations) {
    const body = at(operation.spec, 'requestBody', 'content', 'application/json', 'schema')
    // The texts of an item are longer than anything a customer sends; only those who work here write them.
    const isForStaff = Array.isArray(operation.spec['x-audience'])
    const most = (isForStaff ? 1_024 : 64) * 1024
    // What strangers send has no schema to count by: its routes state how much of it they read.
    if (body !== undefined && !OF_STRANGERS.includes(operation.path))
      expect(mostBytesOf(body), nameOf(operation)).toBeLessThan(most)
  }
})

test('every documented address is under a stable name, and /docs shows the document', async () => {
  for (const { path } of operations) expect(path).toMatch(/^\/(api\/|\.well-known\/)/)
  const page = await fetch(`${system.url}/docs`)
  expect(page.headers.get('content-type')).toContain('text/html')
  const html = await page.text()
  expect(html).toContain('/openapi.json')
  expect(html).toContain('<title>Pillivery API</title>')
})

test('/docs leads to the AsyncAPI document of all events, which anybody reads and nobody keeps', async () => {
  const url = at(system.contract.document, 'externalDocs', 'url')
  expect(url).toBe('/asyncapi.json')
  const answer = await fetch(`${system.url}${String(url)}`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  const openapi = await fetch(`${system.url}/openapi.json`)
  expect(answer.headers.get('cache-control')).toBe(openapi.headers.get('cache-control'))
  const served: unknown = await answer.json()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, '../../src/main.ts'), 'asyncapi'],
    { maxBuffer: 4 * 1024 * 1024 },
  )
  expect(served).toEqual(JSON.parse(stdout))
})

test('/docs is sent compressed, and not again to who has it', async () => {
  const url = `${system.url}/docs/js/scalar.js`
  const packed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(packed.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/)
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(await packed.text()).toBe(await plain.text())
  const etag = packed.headers.get('etag') ?? ''
  const again = await fetch(url, { headers: { 'if-none-match': etag } })
  expect([again.status, await again.text()]).toEqual([304, ''])
})
