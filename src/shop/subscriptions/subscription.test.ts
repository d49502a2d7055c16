import { describe, expect, test } from 'vitest'
import { won } from '../../platform/money.ts'
import {
  agreed,
  asked,
  at,
  begun,
  code,
  cycle2,
  cycle3,
  date,
  days,
  effect,
  ended,
  giveUpAt,
  input,
  ok,
  opened,
  pastDue,
  paused,
  plain,
  policy,
  receiver,
  retryAt,
  types,
} from './agreements.fixture.ts'
import { defaultCalendarPolicy } from './period.ts'
import { readSchedule, readTerms } from './stored-schedule.ts'
import { type Active, type Agreement, amountDue, nextCharge, termsOn } from './subscription.ts'
import {
  closeCycle,
  cycleFailed,
  cyclePaid,
  cycleSkipped,
  giveUp,
  openCycle,
  tryLater,
} from './subscription-billing.ts'
import {
  cancel,
  pauseSubscription,
  resumeSubscription,
  skipDelivery,
  skipNextDelivery,
  unskipDelivery,
  wake,
} from './subscription-pauses.ts'
import {
  acceptPrice,
  changeMethod,
  changePeriod,
  changeQuantity,
  changeReceiver,
  proposePrice,
  start,
} from './subscription-terms.ts'

