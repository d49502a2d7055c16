import { describe, expect, test } from 'vitest'
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
  retryAt,
  types,
} from '../agreements.fixture.ts'
import { nextCharge } from './subscription.ts'
import {
  closeCycle,
  cycleFailed,
  cyclePaid,
  cycleSkipped,
  giveUpSubscription,
  openCycle,
  tryLater,
} from './subscription-billing.ts'
import {
  cancelSubscription,
  pauseSubscription,
  skipDelivery,
  wakeSubscription,
} from './subscription-pauses.ts'
import { changeMethod, newSubscription } from './subscription-terms.ts'

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
    expect(wakeSubscription(missed, at('2027-02-01T02:00')).subscription.state).toBe('active')
  })

  test('a skip not recorded yet survives a pause that begins after it and the record of an earlier cycle', () => {
    const weekly = agreed(newSubscription({ ...input, period: days(7) }, at('2027-01-01T10:00')))
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
      giveUpSubscription(opened, 1, 'tries_used_up', when),
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
    const left = cancelSubscription(opened, 'customer_wish', 'customer', at('2027-01-31T02:00')).subscription
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
    expect(ok(giveUpSubscription(paid, 2, 'tries_used_up', when))).toMatchObject({
      subscription: paid,
      events: [],
    })
    expect(code(giveUpSubscription(pastDue, 3, 'tries_used_up', when))).toBe('cycle_unknown')
  })

  test('the deadline for a new method: not before it, and not when a new method has come', () => {
    const deadline = { now: giveUpAt, policy }
    const early = { now: giveUpAt.subtract({ seconds: 1 }), policy }
    expect(code(giveUpSubscription(asked, 2, 'no_new_method', early))).toBe('still_waiting')
    expect(agreed(giveUpSubscription(asked, 2, 'no_new_method', deadline))).toMatchObject({
      reason: 'no_new_method',
    })
    const given = changeMethod(asked, 'm2', early)
    expect(effect(given)).toEqual({ no: 2, due: '2027-01-31' })
    expect(plain(agreed(given))).toMatchObject({ waiting: { kind: 'retry', at: early.now.toString() } })
    expect(code(giveUpSubscription(agreed(given), 2, 'no_new_method', deadline))).toBe('still_waiting')
    expect(code(giveUpSubscription(opened, 2, 'no_new_method', deadline))).toBe('still_waiting')
  })
})
