import { describe, expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import {
  agreed,
  at,
  begun,
  code,
  cycle2,
  cycle3,
  days,
  effect,
  input,
  ok,
  opened,
  plain,
  receiver,
  types,
} from '../agreements.fixture.ts'
import { defaultCalendarPolicy } from './period.ts'
import { amountDue, nextCharge, termsOn } from './subscription.ts'
import { cyclePaid, openCycle } from './subscription-billing.ts'
import { pauseSubscription, skipDelivery, skipNextDelivery } from './subscription-pauses.ts'
import {
  acceptPrice,
  changeMethod,
  changePeriod,
  changeQuantity,
  changeReceiver,
  newSubscription,
  proposePrice,
} from './subscription-terms.ts'

describe('starting', () => {
  test('the anchor is the business day of the first payment; cycle 1 is paid, cycle 2 is next', () => {
    const late = newSubscription(
      { ...input, firstPaidAt: Temporal.Instant.from('2027-01-01T15:30:00Z') },
      at('2027-01-02T00:30'),
    )
    expect(String(agreed(late).schedule.anchor)).toBe('2027-01-02')
    expect(plain(begun.latestCycle)).toEqual({ no: 1, due: '2027-01-01', open: false })
    expect(plain(nextCharge(begun))).toEqual({ no: 2, due: '2027-01-31' })
    expect(amountDue(begun, cycle2.due)).toBe(20_000)
    expect(ok(newSubscription(input, at('2027-01-01T10:00'))).events).toEqual([
      {
        type: 'subscription.started',
        subscriptionId: 's1',
        customerId: 'c1',
        itemId: 'i1',
        quantity: 2,
        unitPrice: 10_000,
        period: days(30),
        anchor: '2027-01-01',
      },
    ])
  })

  test.each([0, -1, 100, 1.5, Number.NaN])('quantity %s is refused', (quantity) => {
    expect(code(newSubscription({ ...input, quantity }, at('2027-01-01T10:00')))).toBe(
      'quantity_out_of_range',
    )
    expect(code(changeQuantity(begun, quantity, at('2027-01-02T10:00')))).toBe('quantity_out_of_range')
  })

  test.each([1, 99])('quantity %s is not', (quantity) => {
    expect(
      amountDue(agreed(newSubscription({ ...input, quantity }, at('2027-01-01T10:00'))), cycle2.due),
    ).toBe(quantity * 10_000)
  })

  test('a period nobody offers is refused', () => {
    expect(code(newSubscription({ ...input, period: days(0) }, at('2027-01-01T10:00')))).toBe(
      'period_malformed',
    )
    const strict = { ...at('2027-01-01T10:00'), policy: defaultCalendarPolicy }
    expect(code(newSubscription({ ...input, period: days(45) }, strict))).toBe('period_not_offered')
    expect(code(changePeriod(begun, days(45), strict))).toBe('period_not_offered')
  })

  test('the receiver is a copy', () => {
    expect(termsOn(begun, cycle2.due).receiver).toEqual(receiver)
    expect(termsOn(begun, cycle2.due).receiver).not.toBe(receiver)
  })
})

describe('changes and the cut-off (18:00 the day before)', () => {
  const before = at('2027-01-30T17:59:59')
  const tooLate = at('2027-01-30T18:00:00')

  test('quantity: until the cut-off for the next charge, from then on for the one after', () => {
    const early = changeQuantity(begun, 5, before)
    expect(effect(early)).toEqual({ no: 2, due: '2027-01-31' })
    expect(amountDue(agreed(early), cycle2.due)).toBe(50_000)
    const late = changeQuantity(begun, 5, tooLate)
    expect(effect(late)).toEqual({ no: 3, due: '2027-03-02' })
    expect([amountDue(agreed(late), cycle2.due), amountDue(agreed(late), cycle3.due)]).toEqual([
      20_000, 50_000,
    ])
    expect(ok(late).events).toEqual([
      {
        type: 'subscription.changed',
        subscriptionId: 's1',
        change: { what: 'quantity', quantity: 5 },
        takesEffect: { cycleNo: 3, due: '2027-03-02' },
      },
    ])
  })

  test('receiver: the same, and no personal data in the event', () => {
    const moved = { ...receiver, city: '부산광역시' }
    const late = changeReceiver(begun, moved, tooLate)
    expect(termsOn(agreed(late), cycle2.due).receiver.city).toBe('서울특별시')
    expect(termsOn(agreed(late), cycle3.due).receiver.city).toBe('부산광역시')
    expect(JSON.stringify(ok(late).events)).not.toContain('부산')
    expect(ok(late).events).toMatchObject([{ change: { what: 'receiver' } }])
    for (const field of ['name', 'phone', 'addressDetail', 'postalCode', 'deliveryNote'] as const)
      expect(types(changeReceiver(begun, { ...receiver, [field]: 'x' }, before))).toEqual([
        'subscription.changed',
      ])
  })

  test('period: counted from the anchor, the charge past its cut-off stays', () => {
    const early = changePeriod(begun, days(60), before)
    expect(effect(early)).toEqual({ no: 2, due: '2027-03-02' })
    expect(ok(early).events).toMatchObject([{ change: { what: 'period', period: days(60) } }])
    const late = changePeriod(begun, days(60), tooLate)
    expect(effect(late)).toEqual({ no: 3, due: '2027-03-02' })
    expect(plain(nextCharge(agreed(late)))).toEqual({ no: 2, due: '2027-01-31' })
  })

  test('skip and pause: what is past its cut-off goes ahead', () => {
    expect(code(skipDelivery(begun, cycle2.due, tooLate))).toBe('after_cut_off')
    expect(effect(skipNextDelivery(begun, tooLate))).toEqual({ no: 3, due: '2027-03-02' })
    expect(effect(skipNextDelivery(begun, before))).toEqual({ no: 2, due: '2027-01-31' })
    expect(effect(pauseSubscription(begun, null, tooLate))).toEqual({ no: 3, due: '2027-03-02' })
    expect(effect(pauseSubscription(begun, null, before))).toEqual({ no: 2, due: '2027-01-31' })
    expect(plain(nextCharge(agreed(pauseSubscription(begun, null, tooLate))))).toEqual({
      no: 2,
      due: '2027-01-31',
    })
    expect(nextCharge(agreed(pauseSubscription(begun, null, before)))).toBeNull()
  })

  test('several changes after the cut-off keep the locked charge as it was', () => {
    const one = agreed(changeQuantity(begun, 5, tooLate))
    const two = agreed(changeQuantity(one, 7, at('2027-01-30T20:00')))
    expect([amountDue(two, cycle2.due), amountDue(two, cycle3.due)]).toEqual([20_000, 70_000])
    const three = agreed(changeQuantity(two, 9, at('2027-03-01T19:00')))
    expect([2, 3, 4].map((n) => amountDue(three, begun.schedule.anchor.add({ days: (n - 1) * 30 })))).toEqual(
      [20_000, 70_000, 90_000],
    )
  })

  test('with a clock set back, an open cycle stays as it was agreed', () => {
    const back = at('2027-01-15T10:00')
    const changed = changeQuantity(opened, 5, back)
    expect(effect(changed)).toEqual({ no: 3, due: '2027-03-02' })
    expect(amountDue(agreed(changed), cycle2.due)).toBe(20_000)
    expect(code(skipDelivery(opened, cycle2.due, back))).toBe('after_cut_off')
    expect(plain(agreed(pauseSubscription(opened, null, back)).schedule.pauses)).toEqual([
      { from: '2027-02-01', until: null },
    ])
    expect(effect(changePeriod(opened, days(7), back))).toEqual({ no: 3, due: '2027-02-12' })
  })

  test('there and back leaves no trace, before and after the cut-off', () => {
    for (const when of [before, tooLate]) {
      expect(plain(agreed(changeQuantity(agreed(changeQuantity(begun, 5, when)), 2, when)))).toEqual(
        plain(begun),
      )
      expect(
        plain(agreed(changePeriod(agreed(changePeriod(begun, days(60), when)), days(30), when))),
      ).toEqual(plain(begun))
    }
  })

  test('terms of recorded cycles are forgotten', () => {
    const one = agreed(changeQuantity(begun, 5, tooLate))
    const recorded = agreed(cyclePaid(agreed(openCycle(one, cycle2)), 2, at('2027-01-31T02:00')))
    const both = agreed(cyclePaid(agreed(openCycle(recorded, cycle3)), 3, at('2027-03-02T02:00')))
    const two = agreed(changeQuantity(both, 6, at('2027-03-05T10:00')))
    expect(two.terms.map(({ quantity }) => quantity)).toEqual([5, 6])
    const whileOpen = agreed(changeQuantity(agreed(openCycle(one, cycle2)), 6, at('2027-01-31T02:01')))
    expect(amountDue(whileOpen, cycle2.due)).toBe(20_000)
  })

  test('with a clock set back, terms that no charge will be due under any more are forgotten', () => {
    const five = agreed(changeQuantity(begun, 5, at('2027-02-05T10:00')))
    const six = agreed(changeQuantity(five, 6, at('2027-03-05T10:00')))
    expect(six.terms.map(({ quantity }) => quantity)).toEqual([2, 5, 6])
    const seven = agreed(changeQuantity(six, 7, at('2027-02-10T10:00')))
    expect(seven.terms.map(({ quantity }) => quantity)).toEqual([2, 7])
  })

  test('the payment method has no cut-off', () => {
    const changed = changeMethod(begun, 'm2', tooLate)
    expect(effect(changed)).toEqual({ no: 2, due: '2027-01-31' })
    expect(agreed(changed).methodId).toBe('m2')
    expect(ok(changed).events[0]).toMatchObject({
      change: { what: 'payment_method', methodId: 'm2', previousMethodId: 'm1' },
    })
  })
})

describe('price', () => {
  const when = at('2027-01-10T10:00')
  const proposed = agreed(proposePrice(begun, won(12_000), when))

  test('the agreed price holds until the customer accepts', () => {
    expect(amountDue(proposed, cycle2.due)).toBe(20_000)
    const accepted = acceptPrice(proposed, won(12_000), when)
    expect(amountDue(agreed(accepted), cycle2.due)).toBe(24_000)
    expect(agreed(accepted).pendingPrice).toBeNull()
    expect(ok(accepted).events[0]).toMatchObject({
      change: { what: 'price', unitPrice: 12_000, previousUnitPrice: 10_000 },
    })
  })

  test('accepting twice is accepting once', () => {
    const accepted = agreed(acceptPrice(proposed, won(12_000), when))
    const again = acceptPrice(accepted, won(12_000), when)
    expect(ok(again)).toMatchObject({ subscription: accepted, events: [] })
    expect(effect(again)).toEqual({ no: 2, due: '2027-01-31' })
  })

  test('only the price that was shown can be accepted', () => {
    expect(code(acceptPrice(begun, won(12_000), when))).toBe('price_not_proposed')
    expect(code(acceptPrice(proposed, won(11_000), when))).toBe('price_not_proposed')
    expect(code(acceptPrice(proposed, won(10_000), when))).toBe('price_not_proposed')
  })

  test('after the cut-off it holds from the charge after the next', () => {
    const late = agreed(acceptPrice(proposed, won(12_000), at('2027-01-30T18:00')))
    expect([amountDue(late, cycle2.due), amountDue(late, cycle3.due)]).toEqual([20_000, 24_000])
  })

  test('proposing the agreed price takes the proposal back', () => {
    const withdrawn = proposePrice(proposed, won(10_000), when)
    expect(types(withdrawn)).toEqual(['subscription.price_change_withdrawn'])
    expect(plain(agreed(withdrawn))).toEqual(plain(begun))
    expect(types(proposePrice(proposed, won(13_000), when))).toEqual(['subscription.price_change_proposed'])
  })
})
