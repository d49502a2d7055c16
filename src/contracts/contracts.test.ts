import { expect, test } from 'vitest'
import { allContracts } from '../../test/services/all-contracts.ts'

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
