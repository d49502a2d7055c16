import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { START, sampleOrder } from '../order-states.fixture.ts'
import {
  arrivedPieces,
  type DeliveryStep,
  deliveryOf,
  lineState,
  moveLines,
  NOT_SENT,
  type Parcel,
  paymentOf,
  piecesToSend,
  sentPieces,
  shipmentsOf,
  shownDelivery,
  shownLineState,
  unsentPieces,
  type WantedPieces,
} from './delivery.ts'
import { askedBack, decideCancel, ORDER_STATES, type Order } from './order.ts'

const AT = START.add({ hours: 30 })
const parcel: Parcel = { carrier: 'hanjin', trackingNumber: '123456789012' }
const prepare: DeliveryStep = { step: 'prepare' }
const ship: DeliveryStep = { step: 'ship', parcel, shipmentId: 's1' }
const deliver: DeliveryStep = { step: 'deliver', by: 'merchant' }
const another = (change: Partial<Parcel>, shipmentId = 's2'): DeliveryStep => ({
  step: 'ship',
  parcel: { ...parcel, ...change },
  shipmentId,
})
const whole = (...lineNos: number[]) => lineNos.map((lineNo) => ({ lineNo }))

function moved(order: Order, step: DeliveryStep, wanted?: readonly WantedPieces[], at = AT) {
  const result = moveLines(order, step, wanted, at)
  if (result.kind !== 'moved') throw new Error(result.kind === 'refused' ? result.code : result.kind)
  return result
}
const states = ({ lines }: Order) => lines.map(lineState)

