import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { START, sampleOrder } from '../order-states.fixture.ts'
import {
  askedBack,
  closeExpired,
  decideCancel,
  giveUpCycle,
  isDue,
  isRecurring,
  keptAfterAll,
  ORDER_STATES,
  type Order,
  type OrderState,
  openForPayment,
  recordPayment,
  recordRefund,
  refundableOrder,
  refundedTotalOf,
} from './order.ts'

const BEFORE = START.add({ minutes: 29 })
const DUE = START.add({ minutes: 30 })
const payment = { attemptId: 'another', provider: 'kakaopay', at: BEFORE }

/** What each state answers to each transition, before the payment window ends. */
const TABLE: Readonly<
  Record<OrderState, { open: string; pay: string; cancel: string; expireWhenDue: string; refundable: string }>
> = {
  awaiting_payment: {
    open: 'awaiting_payment',
    pay: 'paid',
    cancel: 'cancel',
    expireWhenDue: 'expired',
    refundable: 'order_not_refundable',
  },
  paid: {
    open: 'order_already_paid',
    pay: 'order_already_paid',
    cancel: 'refund',
    expireWhenDue: 'order_not_due',
    refundable: 'paid',
  },
  preparing: {
    open: 'order_already_paid',
    pay: 'order_already_paid',
    cancel: 'refund',
    expireWhenDue: 'order_not_due',
    refundable: 'preparing',
  },
  shipped: {
    open: 'order_already_paid',
    pay: 'order_already_paid',
    cancel: 'order_not_cancellable',
    expireWhenDue: 'order_not_due',
    refundable: 'shipped',
  },
  delivered: {
    open: 'order_already_paid',
    pay: 'order_already_paid',
    cancel: 'order_not_cancellable',
    expireWhenDue: 'order_not_due',
    refundable: 'delivered',
  },
  partially_refunded: {
    open: 'order_already_paid',
    pay: 'order_already_paid',
    cancel: 'refund',
    expireWhenDue: 'order_not_due',
    refundable: 'partially_refunded',
  },
  refunded: {
    open: 'order_closed',
    pay: 'order_already_paid',
    cancel: 'done',
    expireWhenDue: 'order_not_due',
    refundable: 'order_not_refundable',
  },
  cancelled: {
    open: 'order_closed',
    pay: 'order_closed',
    cancel: 'done',
    expireWhenDue: 'order_not_due',
    refundable: 'order_not_refundable',
  },
  expired: {
    open: 'order_closed',
    pay: 'order_closed',
    cancel: 'order_closed',
    expireWhenDue: 'order_not_due',
    refundable: 'order_not_refundable',
  },
}

const answer = (result: { kind: string; code?: string } | { state: string }): string =>
  'state' in result ? result.state : (result.code ?? result.kind)

