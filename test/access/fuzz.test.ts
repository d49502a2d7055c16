import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ask } from '../support/api.ts'
import type { Operation } from '../support/contract.ts'
import { at, type Json } from '../support/json.ts'
import { ENTRIES, type Entry } from './entries/index.ts'
import { some, valuesOf } from './fuzz-values.ts'
import { type Caller, createWorld, type World } from './world.ts'

/**
 * Calls made up from the OpenAPI document, to every operation by somebody who may call it. Whatever is sent, the answer is
 * one the document promises (`api` checks status and body against it), and no fault of ours. `npm run fuzz` sends more.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 3)
const SEED = Number(process.env.FUZZ_SEED ?? 7)
/** Node reads no longer head of a request. */
const LONGEST_IN_ADDRESS = 500

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  await world?.system.stop()
})

interface Call {
  segments: Readonly<Record<string, Json>>
  query: Readonly<Record<string, Json>>
  /** Undefined: the body of a call that works. */
  body: Json | undefined
}

function callerOf({ audience }: Operation): Caller {
  if (audience === 'anyone') return 'anonymous'
  if (typeof audience === 'string') return 'owner'
  return audience.includes('merchant') ? 'merchant' : 'admin'
}

/** One that never ends cannot be waited for. */
function isStream({ spec }: Operation): boolean {
  return JSON.stringify(at(spec, 'responses') ?? {}).includes('text/event-stream')
}

function callsOf({ spec }: Operation): fc.Arbitrary<Call> {
  const { document } = world.system.contract
  const parameters = at(spec, 'parameters')
  const all = Array.isArray(parameters) ? parameters : []
  const named = (place: string) =>
    Object.fromEntries(
      all
        .filter((parameter) => at(parameter, 'in') === place)
        .map((parameter) => [String(at(parameter, 'name')), valuesOf(at(parameter, 'schema'), document)]),
    )
  const schema = at(spec, 'requestBody', 'content', 'application/json', 'schema')
  const body: fc.Arbitrary<Json | undefined> =
    schema === undefined
      ? fc.constant(undefined)
      : fc.option(valuesOf(schema, document), { nil: undefined, freq: 5 })
  return fc.record({
    segments: some(named('path'), []),
    query: some(named('query'), []),
    body,
  })
}

const inAddress = (value: Json) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(text.slice(0, LONGEST_IN_ADDRESS).toWellFormed())
}

/** The call as an address: what is not made up stays as in one that works. An empty or dotted segment is another path. */
function addressOf({ path: pattern }: Operation, working: string, { segments, query }: Call): string {
  const [pathname = '', asked] = working.split('?')
  const names = pattern.split('/')
  const path = pathname.split('/').map((segment, n) => {
    const name = /^\{(\w+)\}$/.exec(names[n] ?? '')?.[1]
    const value = name === undefined ? undefined : segments[name]
    const written = value === undefined ? segment : inAddress(value)
    return /^\.*$/.test(written) ? segment : written
  })
  const made = Object.entries(query).map(([name, value]) => `${name}=${inAddress(value)}`)
  const search = made.length > 0 ? made.join('&') : asked
  return search === undefined ? path.join('/') : `${path.join('/')}?${search}`
}

async function fuzz(operation: Operation, entry: Entry): Promise<void> {
  const caller = callerOf(operation)
  const { path, ask } = await entry.ask(world, caller)
  await fc.assert(
    fc.asyncProperty(callsOf(operation), async (call) => {
      const token = entry.ends ? (await world.newcomer(caller)).tokens.accessToken : world.tokens.get(caller)
      const sent: Ask = { ...ask, ...(call.body === undefined ? {} : { json: call.body }) }
      const answer = await world.system
        .api(token)
        .send(operation.method, addressOf(operation, path, call), sent)
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
}

describe('a call made up from the document is answered as the document says', () => {
  for (const [operationId, entry] of Object.entries(ENTRIES)) {
    test(operationId, { timeout: 30_000 + RUNS * 500 }, async () => {
      const operation = world.system.contract.operations.find((found) => found.operationId === operationId)
      if (operation === undefined) throw new Error('the document has no such operation')
      if (isStream(operation)) return
      await fuzz(operation, entry)
    })
  }
})
