import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { amountDue, latestTerms } from '../rules/subscription.ts'
import { actor, openShop, receiver, type Shop, START } from '../subscriptions.fixture.ts'
import {
  agreeToPrice,
  askForPrice,
  pauseAgreement,
  resumeAgreement,
  setPeriod,
  setQuantity,
  setReceiver,
  skipAgreedDelivery,
  unskipAgreedDelivery,
} from './agreement-commands.ts'
import { cancelOwnSubscription, cancelSubscriptionByMerchant } from './cancel-subscription.ts'
import type { Changed } from './change-agreement.ts'
import { setMethod } from './change-method.ts'
import { endSubscriptionsForWithdrawal } from './end-subscriptions.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

type Subscriber = Awaited<ReturnType<Shop['subscriber']>>
const day = (text: string) => Temporal.PlainDate.from(text)
const asked = ({ id, as }: Subscriber) => ({ subscriptionId: id, actor: as })
const types = async (id: string) => (await shop.events(id)).map(({ type }) => type)
const merchant = (id: string) => ({ subscriptionId: id, actor: actor(newId(), 'merchant') })

function done(result: Changed | Refused): Changed {
  if (result.kind === 'refused') throw new Error(result.code)
  return result
}

/** Every command of a customer, by name: one that changes a fresh subscription. */
const commands: [string, (of: Subscriber) => Promise<Changed | Refused>, string][] = [
  ['quantity', (of) => setQuantity(shop.deps, asked(of), 3), 'changed'],
  ['period', (of) => setPeriod(shop.deps, asked(of), { unit: 'days', count: 60 }), 'changed'],
  ['receiver', (of) => setReceiver(shop.deps, asked(of), { ...receiver, name: '이바다' }), 'changed'],
  ['skip', (of) => skipAgreedDelivery(shop.deps, asked(of), undefined), 'skipped'],
  ['pause', (of) => pauseAgreement(shop.deps, asked(of), null), 'paused'],
  ['cancel', (of) => cancelOwnSubscription(shop.deps, asked(of)), 'cancelled'],
]

describe.each(commands)('the command %s', (_name, run, event) => {
  it('writes the change and one event with the next version; repeating it writes nothing', async () => {
    const of = await shop.subscriber()
    const first = done(await run(of))
    expect(first.stored.version).toBe(2)
    expect((await shop.events(of.id)).at(-1)).toMatchObject({
      type: event,
      version: 2,
      data: { subscriptionId: of.id, customerId: of.customerId, itemId: of.itemId },
    })
    const before = await shop.stored(of.id)
    expect(before.subscription).toEqual(first.stored.subscription)
    const second = done(await run(of))
    expect(second.takesEffect).toEqual(first.takesEffect)
    expect(await shop.stored(of.id)).toEqual(before)
    expect(await types(of.id)).toEqual(['started', event])
  })

  it('by somebody else finds nothing and changes nothing, whatever their role', async () => {
    const of = await shop.subscriber()
    const before = await shop.stored(of.id)
    for (const stranger of [actor(newId()), actor(newId(), 'merchant'), actor(newId(), 'admin')])
      expect(await run({ ...of, as: stranger })).toEqual({ kind: 'refused', code: 'not_found' })
    expect(await run({ ...of, id: newId() })).toEqual({ kind: 'refused', code: 'not_found' })
    expect(await shop.stored(of.id)).toEqual(before)
  })

  it('comes too late for a cancelled subscription', async () => {
    const of = await shop.subscriber()
    await cancelOwnSubscription(shop.deps, asked(of))
    const result = await run(of)
    if (event === 'cancelled') expect(done(result).stored.version).toBe(2)
    else expect(result).toMatchObject({ kind: 'refused', code: 'subscription_cancelled' })
  })
})