describe('an order', () => {
  it.each(ORDER_STATES)('in state %s allows exactly what the table says', (state) => {
    const order = sampleOrder(state)
    expect({
      open: answer(openForPayment(order, BEFORE)),
      pay: answer(recordPayment(order, payment)),
      cancel: answer(decideCancel(order, BEFORE)),
      expireWhenDue: answer(closeExpired(order, DUE)),
      refundable: answer(refundableOrder(order)),
    }).toEqual(TABLE[state])
  })

  it('closes to new payments at the instant its window ends, and may expire from then on', () => {
    const order = sampleOrder('awaiting_payment')
    const justBefore = DUE.subtract({ milliseconds: 1 })
    expect(answer(openForPayment(order, justBefore))).toBe('awaiting_payment')
    expect(answer(closeExpired(order, justBefore))).toBe('order_not_due')
    expect(answer(openForPayment(order, DUE))).toBe('order_closed')
    expect(closeExpired(order, DUE)).toMatchObject({
      state: 'expired',
      version: 2,
      closing: { reason: 'payment_window_passed', at: DUE },
    })
  })

  it('accepts money that arrives after the window while it still stands', () => {
    const paid = recordPayment(sampleOrder('awaiting_payment'), { ...payment, at: DUE.add({ hours: 1 }) })
    expect(paid).toMatchObject({ state: 'paid', version: 2, payment: { attemptId: 'another' } })
  })

  it('says when and why it was cancelled', () => {
    expect(decideCancel(sampleOrder('awaiting_payment'), BEFORE)).toMatchObject({
      kind: 'cancel',
      order: { state: 'cancelled', version: 2, closing: { reason: 'cancelled_by_customer', at: BEFORE } },
    })
  })

  it('cannot be cancelled once a part was refunded after shipping', () => {
    expect(answer(decideCancel(sampleOrder('partially_refunded', true), BEFORE))).toBe(
      'order_not_cancellable',
    )
  })

  it('remembers when the refund was first asked for, without a new version', () => {
    const first = decideCancel(sampleOrder('paid'), BEFORE)
    if (first.kind !== 'refund') throw new Error('expected a refund')
    expect(first.askedBefore).toBe(false)
    expect(first.order).toMatchObject({ state: 'paid', version: 2, refundRequestedAt: BEFORE })
    const again = decideCancel(first.order, DUE)
    expect(again).toMatchObject({ kind: 'refund', askedBefore: true, order: { refundRequestedAt: BEFORE } })
  })

  it('counts money that went back', () => {
    const part = recordRefund(sampleOrder('paid'), { amount: won(1_000), remaining: won(29_000), at: BEFORE })
    expect(part).toMatchObject({ state: 'partially_refunded', version: 3, refundedTotal: 1_000 })
    if (!('state' in part)) throw new Error('expected an order')
    const rest = recordRefund(part, { amount: won(29_000), remaining: won(0), at: DUE })
    expect(rest).toMatchObject({
      state: 'refunded',
      version: 4,
      refundedTotal: 30_000,
      closing: { reason: 'refunded', at: DUE },
    })
  })

  it('that cost nothing is given back too', () => {
    const free = { ...sampleOrder('paid'), total: won(0) }
    const back = recordRefund(free, { amount: won(0), remaining: won(0), at: DUE })
    expect(back).toMatchObject({ state: 'refunded', version: 3, refundedTotal: 0 })
  })

  it('keeps the shipping date through a refund', () => {
    const back = recordRefund(sampleOrder('delivered'), { amount: won(30_000), remaining: won(0), at: DUE })
    expect(back).toMatchObject({ state: 'refunded', shippedAt: START.add({ hours: 20 }) })
  })

  it('does not count the same refund twice, and refuses one for an unpaid order', () => {
    const order = sampleOrder('partially_refunded')
    expect(answer(recordRefund(order, { amount: won(10_000), remaining: won(20_000), at: DUE }))).toBe(
      'unchanged',
    )
    const full = sampleOrder('refunded')
    expect(answer(recordRefund(full, { amount: won(20_000), remaining: won(0), at: DUE }))).toBe('unchanged')
    const cancelled = sampleOrder('cancelled')
    expect(answer(recordRefund(cancelled, { amount: won(30_000), remaining: won(0), at: DUE }))).toBe(
      'order_not_refundable',
    )
  })

  it('throws when the books of payments and orders disagree', () => {
    const back = { amount: won(5_000), remaining: won(20_000), at: DUE }
    expect(() => recordRefund(sampleOrder('paid'), back)).toThrow('is not 10000')
  })

  it('never loses money, versions or an end, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.constant('pay' as const),
      fc.constant('cancel' as const),
      fc.constant('expire' as const),
      fc.integer({ min: 1, max: 40_000 }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let order: Order = sampleOrder('awaiting_payment')
        let changes = 0
        for (const next of steps) {
          const before = order
          order = apply(order, next)
          if (order.version !== before.version) changes++
          if (['cancelled', 'expired', 'refunded'].includes(before.state)) expect(order).toBe(before)
          expect(refundedTotalOf(order)).toBeGreaterThanOrEqual(refundedTotalOf(before))
          expect(refundedTotalOf(order)).toBeLessThanOrEqual(order.total)
        }
        expect(order.version).toBe(1 + changes)
        if ('closing' in order && order.state !== 'refunded') expect('payment' in order).toBe(false)
      }),
    )
  })
})

