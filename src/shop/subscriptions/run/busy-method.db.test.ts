/** Several subscriptions share one payment method, and a charge of it does not come to an end. */
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { DUE_AT, openBilling, type Sub } from '../billing.fixture.ts'
import { setMethod } from '../changes/change-method.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

const reportNow = (run: Parameters<typeof world.billing.report>[0]) => world.billing.report(run)
const minute = async () => {
  world.clock.advance({ minutes: 1 })
  await world.billing.followUps()
}

/** The first one's charge has an unknown outcome; the other two are due in the same run. */
async function blocked() {
  const first = await world.subscribe({ answers: ['lost_before'] })
  const others = [await world.subscribe({ itemId: await world.addItem(1) }), await world.subscribe()]
  await world.run(undefined, { limit: 1 })
  expect(await world.statesOf(first)).toEqual(['frozen'])
  for (const other of others) await world.shareMethod(first, other)
  return { first, others }
}

describe('behind a charge whose outcome is unknown', () => {
  test('the others wait, without pieces, and the run is complete and says so', async () => {
    const { others } = await blocked()
    const { run, stopped } = await world.run()
    expect(stopped).toBeNull()
    expect(run).toMatchObject({
      state: 'complete',
      report: {
        frozen: { unknownOutcome: { count: 1 } },
        methodBusy: { count: 2, amount: 20_000 },
        postponed: { count: 0 },
        left: 0,
      },
    })
    for (const other of others) expect(await world.stock(other.itemId)).toMatchObject({ held: 0 })
    expect(world.bank.asked()).toBe(1)
  })

  test('they are charged by the sweep, one after the other, when it is settled', async () => {
    const { first, others } = await blocked()
    const { run } = await world.run()
    for (let n = 0; n < 5; n += 1) await minute()
    expect(world.bank.asked()).toBe(1)
    await world.lookUp(12)
    await world.billing.followUps()
    for (let n = 0; n < 4; n += 1) {
      await world.freeClaims()
      await minute()
    }
    expect([await world.statesOf(first), ...(await Promise.all(others.map(world.statesOf)))].flat()).toEqual([
      'paid',
      'paid',
      'paid',
    ])
    expect(await reportNow(run)).toMatchObject({ methodBusy: { count: 0 }, charged: { count: 3 } })
    await world.provenEqual()
  })

  test('the run of the next day takes them up as well', async () => {
    const { others } = await blocked()
    await world.run()
    await world.lookUp(24)
    world.clock.advance({ minutes: 1 })
    for (let n = 0; n < 4; n += 1) {
      await world.freeClaims()
      world.clock.advance({ minutes: 1 })
      expect((await world.run()).stopped).toBeNull()
    }
    for (const other of others) expect(await world.statesOf(other)).toEqual(['paid'])
    expect(world.clock.now().since(DUE_AT).total('hours')).toBeGreaterThan(24)
    await world.provenEqual()
  })

  test('a customer who gives another method does not wait', async () => {
    const { first, others } = await blocked()
    await world.run()
    const other = others[1]
    if (!other) throw new Error('nobody waits')
    const fresh = await world.addMethod(first.customerId)
    const actor = { userId: first.customerId, roles: ['customer' as const], sessionId: 's' }
    await setMethod(world.deps, { subscriptionId: other.id, actor }, fresh.methodId)
    await world.billing.followUps()
    expect(await world.statesOf(other)).toEqual(['paid'])
    expect(world.bank.taken.map(({ token }) => token)).toEqual([fresh.token])
  })

  test('one that is cancelled meanwhile ends, and is never charged', async () => {
    const { first, others } = await blocked()
    await world.run()
    const [other] = others
    if (!other) throw new Error('nobody waits')
    await world.cancel({ ...other, customerId: first.customerId })
    await world.lookUp(12)
    for (let n = 0; n < 4; n += 1) await minute()
    expect(await world.statesOf(other)).toEqual(['skipped'])
  })

  test('sold out meanwhile: the delivery is left out, and no order is left behind', async () => {
    const { others } = await blocked()
    await world.run()
    const [other] = others
    if (!other) throw new Error('nobody waits')
    await sql`update catalog.stock set on_hand = 0 where item_id = ${other.itemId}`.execute(world.db)
    await minute()
    // As long as it could not be charged anyway, the shelf does not matter.
    expect(await world.statesOf(other)).toEqual(['ordering'])
    await world.lookUp(12)
    for (let n = 0; n < 4; n += 1) {
      await world.freeClaims()
      await minute()
    }
    expect(await world.statesOf(other)).toEqual(['skipped'])
    const { rows } = await sql`
      select state from orders."order" where subscription_id = ${other.id}`.execute(world.db)
    expect(rows).toEqual([{ state: 'cancelled' }])
    await world.provenEqual()
  })
})

