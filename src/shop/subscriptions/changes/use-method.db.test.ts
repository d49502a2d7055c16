import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { paymentMethodRegistered } from '../../../contracts/payment-events.ts'
import { sampleOf } from '../../../contracts/samples.fixture.ts'
import { transact } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import { newId } from '../../../platform/ids.ts'
import { actor, openShop, type Shop, START } from '../subscriptions.fixture.ts'
import { cancelOwnSubscription } from './cancel-subscription.ts'
import { setMethod } from './change-method.ts'
import { endSubscriptionsForWithdrawal } from './end-subscriptions.ts'
import { removeMethod } from './remove-method.ts'
import { setMethodForAll, useRegisteredMethod } from './use-method.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

type Subscriber = Awaited<ReturnType<Shop['subscriber']>>
const types = async (id: string) => (await shop.events(id)).map(({ type }) => type)
const methodOf = async (id: string) => (await shop.stored(id)).subscription.methodId
const stateOf = async (id: string) => (await shop.stored(id)).subscription.state
const register = (customerId: string, paymentMethodId = shop.payments.addMethod(customerId)) =>
  transact(shop.db, (tx) => useRegisteredMethod(shop.deps, tx, { customerId, paymentMethodId })).then(
    () => paymentMethodId,
  )

/** A subscriber whose charge of the second cycle the bank refuses. */
async function refused(answer: 'final' | 'retryable'): Promise<Subscriber> {
  shop.clock.set(START)
  const of = await shop.subscriber()
  shop.clock.set(START.add({ hours: 24 * 31 }))
  const attemptId = await shop.charge(of.id)
  await shop.settle(of.id, attemptId, { kind: 'declined', class: answer, code: 'no' })
  if (answer === 'retryable') {
    // The first refusal is followed by a try at once.
    await shop.settle(of.id, await shop.charge(of.id), { kind: 'declined', class: answer, code: 'no' })
  }
  expect(await stateOf(of.id)).toBe('past_due')
  return of
}

/** A customer with several subscriptions, bought together, by one method. */
async function customerWith(count: number) {
  const customerId = newId()
  const lines = await Promise.all(
    Array.from({ length: count }, async () => ({
      itemId: await shop.addItem(),
      subscription: { unit: 'days', count: 30 } as const,
    })),
  )
  const methodId = shop.payments.addMethod(customerId)
  const { id, total } = await shop.order(customerId, lines)
  await shop.pay(id, total, methodId)
  await shop.pump()
  return { customerId, methodId, ids: await shop.of(customerId), as: actor(customerId) }
}

