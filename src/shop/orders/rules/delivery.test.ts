import { describe, expect, it } from 'vitest'
import { START, sampleOrder } from '../order-states.fixture.ts'
import { type DeliveryStep, deliveryOf, moveLines, NOT_SENT, paymentOf } from './delivery.ts'
import { askedBack, decideCancel, ORDER_STATES, type Order } from './order.ts'

const AT = START.add({ hours: 30 })
const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' } as const
const prepare: DeliveryStep = { step: 'prepare' }
const ship: DeliveryStep = { step: 'ship', parcel }
const deliver: DeliveryStep = { step: 'deliver' }

function moved(order: Order, step: DeliveryStep, lines?: number[], at = AT) {
  const result = moveLines(order, step, lines, at)
  if (result.kind !== 'moved') throw new Error(result.kind === 'refused' ? result.code : result.kind)
  return result
}
const states = ({ lines }: Order) => lines.map(({ delivery }) => delivery.state)

describe('a paid order', () => {
  it('is prepared, sent and delivered as one parcel', () => {
    const preparing = moved(sampleOrder('paid'), prepare).order
    expect(preparing).toMatchObject({ state: 'preparing', version: 2 })
    expect(preparing).not.toHaveProperty('shippedAt')
    const shipped = moved(preparing, ship)
    expect(shipped.order).toMatchObject({ state: 'shipped', version: 3 })
    expect(shipped.order).toHaveProperty('shippedAt', AT)
    expect(shipped.lines).toEqual(shipped.order.lines)
    expect(shipped.lines[0]?.delivery).toEqual({ state: 'shipped', parcel, shippedAt: AT })
    const later = AT.add({ hours: 24 })
    const arrived = moved(shipped.order, deliver, undefined, later)
    expect(arrived.order).toMatchObject({ state: 'delivered', version: 4 })
    expect(arrived.lines[1]?.delivery).toEqual({
      state: 'delivered',
      parcel,
      shippedAt: AT,
      deliveredAt: later,
    })
  })

  it('may leave without having been prepared, and line by line', () => {
    const part = moved(sampleOrder('paid'), ship, [2])
    expect(part.lines.map(({ lineNo }) => lineNo)).toEqual([2])
    expect(states(part.order)).toEqual(['none', 'shipped'])
    expect(part.order.state).toBe('shipped')
    const other = { step: 'ship', parcel: { carrier: 'lotte', trackingNumber: '999999' } } as const
    const rest = moved(part.order, other, undefined, AT.add({ hours: 1 }))
    expect(rest.lines.map(({ lineNo }) => lineNo)).toEqual([1])
    expect(rest.order).toHaveProperty('shippedAt', AT)
    const one = moved(rest.order, deliver, [1])
    expect([one.order.state, deliveryOf(one.order.lines)]).toEqual(['shipped', 'shipped'])
    expect(moved(one.order, deliver).order.state).toBe('delivered')
  })

  it('asked again changes nothing', () => {
    const preparing = moved(sampleOrder('paid'), prepare).order
    expect(moveLines(preparing, prepare, undefined, AT).kind).toBe('unchanged')
    expect(moveLines(preparing, prepare, [1], AT).kind).toBe('unchanged')
    const shipped = moved(preparing, ship).order
    expect(moveLines(shipped, ship, [1, 2], AT).kind).toBe('unchanged')
    const arrived = moved(shipped, deliver).order
    expect(moveLines(arrived, deliver, [1], AT).kind).toBe('unchanged')
    expect(moveLines(arrived, ship, undefined, AT).kind).toBe('unchanged')
  })

  it('refuses what cannot be, by line', () => {
    const part = moved(sampleOrder('paid'), ship, [1]).order
    const no = (lineNo: number) => ({ kind: 'refused', code: 'order_line_not_movable', facts: { lineNo } })
    expect(moveLines(part, deliver, [2], AT)).toMatchObject(no(2))
    expect(moveLines(part, prepare, [1], AT)).toMatchObject(no(1))
    for (const changed of [{ trackingNumber: '999999' }, { carrier: 'lotte' as const }]) {
      const another = { step: 'ship', parcel: { ...parcel, ...changed } } as const
      expect(moveLines(part, another, [1], AT)).toMatchObject(no(1))
    }
    expect(moveLines(part, ship, [3], AT)).toMatchObject({
      code: 'order_line_not_found',
      facts: { lineNo: 3 },
    })
    expect(moveLines(sampleOrder('paid'), deliver, undefined, AT).kind).toBe('unchanged')
  })
})

describe('payment and delivery', () => {
  it('a partly refunded order can be sent, and keeps telling what was given back', () => {
    const shipped = moved(sampleOrder('partially_refunded'), ship).order
    expect(shipped).toMatchObject({ state: 'partially_refunded', refundedTotal: 10_000 })
    expect(shipped).toHaveProperty('shippedAt', AT)
    expect([paymentOf(shipped), deliveryOf(shipped.lines)]).toEqual(['partially_refunded', 'shipped'])
    expect(decideCancel(shipped, AT)).toMatchObject({ code: 'order_not_cancellable' })
    const prepared = moved(sampleOrder('partially_refunded'), prepare).order
    expect(prepared).toHaveProperty('shippedAt', null)
    expect(decideCancel(prepared, AT).kind).toBe('refund')
  })

  it('what is not paid, has ended, or is being paid back is not sent', () => {
    for (const state of ['awaiting_payment', 'cancelled', 'expired', 'refunded'] as const)
      expect(moveLines(sampleOrder(state), ship, undefined, AT)).toMatchObject({ code: 'order_not_paid' })
    const cancelled = decideCancel(sampleOrder('preparing'), AT)
    if (cancelled.kind !== 'refund') throw new Error(cancelled.kind)
    expect(moveLines(cancelled.order, ship, undefined, AT)).toMatchObject({ code: 'order_refund_requested' })
  })

  it('what was sent before its money was asked back may still arrive', () => {
    const asked = askedBack(sampleOrder('shipped'), AT)
    expect(moveLines(asked, { step: 'deliver' }, undefined, AT)).toMatchObject({
      kind: 'moved',
      order: { state: 'delivered', refundRequestedAt: AT },
    })
  })

  it('are told apart in every state', () => {
    const told = ORDER_STATES.map((state) => {
      const order = sampleOrder(state)
      return `${state}: ${paymentOf(order)} ${deliveryOf(order.lines)}`
    })
    expect(told).toEqual([
      'awaiting_payment: awaiting none',
      'paid: paid none',
      'preparing: paid preparing',
      'shipped: paid shipped',
      'delivered: paid delivered',
      'cancelled: closed none',
      'expired: closed none',
      'partially_refunded: partially_refunded none',
      'refunded: refunded none',
    ])
    expect(NOT_SENT).toEqual({ state: 'none' })
  })
})
