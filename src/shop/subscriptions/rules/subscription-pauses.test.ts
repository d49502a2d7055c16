import { describe, expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
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
  ok,
  opened,
  pastDue,
  paused,
  plain,
  receiver,
  retryAt,
  types,
} from '../agreements.fixture.ts'
import { nextCharge } from './subscription.ts'
import { cycleFailed, cyclePaid, giveUpSubscription } from './subscription-billing.ts'
import {
  cancelSubscription,
  pauseSubscription,
  resumeSubscription,
  skipDelivery,
  skipNextDelivery,
  unskipDelivery,
  wakeSubscription,
} from './subscription-pauses.ts'
import {
  acceptPrice,
  changeMethod,
  changePeriod,
  changeQuantity,
  changeReceiver,
  proposePrice,
} from './subscription-terms.ts'

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
    expect(wakeSubscription(short, at('2027-02-14T23:59')).events).toEqual([])
    const woken = wakeSubscription(short, at('2027-02-15T00:00'))
    expect(woken.events).toEqual([
      { type: 'subscription.resumed', subscriptionId: 's1', next: { cycleNo: 3, due: '2027-03-02' } },
    ])
    expect(woken).toMatchObject({ kind: 'decided', subscription: { state: 'active' } })
    expect(wakeSubscription(paused, at('2030-01-01T00:00')).events).toEqual([])
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

describe('cancelling', () => {
  test('at once, cut-off or not, with who and why', () => {
    const result = ok(cancelSubscription(begun, 'account_withdrawn', 'customer', at('2027-01-30T23:00')))
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
        cancelSubscription(subscription, 'customer_wish', 'customer', at('2027-02-01T10:00')).subscription
          .state,
      ).toBe('cancelled')
    expect(cancelSubscription(ended, 'merchant_decision', 'merchant', at('2027-02-01T10:00'))).toMatchObject({
      subscription: { reason: 'customer_wish', by: 'customer' },
      events: [],
    })
  })

  test('a charge on its way: success is recorded, a refusal is not tried again, unknown stays open', () => {
    const left = cancelSubscription(opened, 'customer_wish', 'customer', at('2027-01-31T02:00')).subscription
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
      expect(types(giveUpSubscription(left, 2, reason, when))).toEqual(['subscription.cycle_failed'])
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
    const endedInPause = cancelSubscription(paused, 'customer_wish', 'customer', when).subscription
    expect(code(skipNextDelivery(endedInPause, when))).toBe('subscription_cancelled')
  })

  test('an overdue payment cannot be paused away', () => {
    expect(code(pauseSubscription(pastDue, null, at('2027-02-01T10:00')))).toBe('payment_overdue')
    expect(code(resumeSubscription(pastDue, at('2027-02-01T10:00')))).toBe('payment_overdue')
  })
})