describe('starting', () => {
  test('the anchor is the business day of the first payment; cycle 1 is paid, cycle 2 is next', () => {
    const late = start(
      { ...input, firstPaidAt: Temporal.Instant.from('2027-01-01T15:30:00Z') },
      at('2027-01-02T00:30'),
    )
    expect(String(agreed(late).schedule.anchor)).toBe('2027-01-02')
    expect(plain(begun.latestCycle)).toEqual({ no: 1, due: '2027-01-01', open: false })
    expect(plain(nextCharge(begun))).toEqual({ no: 2, due: '2027-01-31' })
    expect(amountDue(begun, cycle2.due)).toBe(20_000)
    expect(ok(start(input, at('2027-01-01T10:00'))).events).toEqual([
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
    expect(code(start({ ...input, quantity }, at('2027-01-01T10:00')))).toBe('quantity_out_of_range')
    expect(code(changeQuantity(begun, quantity, at('2027-01-02T10:00')))).toBe('quantity_out_of_range')
  })

  test.each([1, 99])('quantity %s is not', (quantity) => {
    expect(amountDue(agreed(start({ ...input, quantity }, at('2027-01-01T10:00'))), cycle2.due)).toBe(
      quantity * 10_000,
    )
  })

  test('a period nobody offers is refused', () => {
    expect(code(start({ ...input, period: days(0) }, at('2027-01-01T10:00')))).toBe('period_malformed')
    const strict = { ...at('2027-01-01T10:00'), policy: defaultCalendarPolicy }
    expect(code(start({ ...input, period: days(45) }, strict))).toBe('period_not_offered')
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

describe('skip, pause, resume', () => {
  test('skip and take it back', () => {
    const skipped = skipDelivery(begun, cycle2.due, at('2027-01-10T10:00'))
    expect(ok(skipped).events).toEqual([
      { type: 'subscription.skipped', subscriptionId: 's1', cycleNo: 2, due: '2027-01-31' },
    ])
    expect(plain(nextCharge(agreed(skipped)))).toEqual({ no: 3, due: '2027-03-02' })
    const back = unskipDelivery(agreed(skipped), cycle2.due, at('2027-01-11T10:00'))
    expect(types(back)).toEqual(['subscription.unskipped'])
    expect(plain(agreed(back))).toEqual(plain(begun))
    expect(code(skipDelivery(begun, date('2027-02-01'), at('2027-01-10T10:00')))).toBe('not_a_due_date')
    expect(code(unskipDelivery(begun, date('2027-02-01'), at('2027-01-10T10:00')))).toBe('not_a_due_date')
    expect(code(skipNextDelivery(paused, at('2027-01-11T10:00')))).toBe('subscription_paused')
  })

  test('pause and resume stay on the grid', () => {
    expect(paused.state).toBe('paused')
    const resumed = resumeSubscription(paused, at('2027-02-10T10:00'))
    expect(agreed(resumed).state).toBe('active')
    expect(effect(resumed)).toEqual({ no: 3, due: '2027-03-02' })
    const sameDay = agreed(resumeSubscription(paused, at('2027-01-10T11:00')))
    expect(plain(sameDay)).toEqual(plain(begun))
  })

  test('a pause with an end wakes on that day by itself', () => {
    const short = agreed(pauseSubscription(begun, date('2027-02-15'), at('2027-01-10T10:00')))
    expect(plain(nextCharge(short))).toEqual({ no: 3, due: '2027-03-02' })
    expect(wake(short, at('2027-02-14T23:59')).events).toEqual([])
    const woken = wake(short, at('2027-02-15T00:00'))
    expect(woken.events).toEqual([
      { type: 'subscription.resumed', subscriptionId: 's1', next: { cycleNo: 3, due: '2027-03-02' } },
    ])
    expect(woken).toMatchObject({ kind: 'decided', subscription: { state: 'active' } })
    expect(wake(paused, at('2030-01-01T00:00')).events).toEqual([])
    expect(code(pauseSubscription(begun, date('2027-01-11'), at('2027-01-10T10:00')))).toBe(
      'pause_ends_before_it_starts',
    )
  })

  test('another end is a change', () => {
    const moved = pauseSubscription(paused, date('2027-03-01'), at('2027-01-12T10:00'))
    expect(ok(moved).events).toEqual([
      { type: 'subscription.paused', subscriptionId: 's1', from: '2027-01-11', until: '2027-03-01' },
    ])
  })
})

describe('the billing run', () => {
  test('a late success moves nothing', () => {
    const onTime = agreed(cyclePaid(opened, 2, at('2027-01-31T02:00')))
    const late = agreed(cyclePaid(pastDue, 2, at('2027-02-20T02:00')))
    expect(plain(late)).toEqual(plain(onTime))
    expect(plain(nextCharge(late))).toEqual({ no: 3, due: '2027-03-02' })
    expect(types(cyclePaid(pastDue, 2, at('2027-02-20T02:00')))).toEqual([
      'subscription.cycle_paid',
      'subscription.recovered',
    ])
  })

  test('past due of a paused subscription ends in the pause', () => {
    const lateTap = agreed(pauseSubscription(begun, null, at('2027-01-30T18:30')))
    const refused = agreed(
      cycleFailed(agreed(openCycle(lateTap, cycle2)), 2, retryAt, at('2027-01-31T02:00')),
    )
    expect(refused.state).toBe('past_due')
    expect(agreed(cyclePaid(refused, 2, at('2027-02-01T02:00'))).state).toBe('paused')
  })

  test('opening keeps the order of cycles', () => {
    expect(code(openCycle(begun, cycle3))).toBe('cycle_out_of_order')
    expect(code(openCycle(opened, cycle3))).toBe('cycle_still_open')
    expect(code(openCycle(begun, { no: 2, due: date('2027-02-01') }))).toBe('cycle_unknown')
    expect(code(openCycle(begun, { no: 3, due: cycle2.due }))).toBe('cycle_unknown')
    expect(code(openCycle(begun, { no: 1, due: date('2027-01-01') }))).toBe('cycle_unknown')
    expect(code(openCycle(paused, cycle2))).toBe('cycle_unknown')
    expect(code(openCycle(ended, cycle2))).toBe('subscription_cancelled')
    expect(openCycle(opened, cycle2)).toMatchObject({ subscription: opened, events: [] })
  })

  test('skipped cycles are recorded in order, opened ones too', () => {
    const when = at('2027-02-01T02:00')
    const missed = cycleSkipped(begun, cycle2, 'missed', when)
    expect(ok(missed).events).toEqual([
      {
        type: 'subscription.cycle_skipped',
        subscriptionId: 's1',
        cycleNo: 2,
        due: '2027-01-31',
        reason: 'missed',
      },
    ])
    expect(agreed(openCycle(agreed(missed), cycle3)).latestCycle.open).toBe(true)
    expect(cycleSkipped(agreed(missed), cycle2, 'missed', when)).toMatchObject({ events: [] })
    expect(agreed(cycleSkipped(opened, cycle2, 'out_of_stock', when)).latestCycle.open).toBe(false)
    expect(code(cycleSkipped(begun, cycle3, 'missed', when))).toBe('cycle_out_of_order')
    expect(code(cycleSkipped(opened, cycle3, 'missed', when))).toBe('cycle_still_open')
    expect(code(cycleSkipped(ended, cycle2, 'missed', when))).toBe('subscription_cancelled')
    expect(agreed(cycleSkipped(pastDue, cycle2, 'out_of_stock', when)).state).toBe('active')
  })

  test('recording a cycle after the end of a pause does not lose the pause before anybody woke it', () => {
    const short = agreed(pauseSubscription(begun, date('2027-01-20'), at('2027-01-10T10:00')))
    const missed = agreed(cycleSkipped(short, cycle2, 'missed', at('2027-02-01T02:00')))
    expect(plain(missed)).toMatchObject({ state: 'paused', pause: { until: '2027-01-20' } })
    expect(plain(missed.schedule.pauses)).toEqual([{ from: '2027-01-11', until: '2027-01-20' }])
    expect(wake(missed, at('2027-02-01T02:00')).subscription.state).toBe('active')
  })

  test('a skip not recorded yet survives a pause that begins after it and the record of an earlier cycle', () => {
    const weekly = agreed(start({ ...input, period: days(7) }, at('2027-01-01T10:00')))
    // Nothing was billed on 8 January. The delivery of the 15th is left out, and from the 16th there is a pause.
    const skipped = agreed(skipDelivery(weekly, date('2027-01-15'), at('2027-01-10T10:00')))
    const resting = agreed(pauseSubscription(skipped, null, at('2027-01-14T19:00')))
    const first = { no: 2, due: date('2027-01-08') }
    const billed = agreed(cyclePaid(agreed(openCycle(resting, first)), 2, at('2027-01-14T20:00')))
    expect(nextCharge(billed)).toBeNull()
    expect(plain(billed.schedule.skipped)).toEqual(['2027-01-15'])
  })

  test('what was left out by wish or by a pause is recorded so', () => {
    const when = at('2027-01-31T02:00')
    const skipped = agreed(skipDelivery(begun, cycle2.due, at('2027-01-10T10:00')))
    for (const [subscription, reason] of [
      [skipped, 'customer'],
      [paused, 'paused'],
    ] as const)
      expect(ok(cycleSkipped(subscription, cycle2, reason, when)).events).toMatchObject([
        { type: 'subscription.cycle_skipped', cycleNo: 2, reason },
      ])
  })

  test('late news of an earlier cycle leaves the open one alone', () => {
    const when = at('2027-01-31T02:00')
    const over = { kind: 'give_up', reason: 'tries_used_up', token: 'keep' } as const
    for (const decision of [
      cyclePaid(opened, 1, when),
      cycleSkipped(opened, { no: 1, due: date('2027-01-01') }, 'missed', when),
      cycleFailed(opened, 1, retryAt, when),
      cycleFailed(opened, 1, over, when),
      closeCycle(opened, 1, 'cancelled', when),
      tryLater(opened, 1, when.now),
      giveUp(opened, 1, 'tries_used_up', when),
    ])
      expect(ok(decision)).toMatchObject({ subscription: opened, events: [] })
  })

  test('what the retry policy decides', () => {
    const when = at('2027-01-31T02:00')
    const quiet = [
      { kind: 'retry_now' },
      { kind: 'technical_retry', at: when.now },
      { kind: 'freeze', why: 'unknown_outcome' },
    ] as const
    for (const decision of quiet)
      expect(cycleFailed(opened, 2, decision, when)).toMatchObject({ subscription: opened, events: [] })
    expect(ok(cycleFailed(opened, 2, retryAt, when)).events).toEqual([
      {
        type: 'subscription.past_due',
        subscriptionId: 's1',
        cycleNo: 2,
        due: '2027-01-31',
        waitingFor: 'retry',
        until: '2027-01-31T17:00:00Z',
        tokenDead: false,
      },
    ])
    const dead = { kind: 'needs_new_method', giveUpAt, token: 'mark_dead' } as const
    expect(ok(cycleFailed(opened, 2, dead, when)).events[0]).toMatchObject({
      waitingFor: 'new_method',
      tokenDead: true,
    })
    expect(ok(cycleFailed(opened, 2, { ...dead, token: 'keep' }, when)).events).toMatchObject([
      { waitingFor: 'new_method', tokenDead: false },
    ])
    expect(asked).toMatchObject({ state: 'past_due', waiting: { kind: 'new_method' } })
    expect(code(cycleFailed(opened, 3, retryAt, when))).toBe('cycle_unknown')
    expect(code(cyclePaid(opened, 3, when))).toBe('cycle_unknown')
    expect(code(closeCycle(opened, 3, 'cancelled', when))).toBe('cycle_unknown')
  })

  test('a try put off for lack of stock is told only to those who are not past due yet', () => {
    const next = at('2027-02-02T02:00').now
    const later = ok(tryLater(pastDue, 2, next))
    expect(later).toMatchObject({
      subscription: { state: 'past_due', waiting: { kind: 'retry' } },
      events: [],
    })
    expect(plain(later.subscription)).toMatchObject({ waiting: { at: '2027-02-01T17:00:00Z' } })
    expect(ok(tryLater(opened, 2, next)).events).toMatchObject([
      { type: 'subscription.past_due', waitingFor: 'retry', tokenDead: false },
    ])
    const left = cancel(opened, 'customer_wish', 'customer', at('2027-01-31T02:00')).subscription
    expect(ok(tryLater(left, 2, next))).toMatchObject({ subscription: left, events: [] })
    expect(ok(tryLater(begun, 1, next)).subscription).toBe(begun)
    expect(code(tryLater(pastDue, 3, next))).toBe('cycle_unknown')
  })

  test('giving up ends the subscription and says why', () => {
    const over = { kind: 'give_up', reason: 'tries_used_up', token: 'keep' } as const
    const done = cycleFailed(pastDue, 2, over, at('2027-02-03T02:00'))
    expect(types(done)).toEqual(['subscription.cycle_failed', 'subscription.cancelled'])
    expect(agreed(done)).toMatchObject({ state: 'cancelled', reason: 'tries_used_up', by: 'system' })
    expect(nextCharge(agreed(done))).toBeNull()
  })

  test('a cycle that came to its end in the meantime is not given up, and its subscription goes on', () => {
    const when = at('2027-02-03T02:00')
    const paid = agreed(cyclePaid(pastDue, 2, when))
    expect(ok(giveUp(paid, 2, 'tries_used_up', when))).toMatchObject({ subscription: paid, events: [] })
    expect(code(giveUp(pastDue, 3, 'tries_used_up', when))).toBe('cycle_unknown')
  })

  test('the deadline for a new method: not before it, and not when a new method has come', () => {
    const deadline = { now: giveUpAt, policy }
    const early = { now: giveUpAt.subtract({ seconds: 1 }), policy }
    expect(code(giveUp(asked, 2, 'no_new_method', early))).toBe('still_waiting')
    expect(agreed(giveUp(asked, 2, 'no_new_method', deadline))).toMatchObject({ reason: 'no_new_method' })
    const given = changeMethod(asked, 'm2', early)
    expect(effect(given)).toEqual({ no: 2, due: '2027-01-31' })
    expect(plain(agreed(given))).toMatchObject({ waiting: { kind: 'retry', at: early.now.toString() } })
    expect(code(giveUp(agreed(given), 2, 'no_new_method', deadline))).toBe('still_waiting')
    expect(code(giveUp(opened, 2, 'no_new_method', deadline))).toBe('still_waiting')
  })
})

describe('cancelling', () => {
  test('at once, cut-off or not, with who and why', () => {
    const result = ok(cancel(begun, 'account_withdrawn', 'customer', at('2027-01-30T23:00')))
    expect(nextCharge(result.subscription)).toBeNull()
    expect(result.events).toEqual([
      {
        type: 'subscription.cancelled',
        subscriptionId: 's1',
        customerId: 'c1',
        methodId: 'm1',
        reason: 'account_withdrawn',
        by: 'customer',
        at: '2027-01-30T14:00:00Z',
      },
    ])
  })

  test('from every state; the first reason stays', () => {
    for (const subscription of [begun, paused, pastDue, asked])
      expect(
        cancel(subscription, 'customer_wish', 'customer', at('2027-02-01T10:00')).subscription.state,
      ).toBe('cancelled')
    expect(cancel(ended, 'merchant_decision', 'merchant', at('2027-02-01T10:00'))).toMatchObject({
      subscription: { reason: 'customer_wish', by: 'customer' },
      events: [],
    })
  })

  test('a charge on its way: success is recorded, a refusal is not tried again, unknown stays open', () => {
    const left = cancel(opened, 'customer_wish', 'customer', at('2027-01-31T02:00')).subscription
    const when = at('2027-01-31T02:01')
    expect(types(cyclePaid(left, 2, when))).toEqual(['subscription.cycle_paid'])
    expect(agreed(cyclePaid(left, 2, when)).state).toBe('cancelled')
    for (const decision of [
      retryAt,
      { kind: 'retry_now' },
      { kind: 'technical_retry', at: when.now },
    ] as const)
      expect(ok(cycleFailed(left, 2, decision, when)).events).toMatchObject([
        { type: 'subscription.cycle_failed', reason: 'cancelled' },
      ])
    expect(cycleFailed(left, 2, { kind: 'freeze', why: 'unknown_outcome' }, when)).toMatchObject({
      subscription: left,
    })
    for (const reason of ['tries_used_up', 'no_new_method'] as const)
      expect(types(giveUp(left, 2, reason, when))).toEqual(['subscription.cycle_failed'])
  })

  test('no command brings it back', () => {
    const when = at('2027-02-01T10:00')
    for (const result of [
      changeQuantity(ended, 3, when),
      changePeriod(ended, days(60), when),
      changeReceiver(ended, { ...receiver, name: 'x' }, when),
      changeMethod(ended, 'm2', when),
      proposePrice(ended, won(1), when),
      acceptPrice(ended, won(1), when),
      skipDelivery(ended, cycle3.due, when),
      skipNextDelivery(ended, when),
      unskipDelivery(ended, cycle3.due, when),
      pauseSubscription(ended, null, when),
      resumeSubscription(ended, when),
    ])
      expect(code(result)).toBe('subscription_cancelled')
    const endedInPause = cancel(paused, 'customer_wish', 'customer', when).subscription
    expect(code(skipNextDelivery(endedInPause, when))).toBe('subscription_cancelled')
  })

  test('an overdue payment cannot be paused away', () => {
    expect(code(pauseSubscription(pastDue, null, at('2027-02-01T10:00')))).toBe('payment_overdue')
    expect(code(resumeSubscription(pastDue, at('2027-02-01T10:00')))).toBe('payment_overdue')
  })
})

describe('as types', () => {
  test('an agreement is not yet a subscription', () => {
    const agreement: Agreement = begun
    // @ts-expect-error the state is missing
    const active: Active = agreement
    expect(active).toBe(begun)
  })

  test('a damaged row is a bug', () => {
    expect(() => readSchedule({ anchor: '2027-01-01', segments: [], skipped: [], pauses: [] })).toThrow(
      'without a period',
    )
    expect(() => readTerms([])).toThrow('without terms')
    expect(() => readTerms([{ from: '2027-01-01', quantity: 1, unitPrice: -1, receiver }])).toThrow(
      'not an amount',
    )
  })
})
