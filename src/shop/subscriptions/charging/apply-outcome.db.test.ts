import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { AttemptEnd } from '../../orders/index.ts'
import { setQuantity } from '../changes/agreement-commands.ts'
import { cancelOwnSubscription } from '../changes/cancel-subscription.ts'
import { setMethod } from '../changes/change-method.ts'
import { retryFrozenCycle } from '../changes/retry-frozen.ts'
import { nextCharge } from '../rules/subscription.ts'
import { actor, openShop, type Shop, START } from '../subscriptions.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

async function call(...request: Parameters<Shop['send']>) {
  const reply = await shop.send(...request)
  return { status: reply.statusCode, json: reply.json() }
}

/** 02:00 in Seoul on 9 February, when cycle 2 is due. */
const DUE = Temporal.Instant.from('2027-02-08T17:00:00Z')
const refusal = (of: 'retryable' | 'final' | 'token_dead'): AttemptEnd => ({
  kind: 'declined',
  class: of,
  code: 'no',
})

/** A subscription whose cycle 2 is due now. */
async function due() {
  shop.clock.set(START)
  const of = await shop.subscriber()
  shop.clock.set(DUE)
  return of
}

/** The same with the charge of cycle 2 on its way. */
async function charging() {
  const of = await due()
  const attemptId = await shop.charge(of.id)
  shop.payments.attempts.set((await shop.orderOf(of.id)).id, 'in_flight')
  return { ...of, attemptId }
}

const state = async (id: string) => (await shop.stored(id)).subscription.state
const types = async (id: string) => (await shop.events(id)).map(({ type }) => type)
async function latest(id: string) {
  const [cycle] = await shop.cycles(id)
  if (!cycle) throw new Error('no cycle')
  return cycle
}

/**
 * Lives through the hours after 02:00 on the due day: every refusal is answered, and a try is made whenever the
 * subscription says that it is time. Each line: hours since, what happened, state afterwards, stock put aside.
 */
async function live(answer: (no: number) => AttemptEnd | 'paid', hours: number) {
  const of = await due()
  const log: string[] = []
  let tries = 0
  for (let hour = 0; hour <= hours; hour++) {
    shop.clock.set(DUE.add({ hours: hour }))
    for (let again = true; again; ) {
      again = false
      const { actAt } = await shop.row(of.id)
      const subscription = await shop.stored(of.id)
      const isDue = hour === 0 && tries === 0
      const isTime = actAt !== null && Temporal.Instant.compare(actAt, shop.clock.now()) <= 0
      const asks = (await latest(of.id)).cycle
      const waitsForMethod = asks.state === 'declined' && asks.waiting.kind === 'new_method'
      if (subscription.subscription.state === 'cancelled' || waitsForMethod || !(isDue || isTime)) break
      const attempt = await shop.charge(of.id)
      const what = answer(++tries)
      await shop.settle(of.id, attempt, what)
      const { held } = await shop.stock(of.itemId)
      log.push(`${hour}h ${typeof what === 'string' ? what : what.kind} ${await state(of.id)} ${held}`)
      again = true
    }
  }
  return { of, log, tries }
}