describe('a registered method', () => {
  it('is charged as soon as it can be for what waits for a new one, and settles it', async () => {
    const of = await refused('final')
    const methodId = await register(of.customerId)
    expect(await methodOf(of.id)).toBe(methodId)
    // Not before the token can be told apart from its issue.
    expect((await shop.row(of.id)).actAt).toBe(shop.clock.now().add({ seconds: 3 }).toString())
    await shop.settle(of.id, await shop.charge(of.id), 'paid')
    expect(await stateOf(of.id)).toBe('active')
    expect(await types(of.id)).toEqual(['started', 'past-due', 'changed', 'cycle-paid', 'recovered'])
    expect(shop.payments.revocations).toContain(of.methodId)
    expect(shop.payments.revocations).not.toContain(methodId)
  })

  it('told twice changes nothing the second time', async () => {
    const of = await refused('final')
    const methodId = await register(of.customerId)
    const before = [await shop.stored(of.id), await shop.events(of.id)]
    await register(of.customerId, methodId)
    expect([await shop.stored(of.id), await shop.events(of.id)]).toEqual(before)
  })

  it('is given to a subscription that has none', async () => {
    const of = await shop.subscriber()
    const { id, total } = await shop.order(of.customerId, [
      { itemId: of.itemId, subscription: { unit: 'days', count: 30 } },
    ])
    await shop.pay(id, total, null)
    await shop.pump()
    const without = (await shop.of(of.customerId)).find((one) => one !== of.id) ?? ''
    expect(await methodOf(without)).toBeNull()
    const methodId = await register(of.customerId)
    expect(await methodOf(without)).toBe(methodId)
    expect(await methodOf(of.id)).toBe(of.methodId)
  })

  it('is given to subscriptions whose method has ended, before they are charged in vain', async () => {
    const { customerId, methodId, ids } = await customerWith(3)
    const [first = '', ...others] = ids
    shop.clock.set(START.add({ hours: 24 * 31 }))
    const attemptId = await shop.charge(first)
    // The token is dead, as the charge of one of them has shown.
    const method = shop.payments.methods.get(methodId)
    if (method) shop.payments.methods.set(methodId, { ...method, state: 'dead' })
    await shop.settle(first, attemptId, { kind: 'declined', class: 'token_dead', code: 'no' })
    const fresh = await register(customerId)
    expect(await Promise.all(ids.map(methodOf))).toEqual([fresh, fresh, fresh])
    // Not overdue: they are charged on their day.
    for (const id of others) expect(await stateOf(id)).toBe('active')
    for (const id of others) expect((await shop.row(id)).actAt).toBeNull()
  })

  it('leaves alone what runs, what is tried again anyway, what is cancelled, and other customers', async () => {
    const runs = await shop.subscriber()
    const tries = await refused('retryable')
    const cancelled = await refused('final')
    await cancelOwnSubscription(shop.deps, { subscriptionId: cancelled.id, actor: cancelled.as })
    const other = await refused('final')
    for (const { customerId } of [runs, tries, cancelled]) await register(customerId)
    for (const of of [runs, tries, cancelled, other]) expect(await methodOf(of.id)).toBe(of.methodId)
    expect(await stateOf(other.id)).toBe('past_due')
  })

  it('that is gone by then changes nothing', async () => {
    const of = await refused('final')
    await register(of.customerId, shop.payments.addMethod(of.customerId, 'revoked'))
    await register(of.customerId, shop.payments.addMethod(newId()))
    expect(await methodOf(of.id)).toBe(of.methodId)
  })

  it('of a customer who has left is given back, also when both happen at once', async () => {
    const of = await shop.subscriber()
    await transact(shop.db, (tx) => endSubscriptionsForWithdrawal(shop.deps, tx, of.customerId))
    expect(shop.payments.revocations).toContain(await register(of.customerId))
    for (let round = 0; round < 5; round++) {
      const late = await refused('final')
      const methodId = shop.payments.addMethod(late.customerId)
      await Promise.all([
        transact(shop.db, (tx) => endSubscriptionsForWithdrawal(shop.deps, tx, late.customerId)),
        register(late.customerId, methodId),
      ])
      expect(await stateOf(late.id)).toBe('cancelled')
      expect(shop.payments.revocations).toContain(methodId)
    }
  })

  it('is heard of by its event', async () => {
    const of = await refused('final')
    const methodId = shop.payments.addMethod(of.customerId)
    const data = sampleOf(paymentMethodRegistered, { paymentMethodId: methodId, customerId: of.customerId })
    const event = paymentMethodRegistered.of(methodId, 1, data)
    await transact(shop.db, (tx) => appendEvents(tx, 'shop/payments', shop.clock.now(), [event]))
    await shop.pump()
    expect(await methodOf(of.id)).toBe(methodId)
  })
})

describe('leaving', () => {
  it('gives back every method that can still be charged, used or not', async () => {
    const { customerId, methodId } = await customerWith(2)
    const unused = shop.payments.addMethod(customerId)
    const dead = shop.payments.addMethod(customerId, 'dead')
    const somebodys = shop.payments.addMethod(newId())
    await transact(shop.db, (tx) => endSubscriptionsForWithdrawal(shop.deps, tx, customerId))
    const given = shop.payments.revocations.filter((id) => [methodId, unused, dead, somebodys].includes(id))
    expect(new Set(given)).toEqual(new Set([methodId, unused]))
  })
})

describe('one method for all', () => {
  it('is charged by every living subscription; the one before is given back', async () => {
    const { customerId, methodId, ids, as } = await customerWith(3)
    const [first = '', ...others] = ids
    await cancelOwnSubscription(shop.deps, { subscriptionId: first, actor: as })
    const chosen = shop.payments.addMethod(customerId)
    const result = await setMethodForAll(shop.deps, as, chosen)
    if (result.kind === 'refused') throw new Error(result.code)
    expect(result.all.map(({ stored }) => stored.subscription.id)).toEqual(others)
    for (const id of others) expect(await methodOf(id)).toBe(chosen)
    expect(await methodOf(first)).toBe(methodId)
    expect(shop.payments.revocations.filter((id) => id === methodId)).toHaveLength(1)
    const versions = await Promise.all(others.map(async (id) => (await shop.row(id)).version))
    await setMethodForAll(shop.deps, as, chosen)
    expect(await Promise.all(others.map(async (id) => (await shop.row(id)).version))).toEqual(versions)
  })

  it('has what is overdue tried again at once', async () => {
    const of = await refused('final')
    const chosen = shop.payments.addMethod(of.customerId)
    await setMethodForAll(shop.deps, of.as, chosen)
    expect((await shop.row(of.id)).actAt).toBe(shop.clock.now().toString())
  })

  it('must be one’s own and alive', async () => {
    const { customerId, as } = await customerWith(1)
    const stranger = shop.payments.addMethod(newId())
    expect(await setMethodForAll(shop.deps, as, stranger)).toMatchObject({ code: 'not_found' })
    const dead = shop.payments.addMethod(customerId, 'dead')
    expect(await setMethodForAll(shop.deps, as, dead)).toMatchObject({ code: 'payment_method_gone' })
  })
})