describe('a paid order', () => {
  it('is prepared, sent and delivered as one parcel', () => {
    const preparing = moved(sampleOrder('paid'), prepare).order
    expect(preparing).toMatchObject({ state: 'preparing', version: 2 })
    expect(preparing).not.toHaveProperty('shippedAt')
    const shipped = moved(preparing, ship)
    expect(shipped.order).toMatchObject({ state: 'shipped', version: 3 })
    expect(shipped.order).toHaveProperty('shippedAt', AT)
    expect(shipped.lines).toEqual(shipped.order.lines)
    const share = { shipmentId: 's1', parcel, quantity: 2, shippedAt: AT, deliveredAt: null, arrival: null }
    expect(shipped.lines[0]?.delivery).toEqual({ ...NOT_SENT, packing: true, sent: [share] })
    expect(shipped.pieces).toEqual([
      { lineNo: 1, itemId: 'a', quantity: 2 },
      { lineNo: 2, itemId: 'b', quantity: 1 },
    ])
    const later = AT.add({ hours: 24 })
    const arrived = moved(shipped.order, deliver, undefined, later)
    expect(arrived.order).toMatchObject({ state: 'delivered', version: 4 })
    expect(arrived.lines[1]?.delivery.sent).toEqual([
      { ...share, quantity: 1, deliveredAt: later, arrival: 'merchant' },
    ])
    expect(shipmentsOf(arrived.order)).toEqual([
      {
        id: 's1',
        parcel,
        shippedAt: AT,
        deliveredAt: later,
        arrival: 'merchant',
        lines: [
          { lineNo: 1, quantity: 2 },
          { lineNo: 2, quantity: 1 },
        ],
      },
    ])
  })

  it('may leave without having been prepared, and line by line', () => {
    const part = moved(sampleOrder('paid'), ship, whole(2))
    expect(part.lines.map(({ lineNo }) => lineNo)).toEqual([2])
    expect(states(part.order)).toEqual(['none', 'shipped'])
    expect(part.order.state).toBe('shipped')
    const other = another({ carrier: 'lotte', trackingNumber: '999999' })
    const rest = moved(part.order, other, undefined, AT.add({ hours: 1 }))
    expect(rest.lines.map(({ lineNo }) => lineNo)).toEqual([1])
    expect(rest.order).toHaveProperty('shippedAt', AT)
    expect(shipmentsOf(rest.order).map(({ id, deliveredAt }) => [id, deliveredAt])).toEqual([
      ['s1', null],
      ['s2', null],
    ])
    const one = moved(rest.order, deliver, whole(1))
    expect([one.order.state, deliveryOf(one.order.lines)]).toEqual(['shipped', 'shipped'])
    expect(moved(one.order, deliver).order.state).toBe('delivered')
  })

  it('divides a line over parcels, and a parcel over lines', () => {
    const first = moved(sampleOrder('paid'), ship, [{ lineNo: 1, quantity: 1 }])
    expect(first.pieces).toEqual([{ lineNo: 1, itemId: 'a', quantity: 1 }])
    expect([states(first.order), piecesToSend(first.order)]).toEqual([['shipped', 'none'], 2])
    // The same parcel takes another line with it, when it left and under its own id.
    const both = moved(first.order, { ...ship, shipmentId: 'other' }, whole(2), AT.add({ hours: 1 }))
    expect(shipmentsOf(both.order)).toMatchObject([{ id: 's1', shippedAt: AT, lines: [{}, {}] }])
    const second = moved(both.order, another({ trackingNumber: '222222' }))
    expect(second.pieces).toEqual([{ lineNo: 1, itemId: 'a', quantity: 1 }])
    expect(piecesToSend(second.order)).toBe(0)
    const halfThere = moved(first.order, deliver).order
    expect([states(halfThere), deliveryOf(halfThere.lines)]).toEqual([['shipped', 'none'], 'shipped'])
  })

  it('asked again changes nothing', () => {
    const preparing = moved(sampleOrder('paid'), prepare).order
    expect(moveLines(preparing, prepare, undefined, AT).kind).toBe('unchanged')
    expect(moveLines(preparing, prepare, whole(1), AT).kind).toBe('unchanged')
    const shipped = moved(preparing, ship).order
    expect(moveLines(shipped, ship, whole(1, 2), AT).kind).toBe('unchanged')
    expect(moveLines(shipped, ship, [{ lineNo: 1, quantity: 2 }], AT).kind).toBe('unchanged')
    const arrived = moved(shipped, deliver).order
    expect(moveLines(arrived, deliver, whole(1), AT).kind).toBe('unchanged')
    expect(moveLines(arrived, ship, undefined, AT).kind).toBe('unchanged')
  })

  it('refuses what cannot be, by line', () => {
    const part = moved(sampleOrder('paid'), ship, whole(1)).order
    const no = (lineNo: number) => ({ kind: 'refused', code: 'order_line_not_movable', facts: { lineNo } })
    expect(moveLines(part, deliver, whole(2), AT)).toMatchObject(no(2))
    expect(moveLines(part, prepare, whole(1), AT)).toMatchObject(no(1))
    expect(moveLines(part, prepare, whole(2, 2), AT)).toMatchObject(no(2))
    for (const changed of [{ trackingNumber: '999999' }, { carrier: 'lotte' as const }])
      expect(moveLines(part, another(changed), whole(1), AT)).toMatchObject(no(1))
    for (const quantity of [0, 1, 3])
      expect(moveLines(part, ship, [{ lineNo: 1, quantity }], AT)).toMatchObject(no(1))
    expect(moveLines(part, ship, [{ lineNo: 2, quantity: 2 }], AT)).toMatchObject(no(2))
    expect(moveLines(part, ship, whole(3), AT)).toMatchObject({
      code: 'order_line_not_found',
      facts: { lineNo: 3 },
    })
    expect(moveLines(sampleOrder('paid'), deliver, undefined, AT).kind).toBe('unchanged')
  })
})

const anyStep = fc.record({
  step: fc.constantFrom('prepare', 'ship', 'deliver'),
  trackingNumber: fc.constantFrom('111111', '222222', '333333'),
  wanted: fc.option(
    fc.array(
      fc.record({
        lineNo: fc.integer({ min: 1, max: 3 }),
        quantity: fc.option(fc.nat(3), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    { nil: undefined },
  ),
})
const RANK = ['none', 'preparing', 'shipped', 'delivered']

it('whatever is asked, no more leaves than was bought, lines only go forward, and each parcel is counted once', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 12 }), fc.boolean(), (steps, cancelled) => {
      const start = sampleOrder('paid')
      const lines = start.lines.map((line) =>
        cancelled && line.lineNo === 1 ? { ...line, delivery: { ...NOT_SENT, cancelled: 1 } } : line,
      )
      let order: Order = { ...start, lines }
      for (const [n, { step, trackingNumber, wanted }] of steps.entries()) {
        const sending: DeliveryStep = {
          step: 'ship',
          parcel: { ...parcel, trackingNumber },
          shipmentId: `s${n}`,
        }
        const asked: DeliveryStep = step === 'ship' ? sending : step === 'deliver' ? deliver : prepare
        const result = moveLines(order, asked, wanted, AT)
        if (result.kind !== 'moved') continue
        expect(moveLines(result.order, asked, wanted, AT).kind).toBe('unchanged')
        for (const line of result.order.lines) {
          expect(unsentPieces(line)).toBeGreaterThanOrEqual(0)
          expect(arrivedPieces(line)).toBeLessThanOrEqual(sentPieces(line))
        }
        const before = states(order).map((state) => RANK.indexOf(state))
        states(result.order).forEach((state, index) => {
          expect(RANK.indexOf(state)).toBeGreaterThanOrEqual(before[index] ?? 9)
        })
        const inParcels = shipmentsOf(result.order).flatMap(({ lines: shares }) => shares)
        expect(inParcels.reduce((all, { quantity }) => all + quantity, 0)).toBe(
          result.order.lines.reduce((all, line) => all + sentPieces(line), 0),
        )
        order = result.order
      }
    }),
  )
})