test('a charge that is only under way is waited for a few rounds, then the others stand aside', async () => {
  const first = await world.subscribe({ answers: ['unreachable'] })
  const other = await world.subscribe()
  await world.run(undefined, { limit: 1 })
  await world.shareMethod(first, other)
  await sql`update subscriptions.subscription set act_at = ${DUE_AT.add({ hours: 5 })}
    where id = ${first.id}`.execute(world.db)
  const { run } = await world.run()
  expect(run).toMatchObject({
    state: 'stopped',
    report: { postponed: { count: 2 }, methodBusy: { count: 0 } },
  })
  expect(await world.stock(other.itemId)).toMatchObject({ held: first.itemId === other.itemId ? 2 : 1 })
  for (let round = 0; round < 3; round += 1) {
    await world.freeClaims()
    await world.billing.followUps()
  }
  expect(await reportNow(run)).toMatchObject({ postponed: { count: 2 }, methodBusy: { count: 0 } })
  expect(await world.stock(other.itemId)).toMatchObject({ held: first.itemId === other.itemId ? 1 : 0 })
  world.clock.advance({ hours: 6 })
  for (let n = 0; n < 3; n += 1) {
    await world.freeClaims()
    await minute()
  }
  expect([await world.statesOf(first), await world.statesOf(other)]).toEqual([['paid'], ['paid']])
  await world.provenEqual()
})

describe('many subscriptions of one customer are due on one day', () => {
  /** So many by one method; charges of it are two seconds apart. */
  async function byOneMethod(shop: typeof world, count: number): Promise<Sub[]> {
    const subs = await shop.subscribeMany(count)
    for (const other of subs.slice(1)) if (subs[0]) await shop.shareMethod(subs[0], other)
    return subs
  }

  test('a run that leaves some of them for later is not complete', async () => {
    await byOneMethod(world, 4)
    await world.run()
    for (let round = 0; round < 4; round += 1) {
      await world.freeClaims()
      await world.billing.followUps()
    }
    const { run } = await world.run()
    expect(run).toMatchObject({
      state: 'stopped',
      stopReason: 'some_postponed',
      report: { charged: { count: 1 }, postponed: { count: 3 }, methodBusy: { count: 0 } },
    })
    for (let n = 0; n < 3; n += 1) {
      await world.freeClaims()
      world.clock.advance({ seconds: 5 })
      await world.run()
    }
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 4 } } })
    await world.provenEqual()
  })

  test('a run waits for them as long as one after the other is charged', { timeout: 60_000 }, async () => {
    const patient = await openBilling({ lingerMs: 5_000, leaseMs: 30_000 })
    const begin = performance.now()
    const start = patient.clock.now()
    const ticking = setInterval(() => {
      patient.clock.set(start.add({ milliseconds: Math.floor(performance.now() - begin) }))
    }, 10)
    try {
      await byOneMethod(patient, 4)
      const { run } = await patient.run()
      expect(run).toMatchObject({ state: 'complete', report: { charged: { count: 4 } } })
      expect(patient.bank.taken).toHaveLength(4)
    } finally {
      clearInterval(ticking)
      await patient.drop()
    }
  })
})
