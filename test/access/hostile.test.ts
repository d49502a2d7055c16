import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, Ask } from '../support/api.ts'
import type { Operation } from '../support/contract.ts'
import { at, isObject, type Json } from '../support/json.ts'
import { ENTRIES, type Entry } from './entries/index.ts'
import { hostileTo, membersOf, withMember } from './hostile-values.ts'
import { type Caller, createWorld, type World } from './world.ts'

/**
 * What nobody should send, sent to every place of every documented operation by somebody who may call it: the answer
 * is a refusal, never a fault of ours, and its size does not grow with what was sent.
 */
const MOST_ANSWER_BYTES = 12_000

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  await world?.system.stop()
})

function callerOf({ audience }: Operation): Caller {
  if (audience === 'anyone') return 'anonymous'
  if (typeof audience === 'string') return 'owner'
  return audience.includes('merchant') ? 'merchant' : 'admin'
}

interface Parameter {
  name: string
  place: Json | undefined
  schema: Json | undefined
}

function parametersOf({ spec }: Operation): Parameter[] {
  const parameters = at(spec, 'parameters')
  return (Array.isArray(parameters) ? parameters : []).map((parameter) => ({
    name: String(at(parameter, 'name')),
    place: at(parameter, 'in'),
    schema: at(parameter, 'schema'),
  }))
}

/** The address of a valid call with another value for one parameter of its path. */
function withSegment(operation: Operation, path: string, name: string, value: string): string {
  const [pathname = '', query] = path.split('?')
  const place = operation.path.split('/').indexOf(`{${name}}`)
  const segments = pathname.split('/').map((segment, n) => (n === place ? value : segment))
  return query === undefined ? segments.join('/') : `${segments.join('/')}?${query}`
}

interface Attempt {
  what: string
  path: string
  ask: Ask | undefined
}

/** Longer than any text an address may hold, and shorter than what Node reads of a request's head. */
const LONGEST_IN_ADDRESS = 2_200

/** Every way to be unreasonable about an operation, given a reasonable call of it. */
function attemptsAt(operation: Operation, path: string, ask: Ask | undefined): Attempt[] {
  const attempts: Attempt[] = []
  for (const { name, place, schema } of parametersOf(operation)) {
    for (const { what, value } of hostileTo(schema)) {
      // In an address every number is a text.
      if (value === '1') continue
      const text = (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, LONGEST_IN_ADDRESS)
      // Half a surrogate pair, as bytes that are not UTF-8.
      const encoded = text.isWellFormed() ? encodeURIComponent(text) : 'a%ED%A0%80b'
      const about = `${name}: ${what}`
      if (place === 'path')
        attempts.push({ what: about, path: withSegment(operation, path, name, encoded), ask })
      if (place === 'query') {
        const [pathname] = path.split('?')
        attempts.push({ what: about, path: `${pathname}?${name}=${encoded}`, ask })
      }
      if (place === 'header' && /^[\x20-\x7e]*$/.test(text))
        attempts.push({ what: about, path, ask: { ...ask, headers: { ...ask?.headers, [name]: text } } })
    }
  }
  const schema = at(operation.spec, 'requestBody', 'content', 'application/json', 'schema')
  const sent = (isObject(ask) ? ask.json : undefined) as Json
  for (const member of membersOf(schema)) {
    for (const { what, value } of hostileTo(member.schema)) {
      const json = withMember(sent ?? {}, member.path, value)
      attempts.push({ what: `body.${member.path.join('.')}: ${what}`, path, ask: { ...ask, json } })
    }
  }
  if (schema !== undefined) {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const raw = { body: deep, type: 'application/json' }
    attempts.push({ what: 'a body of 10,000 levels', path, ask: { ...ask, json: undefined, raw } })
  }
  return attempts
}

/** A list is a text like any other in an address, and bytes that are not UTF-8 are read as replacement characters. */
function isAllowed({ what, ask, path }: Attempt, { status }: Answer): boolean {
  const isText =
    ask?.json === undefined && path.includes('?') && /: (a list|half a surrogate pair)$/.test(what)
  return (status >= 400 && status < 500) || (status === 200 && isText)
}

function problemOf(attempt: Attempt, answer: Answer): string[] {
  const bytes = Buffer.byteLength(JSON.stringify(answer.body))
  return [
    ...(isAllowed(attempt, answer) ? [] : [`${attempt.what} → ${answer.status} ${answer.code}`]),
    ...(bytes > MOST_ANSWER_BYTES ? [`${attempt.what} → an answer of ${bytes} bytes`] : []),
  ]
}

async function refusalsOf(operation: Operation, entry: Entry): Promise<string[]> {
  const caller = callerOf(operation)
  const { path, ask } = await entry.ask(world, caller)
  const api = world.system.api(world.tokens.get(caller))
  const problems: string[] = []
  for (const attempt of attemptsAt(operation, path, ask)) {
    const answer = await api.send(operation.method, attempt.path, attempt.ask)
    problems.push(...problemOf(attempt, answer))
  }
  return problems
}

describe('nothing a client sends is a fault of ours, or costs out of proportion', () => {
  for (const [operationId, entry] of Object.entries(ENTRIES)) {
    test(operationId, async () => {
      const operation = world.system.contract.operations.find((found) => found.operationId === operationId)
      if (operation === undefined) throw new Error('the document has no such operation')
      expect(await refusalsOf(operation, entry)).toEqual([])
    })
  }
})

describe('headers that only travel along change nothing', () => {
  const headers = {
    traceparent: 't'.repeat(7_000),
    'user-agent': 'u'.repeat(3_000),
    'accept-language': 'l,'.repeat(1_000),
    'x-request-id': 'r'.repeat(500),
  }
  for (const [operationId, entry] of Object.entries(ENTRIES)) {
    test(operationId, async () => {
      const operation = world.system.contract.operations.find((found) => found.operationId === operationId)
      if (operation === undefined) throw new Error('the document has no such operation')
      const caller = callerOf(operation)
      const { path, ask } = await entry.ask(world, caller)
      const token = entry.ends ? (await world.newcomer(caller)).tokens.accessToken : world.tokens.get(caller)
      const answer = await world.system.api(token).send(operation.method, path, {
        ...ask,
        headers: { ...ask?.headers, ...headers },
      })
      expect(answer.status, answer.code).toBe(entry.ok)
    })
  }
})
