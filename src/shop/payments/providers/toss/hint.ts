import Type from 'typebox'
import { Value } from 'typebox/value'
import type { Hint } from '../../provider.ts'

/** Longer ids are of nobody's payment. */
const Reference = Type.String({ minLength: 1, maxLength: 200 })
const Named = Type.Object({
  paymentKey: Type.Optional(Reference),
  orderId: Type.Optional(Reference),
  status: Type.Optional(Type.String()),
})
const Told = Type.Object({ data: Named })

const SAYS: ReadonlyMap<string, Hint['says']> = new Map([
  ['DONE', 'paid'],
  ['ABORTED', 'not_paid'],
  ['EXPIRED', 'not_paid'],
  ['CANCELED', 'given_back'],
  ['PARTIAL_CANCELED', 'given_back'],
])

/**
 * What a webhook of Toss speaks of. Those about payments are not signed, so this is no more than a hint; those that
 * name it beside `data` (deposits) are read, too. Undefined for what names no payment, for instance a deleted billing
 * key: nobody can ask Toss about one.
 */
export function tossHintOf(body: unknown): Hint | undefined {
  const named = Value.Check(Told, body) ? body.data : Value.Check(Named, body) ? body : undefined
  if (named === undefined || (named.paymentKey === undefined && named.orderId === undefined)) return undefined
  return {
    ref: named.paymentKey,
    merchantRef: named.orderId,
    says: SAYS.get(named.status ?? '') ?? 'something',
  }
}
