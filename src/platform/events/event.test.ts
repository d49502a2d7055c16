import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineEvent } from './event.ts'

/** Three versions of one event, as they follow each other in releases. */
const first = defineEvent('test.sold', 1, Type.Object({ price: Type.Integer() }))
/** Within a version only optional fields are added. */
const firstWithMore = defineEvent(
  'test.sold',
  1,
  Type.Object({ price: Type.Integer(), coupon: Type.Optional(Type.String()) }),
)
const second = defineEvent('test.sold', 2, Type.Object({ amount: Type.Integer(), currency: Type.String() }), {
  1: { schema: first.schema, upcast: (old) => ({ amount: Object(old).price, currency: 'KRW' }) },
})

describe('an event read by a process of another version', () => {
  it('is read by an older one when fields were added within the version', () => {
    expect(first.read({ price: 1, coupon: 'x' }, 1)).toEqual({ kind: 'ok', data: { price: 1, coupon: 'x' } })
  })
  it('is read by a newer one, by what has become of the version', () => {
    expect(firstWithMore.read({ price: 1 }, 1)).toEqual({ kind: 'ok', data: { price: 1 } })
    expect(second.read({ price: 1 }, 1)).toEqual({ kind: 'ok', data: { amount: 1, currency: 'KRW' } })
  })
  it('waits when it is of a version that the older one does not know', () => {
    expect(first.read({ amount: 1, currency: 'KRW' }, 2)).toMatchObject({ kind: 'newer' })
  })
  it('is unreadable when it does not fit, or nobody says how to read its version', () => {
    expect(first.read({ amount: 1 }, 1)).toMatchObject({ kind: 'unreadable' })
    expect(defineEvent('test.sold', 3, Type.Object({})).read({ price: 1 }, 1)).toMatchObject({
      kind: 'unreadable',
    })
  })
})
