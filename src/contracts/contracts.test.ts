import { expect, test } from 'vitest'
import { allContracts } from '../../test/services/all-contracts.ts'
import { allSamples, sampleOf } from './samples.fixture.ts'

/** Places in a schema that refuse what they do not know. */
function closedParts(schema: unknown, at = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const closed = 'additionalProperties' in schema && schema.additionalProperties === false ? [at] : []
  return [...closed, ...Object.entries(schema).flatMap(([name, part]) => closedParts(part, `${at}/${name}`))]
}

test('each type is declared once, and its name says who tells it', async () => {
  const types = (await allContracts()).map(({ type }) => type)
  expect(types.toSorted()).toEqual([...new Set(types)].toSorted())
  for (const type of types) expect(type).toMatch(/^(identity|shop|library)\.[a-z-]+\.[a-z-]+$/)
})

test('what contexts tell each other may grow: no reader refuses a field that it does not know', async () => {
  const contracts = await allContracts()
  expect(contracts.length).toBeGreaterThan(40)
  for (const { type, schema } of contracts)
    expect({ type, closed: closedParts(schema) }).toEqual({ type, closed: [] })
  expect(closedParts({ properties: { a: { additionalProperties: false } } })).toEqual(['/properties/a'])
})

test('every version of every event has a sample, and no sample is of anything else', async () => {
  const expected = (await allContracts()).flatMap(({ type, version, earlier }) =>
    [...Object.keys(earlier).map(Number), version].map((told) => `${type} ${told}`),
  )
  const kept = allSamples().map(({ type, version }) => `${type} ${version}`)
  expect(kept.toSorted()).toEqual(expected.toSorted())
})

test('a reader of today takes what any version has told', async () => {
  const contracts = await allContracts()
  for (const { type, version, data } of allSamples()) {
    const contract = contracts.find((one) => one.type === type)
    expect({ type, version, read: contract?.read(data, version) }).toMatchObject({ read: { kind: 'ok' } })
  }
})

test('a sample of the version of today has no member that its schema does not name', async () => {
  const samples = allSamples()
  for (const { type, version, schema } of await allContracts()) {
    const sample = samples.find((one) => one.type === type && one.version === version)
    expect({ type, strange: strangers(schema, sample?.data) }).toEqual({ type, strange: [] })
  }
})

test('a reader of yesterday takes a version of today that has grown', async () => {
  for (const contract of await allContracts()) {
    const { type, version } = contract
    const grown = {
      ...Object(sampleOf(contract)),
      addedLater: { by: 'a version that this one does not know' },
    }
    expect({ type, read: contract.read(grown, version) }).toMatchObject({ type, read: { kind: 'ok' } })
    expect(contract.read(grown, version + 1)).toMatchObject({ kind: 'newer' })
  }
})

/** Members of data that its schema does not name, at any depth; alternatives are not looked into. */
function strangers(schema: unknown, data: unknown, at = ''): string[] {
  const { properties, items } = Object(schema)
  if (Array.isArray(data)) return data.flatMap((one, index) => strangers(items, one, `${at}/${index}`))
  if (typeof data !== 'object' || data === null || properties === undefined) return []
  return Object.entries(data).flatMap(([name, value]) =>
    name in properties ? strangers(properties[name], value, `${at}/${name}`) : [`${at}/${name}`],
  )
}