describe('a refused charge, hour by hour', () => {
  it('for want of money: again at once, then every 24 hours, three times; then the subscription ends', async () => {
    const { of, log } = await live(() => refusal('retryable'), 24 * 5)
    expect(log).toEqual([
      '0h declined active 1',
      '0h declined past_due 0',
      '24h declined past_due 0',
      '48h declined past_due 0',
      '72h declined cancelled 0',
    ])
    expect(await types(of.id)).toEqual([
      'started',
      'past-due',
      'past-due',
      'past-due',
      'cycle-failed',
      'cancelled',
    ])
    expect((await shop.events(of.id)).slice(-2)).toMatchObject([
      { data: { cycleNo: 2, due: '2027-02-09', amount: 10_000, reason: 'tries_used_up' } },
      { data: { methodId: of.methodId, reason: 'tries_used_up', by: 'system' } },
    ])
    expect((await latest(of.id)).cycle).toMatchObject({ state: 'failed', reason: 'tries_used_up' })
    expect(await shop.orderOf(of.id)).toMatchObject({ state: 'cancelled' })
    expect(shop.payments.revocations.filter((id) => id === of.methodId)).toHaveLength(1)
    expect(await shop.row(of.id)).toMatchObject({ nextDue: null, actAt: null })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
  })

  it('that goes through on the third try: paid, recovered, and the next date has not moved', async () => {
    const { of, log } = await live((no) => (no < 3 ? refusal('retryable') : 'paid'), 24 * 5)
    expect(log).toEqual(['0h declined active 1', '0h declined past_due 0', '24h paid active 0'])
    expect(await types(of.id)).toEqual(['started', 'past-due', 'cycle-paid', 'recovered'])
    expect(await shop.row(of.id)).toMatchObject({ nextDue: '2027-03-11', actAt: null })
    expect(await shop.orderOf(of.id)).toMatchObject({ state: 'paid' })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 98, held: 0 })
  })

  it.each(['final', 'token_dead'] as const)(
    'that is %s: no second try, a new method is asked for',
    async (kind) => {
      const { of, log } = await live(() => refusal(kind), 24 * 3)
      expect(log).toEqual(['0h declined past_due 0'])
      expect((await shop.events(of.id)).at(-1)).toMatchObject({
        type: 'past-due',
        data: {
          waitingFor: 'new_method',
          until: DUE.add({ hours: 72 }).toString(),
          tokenDead: kind === 'token_dead',
          amount: 10_000,
        },
      })
      expect((await shop.row(of.id)).actAt).toBe(DUE.add({ hours: 72 }).toString())
      expect(await shop.orderOf(of.id)).toMatchObject({ state: 'awaiting_payment' })
    },
  )

  it('is tried again at once when the customer gives another method, and paid with it', async () => {
    const { of } = await live(() => refusal('final'), 10)
    const methodId = shop.payments.addMethod(of.customerId)
    await setMethod(shop.deps, { subscriptionId: of.id, actor: of.as }, methodId)
    expect((await shop.row(of.id)).actAt).toBe(shop.clock.now().toString())
    expect((await latest(of.id)).cycle).toMatchObject({ state: 'declined', waiting: { kind: 'retry' } })
    await shop.settle(of.id, await shop.charge(of.id), 'paid')
    expect((await latest(of.id)).methodId).toBe(methodId)
    expect(await types(of.id)).toEqual(['started', 'past-due', 'changed', 'cycle-paid', 'recovered'])
    expect(shop.payments.revocations).toContain(of.methodId)
    expect(shop.payments.revocations).not.toContain(methodId)
  })

  it('at the end of January is counted from the anchor, not from the day it was paid', async () => {
    shop.clock.set(Temporal.Instant.from('2027-01-31T03:00:00Z'))
    const of = await shop.subscriber({ subscription: { unit: 'months', count: 1 } })
    for (const [paidOn, next] of [
      ['2027-03-02T03:00:00Z', '2027-03-31'],
      ['2027-03-31T03:00:00Z', '2027-04-30'],
      ['2027-05-04T03:00:00Z', '2027-05-31'],
    ] as const) {
      shop.clock.set(Temporal.Instant.from(paidOn))
      await shop.settle(of.id, await shop.charge(of.id), 'paid')
      expect((await shop.row(of.id)).nextDue).toBe(next)
    }
  })
})