describe('a change', () => {
  it('before the cut-off of the next charge holds for it, at the cut-off for the one after', async () => {
    const of = await shop.subscriber()
    // Due on 9 February; changes until 18:00 in Seoul on the day before.
    const cutOff = Temporal.Instant.from('2027-02-08T09:00:00Z')
    shop.clock.set(cutOff.subtract({ nanoseconds: 1 }))
    expect(done(await setQuantity(shop.deps, asked(of), 2)).takesEffect).toEqual({
      no: 2,
      due: day('2027-02-09'),
    })
    shop.clock.set(cutOff)
    expect(done(await setQuantity(shop.deps, asked(of), 5)).takesEffect).toEqual({
      no: 3,
      due: day('2027-03-11'),
    })
    const { subscription } = await shop.stored(of.id)
    expect(amountDue(subscription, day('2027-02-09'))).toBe(20_000)
    expect(amountDue(subscription, day('2027-03-11'))).toBe(50_000)
    expect(await skipAgreedDelivery(shop.deps, asked(of), day('2027-02-09'))).toMatchObject({
      code: 'after_cut_off',
    })
  })

  it('and other changes at the same time all hold, one after the other', async () => {
    const of = await shop.subscriber()
    await Promise.all([
      setQuantity(shop.deps, asked(of), 4),
      setReceiver(shop.deps, asked(of), { ...receiver, name: '이바다' }),
      skipAgreedDelivery(shop.deps, asked(of), undefined),
      skipAgreedDelivery(shop.deps, asked(of), undefined),
      setPeriod(shop.deps, asked(of), { unit: 'days', count: 30 }),
    ])
    const { subscription, version } = await shop.stored(of.id)
    expect(latestTerms(subscription)).toMatchObject({ quantity: 4, receiver: { name: '이바다' } })
    expect(subscription.schedule.skipped).toEqual([day('2027-02-09')])
    const events = await shop.events(of.id)
    expect(events.map((one) => one.version)).toEqual([1, 2, 3, 4])
    expect(version).toBe(4)
  })

  it('that the rules refuse changes nothing and says why', async () => {
    const of = await shop.subscriber()
    expect(await setQuantity(shop.deps, asked(of), 100)).toMatchObject({ code: 'quantity_out_of_range' })
    expect(await setPeriod(shop.deps, asked(of), { unit: 'days', count: 31 })).toMatchObject({
      code: 'period_not_offered',
    })
    expect(await skipAgreedDelivery(shop.deps, asked(of), day('2027-02-10'))).toMatchObject({
      code: 'not_a_due_date',
    })
    expect(await pauseAgreement(shop.deps, asked(of), day('2027-01-01'))).toMatchObject({
      code: 'pause_ends_before_it_starts',
    })
    expect(await setReceiver(shop.deps, asked(of), { ...receiver, phone: '1588-1234' })).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'body.receiver.phone' }],
    })
    expect(await types(of.id)).toEqual(['started'])
  })
})

describe('pausing and skipping', () => {
  it('a pause with an end has the worker look on its last day; resuming goes on with the old days', async () => {
    const of = await shop.subscriber()
    await pauseAgreement(shop.deps, asked(of), day('2027-04-01'))
    expect(await shop.row(of.id)).toMatchObject({
      nextDue: '2027-04-10',
      actAt: '2027-03-31T15:00:00Z',
    })
    await pauseAgreement(shop.deps, asked(of), null)
    expect(await shop.row(of.id)).toMatchObject({ nextDue: null, actAt: null })
    expect(await skipAgreedDelivery(shop.deps, asked(of), undefined)).toMatchObject({
      code: 'subscription_paused',
    })
    shop.clock.advance({ hours: 40 * 24 })
    expect(done(await resumeAgreement(shop.deps, asked(of))).takesEffect).toEqual({
      no: 3,
      due: day('2027-03-11'),
    })
    expect(await shop.row(of.id)).toMatchObject({ nextDue: '2027-03-11', actAt: null })
    await resumeAgreement(shop.deps, asked(of))
    expect(await types(of.id)).toEqual(['started', 'paused', 'paused', 'resumed'])
  })

  it('a skip can be taken back', async () => {
    const of = await shop.subscriber()
    await skipAgreedDelivery(shop.deps, asked(of), day('2027-02-09'))
    expect((await shop.row(of.id)).nextDue).toBe('2027-03-11')
    expect(done(await unskipAgreedDelivery(shop.deps, asked(of), day('2027-02-09'))).takesEffect).toEqual({
      no: 2,
      due: day('2027-02-09'),
    })
    await unskipAgreedDelivery(shop.deps, asked(of), day('2027-02-09'))
    expect((await shop.row(of.id)).nextDue).toBe('2027-02-09')
    expect(await types(of.id)).toEqual(['started', 'skipped', 'unskipped'])
  })
})

describe('a new price', () => {
  it('is proposed by the merchant and holds once the customer has accepted that amount', async () => {
    const of = await shop.subscriber()
    expect(await askForPrice(shop.deps, asked(of), won(1))).toMatchObject({ code: 'not_found' })
    expect(await askForPrice(shop.deps, merchant(of.id), won(12_000))).toMatchObject({ kind: 'changed' })
    expect(amountDue((await shop.stored(of.id)).subscription, day('2027-02-09'))).toBe(10_000)
    expect(await agreeToPrice(shop.deps, asked(of), won(11_000))).toMatchObject({
      code: 'price_not_proposed',
    })
    expect(await agreeToPrice(shop.deps, merchant(of.id), won(12_000))).toMatchObject({ code: 'not_found' })
    await agreeToPrice(shop.deps, asked(of), won(12_000))
    await agreeToPrice(shop.deps, asked(of), won(12_000))
    expect(amountDue((await shop.stored(of.id)).subscription, day('2027-02-09'))).toBe(12_000)
    expect(await types(of.id)).toEqual(['started', 'price-change-proposed', 'changed'])
  })

  it('can be taken back', async () => {
    const of = await shop.subscriber()
    await askForPrice(shop.deps, merchant(of.id), won(12_000))
    await askForPrice(shop.deps, merchant(of.id), won(10_000))
    expect((await shop.stored(of.id)).subscription.pendingPrice).toBeNull()
    expect(await types(of.id)).toEqual(['started', 'price-change-proposed', 'price-change-withdrawn'])
  })
})

