import specification from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Ajv } from 'ajv'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { describe, expect, it } from 'vitest'
import { allContracts } from '../../../test/services/all-contracts.ts'
import { at, isObject, type Json, type JsonObject, parseJson } from '../../../test/support/json.ts'
import { topicOf } from '../../platform/events/kafka/cloud-event.ts'
import { allSamples } from '../samples.fixture.ts'
import { asyncApiDocument } from './async-api.ts'

/** As it goes over the wire. */
const parsed = parseJson(JSON.stringify(asyncApiDocument('1.2.3')))
const document = isObject(parsed) ? parsed : {}
const membersOf = (...path: string[]): JsonObject => {
  const found = at(document, ...path)
  return isObject(found) ? found : {}
}
const messages = membersOf('components', 'messages')

/** Checks with the formats that events use, and with the references of the document. */
function checkerOf(document: JsonObject) {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: fullFormats })
  // What stands outside means something else in a schema.
  ajv.addSchema({ components: document.components }, 'events')
  return (name: string, part: string, value: unknown): string[] => {
    const check = ajv.compile({ $ref: `events#/components/messages/${name}/${part}` })
    return check(value) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }
}
const check = checkerOf(document)

/** What the schema of AsyncAPI 3.0 says against a document. */
function faultsOf(document: unknown): string[] {
  // It brings the schema of schemas along.
  const ajv = new Ajv({ strict: false, allErrors: true, formats: fullFormats, meta: false })
  const valid = ajv.compile(specification)
  return valid(document) ? [] : (valid.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

/** Every reference below a value. */
function referencesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isObject(value)) return []
  const own = typeof value.$ref === 'string' ? [value.$ref] : []
  return [...own, ...Object.values(value).flatMap(referencesIn)]
}

describe('the AsyncAPI document', () => {
  it('is one, by the schema of AsyncAPI 3.0', () => {
    expect(faultsOf(document)).toEqual([])
    expect(faultsOf({ ...document, channels: { some: { address: 7 } } })).not.toEqual([])
  })

  it('refers to nothing that is not in it', () => {
    const references = referencesIn(document)
    expect(references.length).toBeGreaterThan(200)
    const broken = references.filter(
      (one) => at(document, ...one.replace(/^#\//, '').split('/')) === undefined,
    )
    expect(broken).toEqual([])
  })

  it('has a message for every version of every event, in the channel of its topic, and no other', async () => {
    const told = allSamples().map(({ type, version }) => `${type}.v${version}`)
    expect(Object.keys(messages).toSorted()).toEqual(told.toSorted())
    for (const { type, version } of allSamples()) {
      const name = `${type}.v${version}`
      const channel = topicOf('', type).slice(1)
      expect(at(document, 'channels', channel, 'address')).toBe(topicOf('{prefix}', type))
      expect(membersOf('channels', channel, 'messages')).toHaveProperty([name])
    }
    for (const { type, version, earlier } of await allContracts()) {
      const tells = JSON.stringify(at(document, 'operations', `tell.${topicOf('', type).slice(1)}`))
      expect(tells).toContain(`/${type}.v${version}"`)
      for (const former of Object.keys(earlier)) expect(tells).not.toContain(`/${type}.v${former}"`)
    }
  })

  it('says of every message what it is about, with which key and header it comes', () => {
    for (const [name, message] of Object.entries(messages)) {
      expect({ name, summary: String(at(message, 'summary')) }).toMatchObject({
        name,
        summary: expect.stringMatching(/^[A-Z].{15,}[.)]$/s),
      })
      expect(at(message, 'bindings', 'kafka', 'key', 'type')).toBe('string')
      expect(at(message, 'headers', 'properties', 'content-type', 'const')).toBe(
        'application/cloudevents+json; charset=UTF-8',
      )
    }
  })

  it('has an example of every message, the sample that is kept, which fits the schema there', () => {
    for (const { type, version, data } of allSamples()) {
      const name = `${type}.v${version}`
      const [one] = Object(messages[name]).examples
      expect(one.payload.data, name).toEqual(data)
      expect({ name, faults: check(name, 'payload', one.payload) }).toEqual({ name, faults: [] })
      expect({ name, faults: check(name, 'headers', one.headers) }).toEqual({ name, faults: [] })
    }
  })

  it('refuses by its schemas what is no such message', () => {
    const [one] = Object(messages['library.loan.returned.v1']).examples
    const { data } = one.payload
    const wrong = [
      { ...one.payload, data: { ...data, fee: '500' } },
      { ...one.payload, data: { ...data, loan: { ...data.loan, state: 'burnt' } } },
      { ...one.payload, schemaversion: 2 },
      { ...one.payload, type: 'library.loan.lost' },
      { ...one.payload, id: 'no id' },
      { ...one.payload, subject: undefined },
    ]
    for (const payload of wrong)
      expect(check('library.loan.returned.v1', 'payload', JSON.parse(JSON.stringify(payload)))).not.toEqual(
        [],
      )
    // What was added since does not trouble who reads by it.
    expect(
      check('library.loan.returned.v1', 'payload', { ...one.payload, data: { ...data, more: 1 } }),
    ).toEqual([])
  })
})