describe('news of an attempt', () => {
  it('told twice changes nothing the second time', async () => {
    for (const how of [
      'paid',
      'doubted',
      refusal('retryable'),
      refusal('final'),
      { kind: 'not_charged' },
    ] as const) {
      const of = await charging()
      await shop.settle(of.id, of.attemptId, how)
      const [stored, cycle, stock] = [
        await shop.stored(of.id),
        await latest(of.id),
        await shop.stock(of.itemId),
      ]
      await shop.settle(of.id, of.attemptId, how)
      expect([await shop.stored(of.id), await latest(of.id), await shop.stock(of.itemId)]).toEqual([
        stored,
        cycle,
        stock,
      ])
    }
  })

  it('of another attempt changes nothing', async () => {
    const of = await charging()
    const before = await latest(of.id)
    for (const how of [
      'doubted',
      refusal('final'),
      { kind: 'not_charged' },
      { retryAfterMs: 1_000 },
    ] as const)
      await shop.settle(of.id, newId(), how)
    expect(await latest(of.id)).toEqual(before)
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 1 })
  })

  it('that it was surely not sent uses no try, keeps the pieces, and waits longer every time', async () => {
    const of = await charging()
    for (const [no, seconds] of [60, 120, 240].entries()) {
      if (no > 0) await shop.resend(of.id, of.attemptId)
      await shop.settle(of.id, of.attemptId, { retryAfterMs: 1_000 })
      const { cycle, history } = await latest(of.id)
      const notBefore = shop.clock.now().add({ seconds })
      expect(cycle).toEqual({
        state: 'ordering',
        orderId: (await shop.orderOf(of.id)).id,
        postponed: { attemptId: of.attemptId, notBefore },
      })
      expect(history).toMatchObject({ declines: 0, unreachedInARow: no + 1 })
      expect((await shop.row(of.id)).actAt).toBe(notBefore.toString())
      shop.clock.set(notBefore)
    }
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 1 })
    // The same attempt was sent once more before anybody noted it.
    await shop.settle(of.id, of.attemptId, 'paid')
    expect((await latest(of.id)).cycle).toMatchObject({ state: 'paid', attemptId: of.attemptId })
    expect(await types(of.id)).toEqual(['started', 'cycle-paid'])
  })

  it('whose outcome is unknown holds the cycle fast until it is known', async () => {
    for (const [how, expected] of [
      ['paid', 'paid'],
      [refusal('retryable'), 'declined'],
      [{ kind: 'not_charged' }, 'ordering'],
    ] as const) {
      const of = await charging()
      await shop.settle(of.id, of.attemptId, 'doubted')
      expect((await latest(of.id)).cycle).toEqual({
        state: 'frozen',
        orderId: (await shop.orderOf(of.id)).id,
        attemptId: of.attemptId,
        why: 'unknown_outcome',
        since: DUE,
      })
      expect((await shop.row(of.id)).actAt).toBeNull()
      expect(
        await retryFrozenCycle(shop.deps, { subscriptionId: of.id, actor: actor(newId(), 'admin') }),
      ).toMatchObject({
        code: 'nothing_to_retry',
      })
      shop.clock.advance({ hours: 20 })
      await shop.settle(of.id, of.attemptId, how)
      expect((await latest(of.id)).cycle.state).toBe(expected)
    }
  })

  it('that the provider calls wrong is held for a person, who lets it be tried again', async () => {
    const of = await charging()
    await shop.settle(of.id, of.attemptId, { kind: 'failed', code: 'BAD' })
    expect((await latest(of.id)).cycle).toMatchObject({ state: 'frozen', why: 'invalid_request' })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
    expect(await retryFrozenCycle(shop.deps, { subscriptionId: of.id, actor: of.as })).toMatchObject({
      code: 'not_found',
    })
    await retryFrozenCycle(shop.deps, { subscriptionId: of.id, actor: actor(newId(), 'admin') })
    expect((await shop.row(of.id)).actAt).toBe(DUE.toString())
    await shop.settle(of.id, await shop.charge(of.id), 'paid')
    expect(await state(of.id)).toBe('active')
  })

  it('tells what was charged, under the terms of that cycle', async () => {
    const of = await charging()
    await setQuantity(shop.deps, { subscriptionId: of.id, actor: of.as }, 7)
    await shop.settle(of.id, of.attemptId, 'paid')
    expect((await shop.events(of.id)).at(-1)).toMatchObject({
      type: 'cycle-paid',
      data: { cycleNo: 2, due: '2027-02-09', amount: 10_000, orderId: (await shop.orderOf(of.id)).id },
    })
    expect(nextCharge((await shop.stored(of.id)).subscription)?.no).toBe(3)
  })
})