describe('the payment method', () => {
  it('changes at once, and the old one is given back when nothing else uses it', async () => {
    const first = await shop.subscriber()
    const newMethod = shop.payments.addMethod(first.customerId)
    await setMethod(shop.deps, asked(first), newMethod)
    await setMethod(shop.deps, asked(first), newMethod)
    expect((await shop.stored(first.id)).subscription.methodId).toBe(newMethod)
    expect(shop.payments.revocations.filter((id) => id === first.methodId)).toHaveLength(1)
    expect(shop.payments.revocations).not.toContain(newMethod)
    expect((await shop.events(first.id)).at(-1)).toMatchObject({
      type: 'changed',
      data: { change: { what: 'payment_method', methodId: newMethod, previousMethodId: first.methodId } },
    })
  })

  it('must be one’s own and alive', async () => {
    const of = await shop.subscriber()
    const methods = [
      newId(),
      shop.payments.addMethod(newId()),
      shop.payments.addMethod(of.customerId, 'revoked'),
      shop.payments.addMethod(of.customerId, 'dead'),
    ]
    for (const methodId of methods)
      expect(await setMethod(shop.deps, asked(of), methodId)).toEqual({
        kind: 'refused',
        code: 'payment_method_gone',
      })
    expect(await setMethod(shop.deps, { ...asked(of), actor: actor(newId()) }, of.methodId)).toMatchObject({
      code: 'not_found',
    })
  })

  it('shared by several is given back by the last of them only, also when they end at once', async () => {
    for (let round = 0; round < 5; round++) {
      const customerId = newId()
      const lines = await Promise.all(
        [1, 2, 3].map(async () => ({
          itemId: await shop.addItem(),
          subscription: { unit: 'days', count: 30 } as const,
        })),
      )
      const methodId = shop.payments.addMethod(customerId)
      const { id, total } = await shop.order(customerId, lines)
      await shop.pay(id, total, methodId)
      await shop.pump()
      const [first = '', ...others] = await shop.of(customerId)
      const end = (one: string) =>
        cancelOwnSubscription(shop.deps, { subscriptionId: one, actor: actor(customerId) })
      await end(first)
      expect(shop.payments.revocations).not.toContain(methodId)
      await Promise.all(others.map(end))
      expect(shop.payments.revocations.filter((one) => one === methodId)).toHaveLength(1)
    }
  })

  it('is not taken into use while it is being given back', async () => {
    for (let round = 0; round < 5; round++) {
      const one = await shop.subscriber()
      const other = await shop.subscriber({}, newId())
      // The other's method belongs to the same customer, as after two purchases.
      const shared = shop.payments.methods.get(other.methodId)
      if (shared) shop.payments.methods.set(other.methodId, { ...shared, ownerId: one.customerId })
      await Promise.all([
        setMethod(shop.deps, asked(one), other.methodId),
        cancelOwnSubscription(shop.deps, asked(other)),
      ])
      const used = (await shop.stored(one.id)).subscription.methodId === other.methodId
      expect(shop.payments.revocations.includes(other.methodId)).toBe(!used)
    }
  })
})

describe('the merchant', () => {
  it('ends anybody’s subscription with a reason; customers cannot take that way', async () => {
    const of = await shop.subscriber()
    const notMerchant = { subscriptionId: of.id, actor: actor(newId()) }
    expect(await cancelSubscriptionByMerchant(shop.deps, notMerchant, 'merchant_decision')).toMatchObject({
      code: 'not_found',
    })
    await cancelSubscriptionByMerchant(shop.deps, merchant(of.id), 'item_discontinued')
    expect((await shop.stored(of.id)).subscription).toMatchObject({
      state: 'cancelled',
      reason: 'item_discontinued',
      by: 'merchant',
    })
  })
})

describe('at the same moment', () => {
  it('leaving and cancelling, or swapping two methods, never wait for each other in a circle', async () => {
    for (let round = 0; round < 6; round++) {
      const customerId = newId()
      const subscription = { unit: 'days', count: 30 } as const
      const lines = [
        { itemId: await shop.addItem(), subscription },
        { itemId: await shop.addItem(), subscription },
      ]
      const methodId = shop.payments.addMethod(customerId)
      const { id, total } = await shop.order(customerId, lines)
      await shop.pay(id, total, methodId)
      await shop.pump()
      const [first = '', second = ''] = await shop.of(customerId)
      const as = actor(customerId)
      const other = shop.payments.addMethod(customerId)
      await setMethod(shop.deps, { subscriptionId: second, actor: as }, other)
      await Promise.all([
        setMethod(shop.deps, { subscriptionId: first, actor: as }, other),
        setMethod(shop.deps, { subscriptionId: second, actor: as }, methodId),
      ])
      await Promise.all([
        cancelOwnSubscription(shop.deps, { subscriptionId: second, actor: as }),
        transact(shop.db, (tx) => endSubscriptionsForWithdrawal(shop.deps, tx, customerId)),
      ])
      for (const one of [first, second]) {
        const { subscription: ended } = await shop.stored(one)
        expect(ended.state).toBe('cancelled')
        expect(shop.payments.methods.get(ended.methodId ?? '')?.state).toBe('revoked')
      }
    }
  })
})
