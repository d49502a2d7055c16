/** Invented orders for volume tests: every amount, state and date fits together as if they had been placed here. */

import { createHash } from 'node:crypto'
import { businessDate } from '../../../platform/time/clock.ts'
import type { ItemForSale } from '../../catalog/index.ts'
import { type LineDelivery, NOT_SENT } from '../rules/delivery.ts'
import { FREE_DELIVERY } from '../rules/delivery-fee.ts'
import type { Order, OrderBasis } from '../rules/order.ts'
import { ORDER_NUMBER_DRAWS, orderNumber } from '../rules/order-number.ts'
import { priceLines } from '../rules/order-total.ts'
import type { Receiver } from '../rules/receiver.ts'

/** What an invented order needs to know of an item it may contain. */
export type SampleItem = Pick<
  ItemForSale,
  'id' | 'name' | 'enterprise' | 'thumbnail' | 'originPrice' | 'discountPrice' | 'realPrice'
>

const CUSTOMERS = 20_000
const DAYS = 365
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 24 * HOUR_SECONDS
const PAYMENT_WINDOW = { minutes: 30 } as const
/** No provider of this name exists, so nobody is ever asked about these payments. */
const PROVIDER = 'sample'

const receiver: Receiver = {
  name: '홍길동',
  phone: '01000000000',
  address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
  deliveryNote: null,
}

/**
 * Ids of invented rows are custom ones (UUID version 8) that count: told from real ones at a glance, and the same
 * under every seed, so that seeding twice never doubles.
 */
const countingId = (kind: '8' | '9' | 'a' | 'b', n: number) =>
  `00000000-0000-8000-${kind}000-${n.toString(16).padStart(12, '0')}`

/** The id of invented order number `index`, from 0. */
export const sampleOrderId = (index: number): string => countingId('8', index)

/** Numbers 0 ≤ n < 1, always the same for the same seed and index. */
function diceOf(seed: string, index: number): () => number {
  const digest = createHash('sha512').update(`${seed} ${index}`).digest()
  let drawn = 0
  return () => digest.readUInt32BE(4 * drawn++) / 2 ** 32
}

/**
 * Invented order number `index` of a seed: one to three lines, placed within the year before `now`. Of all orders
 * 5 % were cancelled, 4 % expired and 3 % were refunded; the others are on their way or, after five days, delivered.
 * Throws RangeError when there is no item to order.
 */
export function sampleOrder(
  items: readonly SampleItem[],
  { seed, index, now }: { seed: string; index: number; now: Temporal.Instant },
): Order {
  const dice = diceOf(seed, index)
  const ageSeconds = HOUR_SECONDS + Math.floor(dice() * (DAYS * DAY_SECONDS - HOUR_SECONDS))
  const customer = Math.floor(dice() * CUSTOMERS)
  const outcome = dice()
  const lines = new Map<string, { item: SampleItem; quantity: number }>()
  for (let wanted = 1 + Math.floor(dice() ** 2 * 3); wanted > 0; wanted -= 1) {
    // The cube leans to the items at the front: as in real shops, some sell far more than others.
    const item = items[Math.floor(dice() ** 3 * items.length)]
    if (item === undefined) throw new RangeError('there is no item to order')
    lines.set(item.id, { item, quantity: 1 + Math.floor(dice() ** 2 * 3) })
  }
  const chosen = [...lines.values()]
  const priced = priceLines(
    chosen.map(({ item, quantity }) => ({ itemId: item.id, quantity })),
    chosen.map(({ item, quantity }) => ({
      ...item,
      taxFree: false,
      categories: [],
      status: 'on_sale',
      available: quantity,
    })),
    { delivery: FREE_DELIVERY, recurringDiscount: 0 },
    undefined,
  )
  if (priced.kind === 'refused') throw new RangeError(`an invented order was refused: ${priced.code}`)
  const { kind: _, ...amounts } = priced
  const placedAt = now.round({ smallestUnit: 'second' }).subtract({ seconds: ageSeconds })
  const basis = {
    ...amounts,
    id: sampleOrderId(index),
    // Odd steps through a power of two meet every number once.
    orderNumber: orderNumber(businessDate(placedAt), (index * 387_420_489) % ORDER_NUMBER_DRAWS),
    customerId: countingId('9', customer),
    receiver,
    placedAt,
    expiresAt: placedAt.add(PAYMENT_WINDOW),
    consent: null,
    cycle: null,
  }
  const ids = { attempt: countingId('a', index), shipment: countingId('b', index) }
  return withState(basis, ids, outcome, ageSeconds / DAY_SECONDS)
}

function withState(
  basis: Omit<OrderBasis, 'version'> & { expiresAt: Temporal.Instant },
  ids: { attempt: string; shipment: string },
  outcome: number,
  ageDays: number,
): Order {
  const after = (minutes: number) => basis.placedAt.add({ minutes })
  if (outcome < 0.05) {
    const closing = { at: after(10), reason: 'cancelled_by_customer' } as const
    return { ...basis, state: 'cancelled', version: 2, closing }
  }
  if (outcome < 0.09) {
    const closing = { at: basis.expiresAt, reason: 'payment_window_passed' } as const
    return { ...basis, state: 'expired', version: 2, closing }
  }
  const paid = { ...basis, payment: { attemptId: ids.attempt, provider: PROVIDER, at: after(2) } }
  if (outcome < 0.12) {
    const closing = { at: after(40), reason: 'refunded' } as const
    return {
      ...paid,
      state: 'refunded',
      version: 3,
      shippedAt: null,
      refundRequestedAt: after(30),
      refundedTotal: basis.total,
      closing,
    }
  }
  const open = { ...paid, refundRequestedAt: null }
  if (ageDays < 1) return { ...open, state: 'paid', version: 2 }
  const lines = (delivery: Partial<LineDelivery>) =>
    basis.lines.map((line) => ({ ...line, delivery: { ...NOT_SENT, ...delivery } }))
  if (ageDays < 2) return { ...open, lines: lines({ packing: true }), state: 'preparing', version: 3 }
  const shippedAt = basis.placedAt.add({ hours: 36 })
  const parcel = { shipmentId: ids.shipment, parcel: null, shippedAt }
  const sent = (deliveredAt: Temporal.Instant | null) =>
    basis.lines.map((line) => {
      const arrival = deliveredAt && ('merchant' as const)
      const share = { ...parcel, quantity: line.quantity, deliveredAt, arrival }
      return { ...line, delivery: { ...NOT_SENT, sent: [share] } }
    })
  if (ageDays < 5) return { ...open, shippedAt, lines: sent(null), state: 'shipped', version: 4 }
  const arrived = sent(shippedAt.add({ hours: 48 }))
  return { ...open, shippedAt, lines: arrived, state: 'delivered', version: 5 }
}