describe('paying an overdue cycle on the provider’s page', () => {
  async function overdue() {
    const { of } = await live(() => refusal('final'), 0)
    const { id: orderId, total } = await shop.orderOf(of.id)
    return { ...of, orderId, total }
  }
  const begin = (orderId: string, payer: string) =>
    transact(shop.db, (tx) => shop.orders.payable.lockForPayment(tx, orderId, payer))

  it('sets the pieces aside, settles the cycle, and charges the new method from then on', async () => {
    const of = await overdue()
    expect(await begin(of.orderId, of.customerId)).toMatchObject({
      kind: 'payable',
      recurring: true,
      total: 10_000,
    })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 1 })
    const methodId = shop.payments.addMethod(of.customerId)
    await shop.settle(of.id, newId(), 'paid', 'checkout', methodId)
    expect((await shop.stored(of.id)).subscription).toMatchObject({ state: 'active', methodId })
    expect(await types(of.id)).toEqual(['started', 'past-due', 'cycle-paid', 'recovered', 'changed'])
    expect(shop.payments.revocations).toContain(of.methodId)
    expect(shop.payments.revocations).not.toContain(methodId)
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 98, held: 0 })
  })

  it('given up frees the pieces and leaves everything else as it was', async () => {
    const of = await overdue()
    const before = [await shop.stored(of.id), await latest(of.id)]
    await begin(of.orderId, of.customerId)
    await shop.settle(of.id, newId(), { kind: 'cancelled', code: 'USER' }, 'checkout')
    expect([await shop.stored(of.id), await latest(of.id)]).toEqual(before)
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
  })

  it('is for its customer only', async () => {
    const of = await overdue()
    expect(await begin(of.orderId, newId())).toMatchObject({ code: 'not_found' })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
  })

  it('while the subscription is being cancelled pays an order, and the method is given back', async () => {
    const of = await overdue()
    shop.payments.attempts.set(of.orderId, 'in_flight')
    await cancelOwnSubscription(shop.deps, { subscriptionId: of.id, actor: of.as })
    expect((await latest(of.id)).cycle.state).toBe('declined')
    expect((await shop.row(of.id)).actAt).toBe(shop.clock.now().add({ minutes: 2 }).toString())
    const methodId = shop.payments.addMethod(of.customerId)
    await shop.settle(of.id, newId(), 'paid', 'checkout', methodId)
    await shop.pump()
    expect(await state(of.id)).toBe('cancelled')
    expect((await latest(of.id)).cycle.state).toBe('paid')
    expect(shop.payments.revocations).toContain(methodId)
  })

  it('on a page that is only open is called off by a cancellation', async () => {
    const of = await overdue()
    await begin(of.orderId, of.customerId)
    shop.payments.attempts.set(of.orderId, 'closed')
    await cancelOwnSubscription(shop.deps, { subscriptionId: of.id, actor: of.as })
    expect((await latest(of.id)).cycle).toMatchObject({ state: 'failed', reason: 'cancelled' })
    expect(await shop.orderOf(of.id)).toMatchObject({ state: 'cancelled' })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
    expect(await types(of.id)).toEqual(['started', 'past-due', 'cancelled', 'cycle-failed'])
    expect(await shop.pay(of.orderId, of.total)).toBe('too_late')
  })

  it('and giving up while cancelled ends the order', async () => {
    const of = await overdue()
    shop.payments.attempts.set(of.orderId, 'in_flight')
    await cancelOwnSubscription(shop.deps, { subscriptionId: of.id, actor: of.as })
    await shop.settle(of.id, newId(), { kind: 'expired', code: 'EXPIRED' }, 'checkout')
    expect((await latest(of.id)).cycle).toMatchObject({ state: 'failed', reason: 'cancelled' })
    expect(await shop.orderOf(of.id)).toMatchObject({ state: 'cancelled' })
  })
})

