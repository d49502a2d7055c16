import { describe, expect, it } from 'vitest'
import { START, sampleOrder } from '../order-states.fixture.ts'
import { type ArrivalStep, correctableUntil, countedUntil } from './arrival.ts'
import { moveLines } from './delivery.ts'
import type { Order } from './order.ts'

const SENT = START.add({ hours: 20 })
const days = (count: number) => SENT.add({ hours: 24 * count })
const SHIPMENT = '0199f000-0000-7000-8000-000000000003'

function moved(order: Order, step: ArrivalStep, at: Temporal.Instant) {
  const result = moveLines(order, step, undefined, at)
  if (result.kind !== 'moved') throw new Error(result.kind === 'refused' ? result.code : result.kind)
  return result
}
const arrivalsOf = ({ lines }: Order) =>
  lines.flatMap(({ delivery }) => delivery.sent.map(({ arrival, deliveredAt }) => [arrival, deliveredAt]))
const both = (arrival: string, at: Temporal.Instant) => [
  [arrival, at],
  [arrival, at],
]

const counted: ArrivalStep = { step: 'deliver', by: 'counted', sentDaysAgo: 7 }
const received: ArrivalStep = {
  step: 'deliver',
  by: 'customer',
  shipmentId: SHIPMENT,
  evenCounted: true,
}

describe('the arrival of a parcel', () => {
  it('is counted of what was sent by then, and of nothing else', () => {
    expect(countedUntil({ countedAfterDays: 7 }, days(7))).toEqual(SENT)
    const early = days(7).subtract({ seconds: 1 })
    expect(moveLines(sampleOrder('shipped'), counted, undefined, early).kind).toBe('unchanged')
    const there = moved(sampleOrder('shipped'), counted, days(7))
    expect(there.order.state).toBe('delivered')
    expect(there.pieces.map(({ quantity }) => quantity)).toEqual([2, 1])
    expect(arrivalsOf(there.order)).toEqual(both('counted', days(7)))
  })

  it('is of the parcel that is named', () => {
    const other = { ...received, shipmentId: 'another' }
    expect(moveLines(sampleOrder('shipped'), other, undefined, days(2)).kind).toBe('unchanged')
    expect(arrivalsOf(moved(sampleOrder('shipped'), received, days(2)).order)).toEqual(
      both('customer', days(2)),
    )
  })

  it('told after it was counted holds when it is later, and is no second arrival', () => {
    const there = moved(sampleOrder('shipped'), counted, days(7)).order
    const later = moved(there, received, days(9))
    expect(arrivalsOf(later.order)).toEqual(both('customer', days(9)))
    expect([later.pieces, later.order.version]).toEqual([[], there.version])
    // Once told it stays, and it never becomes earlier.
    expect(moveLines(later.order, received, undefined, days(10)).kind).toBe('unchanged')
    const earlier: ArrivalStep = { ...received, by: 'merchant', on: days(3) }
    expect(moveLines(there, earlier, undefined, days(9)).kind).toBe('unchanged')
    // The merchant’s button is for what is on its way.
    const button: ArrivalStep = { step: 'deliver', by: 'merchant' }
    expect(moveLines(there, button, undefined, days(9)).kind).toBe('unchanged')
  })

  it('moves by its customer’s word only while the time counted from it runs, by a table also later', () => {
    // Counted on 28 November 2026: the seventh day after it is a Saturday, so the Monday still counts.
    const there = moved(sampleOrder('shipped'), counted, days(7)).order
    const end = Temporal.Instant.from('2026-12-07T15:00:00Z')
    const shares = there.lines.flatMap(({ delivery }) => delivery.sent)
    expect(shares.map((share) => correctableUntil(share)?.toString())).toEqual(['2026-12-07', '2026-12-07'])
    expect(moveLines(there, received, undefined, end).kind).toBe('unchanged')
    const last = end.subtract({ seconds: 1 })
    const told = moved(there, received, last)
    expect(arrivalsOf(told.order)).toEqual(both('customer', last))
    expect(told.arrivals).toEqual([{ shipmentId: SHIPMENT, deliveredAt: last }])
    expect(told.order.lines.flatMap(({ delivery }) => delivery.sent.map(correctableUntil))).toEqual([
      undefined,
      undefined,
    ])
    expect(arrivalsOf(moved(there, { ...received, by: 'merchant' }, end).order)).toEqual(
      both('merchant', end),
    )
  })

  it('of what was sent long ago is counted back then, not now', () => {
    const recent = days(60).subtract({ seconds: 1 })
    expect(arrivalsOf(moved(sampleOrder('shipped'), counted, recent).order)).toEqual(both('counted', recent))
    expect(arrivalsOf(moved(sampleOrder('shipped'), counted, days(60)).order)).toEqual(
      both('counted', days(7)),
    )
  })

  it('of a line that is paid back is for the merchant to tell', () => {
    const order = sampleOrder('shipped')
    const lines = order.lines.map((line) =>
      line.lineNo === 1 ? { ...line, refund: { ...line.refund, pieces: line.quantity } } : line,
    )
    for (const step of [counted, received])
      expect(moved({ ...order, lines }, step, days(7)).pieces.map(({ lineNo }) => lineNo)).toEqual([2])
    const button: ArrivalStep = { step: 'deliver', by: 'merchant' }
    expect(moved({ ...order, lines }, button, days(7)).pieces).toHaveLength(2)
  })

  it('told as the day of sending is not before it', () => {
    const told: ArrivalStep = { step: 'deliver', by: 'merchant', on: SENT.subtract({ hours: 9 }) }
    expect(arrivalsOf(moved(sampleOrder('shipped'), told, days(1)).order)).toEqual(both('merchant', SENT))
  })
})
