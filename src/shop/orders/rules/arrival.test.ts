import { describe, expect, it } from 'vitest'
import { START, sampleOrder } from '../order-states.fixture.ts'
import { type ArrivalStep, countedUntil } from './arrival.ts'
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

const counted: ArrivalStep = { step: 'deliver', by: 'counted', sentBy: SENT }
const received: ArrivalStep = {
  step: 'deliver',
  by: 'customer',
  shipmentId: SHIPMENT,
  evenCounted: true,
}

describe('the arrival of a parcel', () => {
  it('is counted of what was sent by then, and of nothing else', () => {
    expect(countedUntil({ countedAfterDays: 7 }, days(7))).toEqual(SENT)
    const early = { ...counted, sentBy: SENT.subtract({ seconds: 1 }) }
    expect(moveLines(sampleOrder('shipped'), early, undefined, days(7)).kind).toBe('unchanged')
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

  it('told as the day of sending is not before it', () => {
    const told: ArrivalStep = { step: 'deliver', by: 'merchant', on: SENT.subtract({ hours: 9 }) }
    expect(arrivalsOf(moved(sampleOrder('shipped'), told, days(1)).order)).toEqual(both('merchant', SENT))
  })
})
