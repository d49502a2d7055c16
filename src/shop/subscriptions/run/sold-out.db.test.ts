/** A refused delivery whose item has sold out, was taken off sale or is gone before it is tried again. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBilling, type Sub } from '../billing.fixture.ts'
import { replayCycle } from './replay.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

const typesOf = async ({ id }: Sub) => (await world.events(id)).map(({ type }) => type)
const onHand = (itemId: string, pieces: number) =>
  sql`update catalog.stock set on_hand = ${pieces} where item_id = ${itemId}`.execute(world.db)
const status = (itemId: string, to: string) =>
  sql`update catalog.item set status = ${to} where id = ${itemId}`.execute(world.db)
const nextDay = async () => {
  world.clock.advance({ hours: 24 })
  await world.billing.followUps()
}
const orders = async ({ id }: Sub) => {
  const { rows } = await sql<{ state: string; stock_held: boolean; close_reason: string | null }>`
    select state, stock_held, close_reason from orders."order" where subscription_id = ${id}`.execute(
    world.db,
  )
  return rows
}

/** Refused twice, then nothing is left to sell. */
async function refused(answers: ('insufficient' | 'ok')[] = []) {
  const itemId = await world.addItem(5)
  const sub = await world.subscribe({ itemId, answers: ['insufficient', 'insufficient', ...answers] })
  await world.run()
  expect(await typesOf(sub)).toEqual(['started', 'past-due'])
  return sub
}

describe('sold out after a refusal', () => {
  test('is looked for as often as the policy says, silently; then the delivery is left out', async () => {
    const sub = await refused()
    await onHand(sub.itemId, 0)
    for (let day = 1; day < world.deps.settings.retry.stockTries; day += 1) {
      await nextDay()
      expect(await world.statesOf(sub)).toEqual(['declined'])
      const { subscription } = await world.stored(sub.id)
      expect(subscription).toMatchObject({ state: 'past_due' })
      expect(subscription.state === 'past_due' && String(Object.values(subscription.waiting)[1])).toBe(
        world.clock.now().add({ hours: 24 }).toString(),
      )
    }
    expect(await typesOf(sub)).toEqual(['started', 'past-due'])
    await nextDay()
    expect(await world.statesOf(sub)).toEqual(['skipped'])
    expect((await world.events(sub.id)).slice(2)).toMatchObject([
      { type: 'cycle-skipped', reason: 'out_of_stock', cycleNo: 2 },
    ])
    expect(await orders(sub)).toEqual([
      { state: 'cancelled', stock_held: false, close_reason: 'out_of_stock' },
    ])
    expect((await world.stored(sub.id)).subscription).toMatchObject({
      state: 'active',
      methodId: sub.methodId,
    })
    expect(world.bank.asked()).toBe(2)
  })

  test('the next delivery comes as if nothing had been', async () => {
    const sub = await refused()
    await onHand(sub.itemId, 0)
    for (let day = 1; day <= 3; day += 1) await nextDay()
    await onHand(sub.itemId, 5)
    world.clock.advance({ hours: 24 * 27 })
    await world.run()
    expect(await world.statesOf(sub)).toEqual(['skipped', 'paid'])
    await world.provenEqual()
  })

  test('back in time, it is charged', async () => {
    const sub = await refused(['ok'])
    await onHand(sub.itemId, 0)
    await nextDay()
    await onHand(sub.itemId, 1)
    await nextDay()
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect(await typesOf(sub)).toEqual(['started', 'past-due', 'cycle-paid', 'recovered'])
    expect(await world.stock(sub.itemId)).toEqual({ on_hand: 0, held: 0 })
  })

  test('an operator who tries in between uses up no day', async () => {
    const sub = await refused()
    await onHand(sub.itemId, 0)
    await nextDay()
    const waiting = (await world.stored(sub.id)).subscription
    for (let tries = 0; tries < 5; tries += 1) {
      const replayed = await replayCycle(world.deps, { subscriptionId: sub.id, cycleNo: 2 })
      expect(replayed).toMatchObject({ kind: 'replayed', outcome: 'put_off' })
    }
    expect((await world.stored(sub.id)).subscription).toEqual(waiting)
    await nextDay()
    expect(await world.statesOf(sub)).toEqual(['declined'])
  })
})

describe('taken off sale', () => {
  afterEach(() => {
    world.deps.settings.offSale = 'wait'
  })

  test('where they end, before its charge: the subscription ends, with the reason, and nothing is charged', async () => {
    world.deps.settings.offSale = 'end'
    const itemId = await world.addItem(5)
    const sub = await world.subscribe({ itemId })
    await status(itemId, 'hidden')
    await world.run()
    expect(world.bank.taken).toEqual([])
    expect((await world.stored(sub.id)).subscription).toMatchObject({
      state: 'cancelled',
      reason: 'item_discontinued',
      by: 'system',
    })
    expect(await typesOf(sub)).toEqual(['started', 'cycle-skipped', 'cancelled'])
  })

  test('where they end, after a refusal: it ends at once', async () => {
    world.deps.settings.offSale = 'end'
    const sub = await refused(['ok'])
    await status(sub.itemId, 'hidden')
    await nextDay()
    expect(await typesOf(sub)).toEqual(['started', 'past-due', 'cycle-skipped', 'cancelled'])
    expect(world.bank.taken).toHaveLength(0)
  })

  test('unless told otherwise: deliveries are left out as not sold, until it is sold again', async () => {
    const itemId = await world.addItem(5)
    const sub = await world.subscribe({ itemId })
    await status(itemId, 'hidden')
    await world.run()
    expect((await world.events(sub.id)).at(-1)).toMatchObject({ type: 'cycle-skipped', reason: 'not_sold' })
    expect((await world.stored(sub.id)).subscription.state).toBe('active')
    await status(itemId, 'on_sale')
    world.clock.advance({ hours: 24 * 30 })
    await world.run()
    expect(await world.statesOf(sub)).toEqual(['skipped', 'paid'])
    await world.provenEqual()
  })

  test('after a refusal: nothing is charged, and the delivery is left out in time', async () => {
    const sub = await refused(['ok'])
    await status(sub.itemId, 'hidden')
    for (let day = 1; day <= 3; day += 1) await nextDay()
    expect(await world.statesOf(sub)).toEqual(['skipped'])
    expect(world.bank.taken).toHaveLength(0)
  })
})

test('gone from the catalogue after a refusal: the subscription ends at once, with the reason', async () => {
  const sub = await refused(['ok'])
  await sql`delete from catalog.stock where item_id = ${sub.itemId}`.execute(world.db)
  await sql`delete from catalog.item where id = ${sub.itemId}`.execute(world.db)
  await nextDay()
  expect(await world.statesOf(sub)).toEqual(['skipped'])
  expect((await world.stored(sub.id)).subscription).toMatchObject({
    state: 'cancelled',
    reason: 'item_discontinued',
  })
  expect(await orders(sub)).toEqual([
    { state: 'cancelled', stock_held: false, close_reason: 'subscription_ended' },
  ])
  // Not left out for want of stock: that would be told the customer beside the end.
  expect((await world.events(sub.id)).at(-2)).toMatchObject({ type: 'cycle-skipped', reason: 'cancelled' })
  expect(await typesOf(sub)).toEqual(['started', 'past-due', 'cycle-skipped', 'cancelled'])
})