describe('removing a method', () => {
  it('ends one that nobody uses; again, it changes nothing', async () => {
    const of = await shop.subscriber()
    const unused = shop.payments.addMethod(of.customerId)
    expect(await removeMethod(shop.deps, of.as, unused)).toEqual({ kind: 'removed' })
    expect(await removeMethod(shop.deps, of.as, unused)).toEqual({ kind: 'removed' })
    expect(shop.payments.methods.get(unused)?.state).toBe('revoked')
  })

  it('is refused for one that a subscription or a charge under way uses, and for somebody else’s', async () => {
    const of = await shop.subscriber()
    expect(await removeMethod(shop.deps, of.as, of.methodId)).toMatchObject({ code: 'payment_method_in_use' })
    expect(await removeMethod(shop.deps, actor(newId()), of.methodId)).toMatchObject({ code: 'not_found' })
    expect(await removeMethod(shop.deps, of.as, newId())).toMatchObject({ code: 'not_found' })
    shop.clock.set(START.add({ hours: 24 * 31 }))
    const attemptId = await shop.charge(of.id)
    shop.payments.attempts.set((await shop.orderOf(of.id)).id, 'in_flight')
    await cancelOwnSubscription(shop.deps, { subscriptionId: of.id, actor: of.as })
    await shop.settle(of.id, attemptId, 'doubted')
    expect(await removeMethod(shop.deps, of.as, of.methodId)).toMatchObject({ code: 'payment_method_in_use' })
    expect(shop.payments.revocations).not.toContain(of.methodId)
  })

  it('after a purchase by it, before its subscriptions have begun: they begin without one', async () => {
    const customerId = newId()
    const methodId = shop.payments.addMethod(customerId)
    const line = { itemId: await shop.addItem(), subscription: { unit: 'days', count: 30 } as const }
    const { id, total } = await shop.order(customerId, [line])
    await shop.pay(id, total, methodId)
    expect(await removeMethod(shop.deps, actor(customerId), methodId)).toEqual({ kind: 'removed' })
    await shop.pump()
    const [begun = ''] = await shop.of(customerId)
    // So that the customer is asked for one now, not on the day of the next charge.
    expect(await methodOf(begun)).toBeNull()
  })

  it('and choosing it at the same moment: either it is used, or it is gone', async () => {
    for (let round = 0; round < 5; round++) {
      const of = await shop.subscriber()
      const chosen = shop.payments.addMethod(of.customerId)
      const [, removed] = await Promise.all([
        setMethod(shop.deps, { subscriptionId: of.id, actor: of.as }, chosen),
        removeMethod(shop.deps, of.as, chosen),
      ])
      const isUsed = (await methodOf(of.id)) === chosen
      expect(removed.kind).toBe(isUsed ? 'refused' : 'removed')
      expect(shop.payments.revocations.includes(chosen)).toBe(!isUsed)
    }
  })
})

describe('over HTTP', () => {
  it('a method is used for all and removed, each by its owner only', async () => {
    const { customerId, ids } = await customerWith(2)
    const chosen = shop.payments.addMethod(customerId)
    const path = `/api/payment-methods/${chosen}`
    expect((await shop.send('POST', `${path}/use`, { as: newId() })).statusCode).toBe(404)
    const used = await shop.send('POST', `${path}/use`, { as: customerId })
    expect(used.json()).toMatchObject({ data: ids.map((id) => ({ id, paymentMethodId: chosen })) })
    const inUse = await shop.send('DELETE', path, { as: customerId, language: 'en' })
    expect(inUse.json()).toMatchObject({ status: 409, code: 'payment_method_in_use' })
    for (const id of ids)
      await cancelOwnSubscription(shop.deps, { subscriptionId: id, actor: actor(customerId) })
    expect((await shop.send('DELETE', path, { as: newId() })).statusCode).toBe(404)
    expect((await shop.send('DELETE', path, { as: customerId })).statusCode).toBe(204)
    expect((await shop.send('DELETE', path)).statusCode).toBe(401)
  })
})