function apply(order: Order, step: 'pay' | 'cancel' | 'expire' | number): Order {
  if (step === 'pay') {
    const result = recordPayment(order, payment)
    return 'kind' in result ? order : result
  }
  if (step === 'expire') {
    const result = closeExpired(order, DUE)
    return 'kind' in result ? order : result
  }
  if (step === 'cancel') {
    const result = decideCancel(order, BEFORE)
    return 'order' in result ? result.order : order
  }
  const left = order.total - refundedTotalOf(order)
  const amount = Math.min(step, left)
  if (amount === 0 || 'kind' in refundableOrder(order)) return order
  const result = recordRefund(order, { amount: won(amount), remaining: won(left - amount), at: DUE })
  return 'kind' in result ? order : result
}

describe('a cycle', () => {
  const at = START.add({ hours: 1 })
  const cycle = { subscriptionId: 's', no: 2, stockHeld: true }
  const of = (state: OrderState) => ({ ...sampleOrder(state), cycle, expiresAt: null })

  it('waits without an end, and is cancelled with its subscription only', () => {
    const waiting = of('awaiting_payment')
    expect(waiting.state === 'awaiting_payment' && isDue(waiting, at.add({ hours: 100_000 }))).toBe(false)
    expect(closeExpired(waiting, at)).toMatchObject({ code: 'order_not_due' })
    expect(decideCancel(waiting, at)).toEqual({ kind: 'refused', code: 'order_of_subscription' })
    expect(decideCancel(of('paid'), at)).toMatchObject({ kind: 'refund' })
  })

  it('is given up once, while it waits', () => {
    const decision = giveUpCycle(of('awaiting_payment'), 'subscription_ended', at)
    expect(decision).toMatchObject({ kind: 'cancel', order: { state: 'cancelled', version: 2 } })
    expect(decision.kind === 'cancel' && decision.order.closing).toEqual({ reason: 'subscription_ended', at })
    expect(giveUpCycle(of('cancelled'), 'payment_given_up', at)).toEqual({ kind: 'done' })
    for (const state of [
      'paid',
      'preparing',
      'shipped',
      'delivered',
      'partially_refunded',
      'refunded',
    ] as const)
      expect(giveUpCycle(of(state), 'payment_given_up', at)).toMatchObject({ code: 'order_already_paid' })
  })

  it('and a purchase with consent leave a stored method behind, other purchases do not', () => {
    expect(isRecurring(of('paid'))).toBe(true)
    expect(isRecurring({ ...sampleOrder('paid'), consent: { version: '1', at } })).toBe(true)
    expect(isRecurring(sampleOrder('paid'))).toBe(false)
  })
})

describe('asking everything back', () => {
  it('is noted with the first request, in states that can be shipped', () => {
    const at = START.add({ hours: 1 })
    const asked = askedBack(sampleOrder('paid'), at)
    expect('refundRequestedAt' in asked && asked.refundRequestedAt?.toString()).toBe(at.toString())
    expect(askedBack(asked, at.add({ hours: 1 }))).toBe(asked)
    const waiting = sampleOrder('awaiting_payment')
    expect(askedBack(waiting, at)).toBe(waiting)
  })
})

describe('an order that was asked back', () => {
  it('is as before once its money stays after all, and may be asked back again', () => {
    const order = sampleOrder('paid')
    const asked = askedBack(order, BEFORE)
    expect(keptAfterAll(asked)).toEqual(order)
    expect(askedBack(keptAfterAll(asked), DUE)).toMatchObject({ refundRequestedAt: DUE })
  })

  it('that never was, or cannot be, stays the very same', () => {
    for (const state of ['paid', 'awaiting_payment'] as const) {
      const order = sampleOrder(state)
      expect(keptAfterAll(order)).toBe(order)
    }
  })
})