describe('cancelling while a cycle is open', () => {
  const cancel = (of: Awaited<ReturnType<typeof charging>>) =>
    cancelOwnSubscription(shop.deps, { subscriptionId: of.id, actor: of.as })

  it('a charge on its way is not called back: paid, it is an order like any other', async () => {
    const of = await charging()
    await cancel(of)
    expect((await latest(of.id)).cycle.state).toBe('charging')
    expect(shop.payments.revocations).not.toContain(of.methodId)
    await shop.settle(of.id, of.attemptId, 'paid')
    expect(await shop.orderOf(of.id)).toMatchObject({ state: 'paid' })
    expect(await types(of.id)).toEqual(['started', 'cancelled', 'cycle-paid'])
    expect(shop.payments.revocations.filter((id) => id === of.methodId)).toHaveLength(1)
  })

  it.each([
    refusal('retryable'),
    refusal('token_dead'),
    { kind: 'not_charged' },
    { kind: 'failed', code: 'BAD' },
  ] as const)('a charge on its way that comes to nothing (%o) is not tried again', async (how) => {
    const of = await charging()
    await cancel(of)
    await shop.settle(of.id, of.attemptId, how)
    expect((await latest(of.id)).cycle).toEqual({ state: 'skipped', reason: 'cancelled' })
    expect(await shop.orderOf(of.id)).toMatchObject({ state: 'cancelled' })
    expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
    expect(await types(of.id)).toEqual(['started', 'cancelled', 'cycle-skipped'])
    expect(shop.payments.revocations).toContain(of.methodId)
  })

  it('an unknown outcome is waited for', async () => {
    const of = await charging()
    await shop.settle(of.id, of.attemptId, 'doubted')
    await cancel(of)
    expect((await latest(of.id)).cycle.state).toBe('frozen')
    expect(shop.payments.revocations).not.toContain(of.methodId)
    await shop.settle(of.id, of.attemptId, { kind: 'not_charged' })
    expect((await latest(of.id)).cycle).toEqual({ state: 'skipped', reason: 'cancelled' })
  })

  it('what is refused, postponed or held for a person ends at once with its order', async () => {
    for (const [how, ends] of [
      [refusal('retryable'), 'failed'],
      [refusal('final'), 'failed'],
      [{ retryAfterMs: 1_000 }, 'skipped'],
      [{ kind: 'failed', code: 'BAD' }, 'skipped'],
    ] as const) {
      const of = await charging()
      await shop.settle(of.id, of.attemptId, how)
      await cancel(of)
      await cancel(of)
      expect((await latest(of.id)).cycle).toMatchObject({ state: ends, reason: 'cancelled' })
      expect(await shop.orderOf(of.id)).toMatchObject({ state: 'cancelled' })
      expect(await shop.stock(of.itemId)).toEqual({ onHand: 99, held: 0 })
      expect(await shop.row(of.id)).toMatchObject({ nextDue: null, actAt: null })
      expect(shop.payments.revocations.filter((id) => id === of.methodId)).toHaveLength(1)
    }
  })

  it('and the bank’s answer at the same moment end as one after the other, either way', async () => {
    const ends = new Set<string>()
    for (let round = 0; round < 12; round++) {
      const of = await charging()
      const how = round % 2 === 0 ? 'paid' : refusal('retryable')
      await Promise.all([cancel(of), shop.settle(of.id, of.attemptId, how)])
      await shop.pump()
      const { cycle } = await latest(of.id)
      const order = await shop.orderOf(of.id)
      expect(await state(of.id)).toBe('cancelled')
      expect(order.state).toBe(how === 'paid' ? 'paid' : 'cancelled')
      expect(cycle.state === 'paid').toBe(how === 'paid')
      expect(await shop.stock(of.itemId)).toEqual({ onHand: how === 'paid' ? 98 : 99, held: 0 })
      expect(shop.payments.revocations.filter((id) => id === of.methodId)).toHaveLength(1)
      ends.add(cycle.state)
    }
    expect(ends.has('paid')).toBe(true)
  })
})

describe('a customer’s orders', () => {
  it('list the deliveries with their subscription', async () => {
    const of = await charging()
    await shop.settle(of.id, of.attemptId, 'paid')
    const { json } = await call('GET', '/api/orders', { as: of.customerId })
    expect(json.data).toMatchObject([
      {
        kind: 'cycle',
        subscriptionId: of.id,
        cycleNo: 2,
        state: 'paid',
        expiresAt: null,
        consentVersion: null,
      },
      {
        kind: 'purchase',
        subscriptionId: null,
        cycleNo: null,
        lines: [{ subscription: { unit: 'days', count: 30 } }],
        consentVersion: await shop.consentVersion(),
      },
    ])
    expect(json.data[0].amounts).toMatchObject({ total: 10_000, discountTotal: 0 })
  })
})