describe('payment and delivery', () => {
  it('cancelled pieces are never sent, and a line without others does not hold up its order', () => {
    const start = sampleOrder('paid')
    const lines = start.lines.map((line) => ({
      ...line,
      delivery: { ...NOT_SENT, cancelled: line.lineNo === 1 ? 1 : line.quantity },
    }))
    const order = { ...start, lines }
    expect([piecesToSend(order), deliveryOf(order.lines)]).toEqual([1, 'none'])
    const there = moved(moved(order, ship).order, deliver).order
    expect([there.state, states(there), piecesToSend(there)]).toEqual(['delivered', ['delivered', 'none'], 0])
    const back = there.lines.map((line) => ({ ...line, delivery: { ...line.delivery, returned: 1 } }))
    expect(deliveryOf(back)).toBe('returned')
    const none = lines.map((line) => ({ ...line, delivery: { ...NOT_SENT, cancelled: line.quantity } }))
    expect(deliveryOf(none)).toBe('none')
  })

  it('nothing is to be sent of what is unpaid or asked back', () => {
    expect(ORDER_STATES.map((state) => piecesToSend(sampleOrder(state)))).toEqual([0, 3, 3, 0, 0, 0, 0, 3, 0])
    expect(piecesToSend(askedBack(sampleOrder('paid'), AT))).toBe(0)
  })

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
    expect(moveLines(asked, deliver, undefined, AT)).toMatchObject({
      kind: 'moved',
      order: { state: 'delivered', refundRequestedAt: AT },
    })
  })

  it('says of what was sent and paid back before it arrived that nobody waits for it', () => {
    const sent = moved(sampleOrder('paid'), ship).order
    const paidBack = (order: Order, ...lineNos: number[]): Order => ({
      ...order,
      lines: order.lines.map((line) =>
        lineNos.includes(line.lineNo) ? { ...line, refund: { ...line.refund, pieces: line.quantity } } : line,
      ),
    })
    const shown = (order: Order) => [
      ...order.lines.map((line) => shownLineState(order, line)),
      shownDelivery(order),
    ]
    expect(shown(sent)).toEqual(['shipped', 'shipped', 'shipped'])
    expect(shown(paidBack(sent, 1))).toEqual(['paid_back', 'shipped', 'shipped'])
    expect(shown(paidBack(sent, 1, 2))).toEqual(['paid_back', 'paid_back', 'paid_back'])
    const oneThere = moved(sent, deliver, whole(2)).order
    expect(shown(paidBack(oneThere, 1))).toEqual(['paid_back', 'delivered', 'delivered'])
    // What did arrive is there, whatever became of its price.
    expect(shown(paidBack(moved(sent, deliver).order, 1, 2))).toEqual(['delivered', 'delivered', 'delivered'])
    // Only one line has left; the other one still will, unless all of the order is given back.
    const half = moved(sampleOrder('paid'), ship, whole(1)).order
    expect(shown(paidBack(half, 1))).toEqual(['paid_back', 'none', 'shipped'])
    const refunded: Order = { ...sampleOrder('refunded'), lines: half.lines }
    expect(shown(refunded)).toEqual(['paid_back', 'none', 'paid_back'])
    expect(shown(sampleOrder('refunded')).at(-1)).toBe('none')
    // The history stays as it is.
    expect(deliveryOf(paidBack(sent, 1, 2).lines)).toBe('shipped')
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
  })
})
