import { expect, test } from 'vitest'
import * as orders from './order-events.ts'
import * as payments from './payment-events.ts'
import * as subscriptions from './subscription-events.ts'

const contracts = Object.values({ ...orders, ...payments, ...subscriptions }).filter(
  (exported): exported is typeof orders.orderPlaced =>
    typeof exported === 'object' && exported !== null && 'read' in exported && 'schema' in exported,
)

/** Places in a schema that refuse what they do not know. */
function closedParts(schema: unknown, at = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const closed = 'additionalProperties' in schema && schema.additionalProperties === false ? [at] : []
  return [...closed, ...Object.entries(schema).flatMap(([name, part]) => closedParts(part, `${at}/${name}`))]
}

test('what contexts tell each other may grow: no reader refuses a field that it does not know', () => {
  expect(contracts.length).toBeGreaterThan(15)
  for (const { type, schema } of contracts)
    expect({ type, closed: closedParts(schema) }).toEqual({ type, closed: [] })
  expect(closedParts({ properties: { a: { additionalProperties: false } } })).toEqual(['/properties/a'])
})
