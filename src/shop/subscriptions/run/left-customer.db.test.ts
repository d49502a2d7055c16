/** Accounts live in another service: a run may charge in the moment before it hears that a customer has left. */
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { openBilling, type Sub } from '../billing.fixture.ts'
import { giveBackIfLeft } from '../changes/after-leaving.ts'
import { endSubscriptionsForWithdrawal } from '../changes/end-subscriptions.ts'
import { WorkerLost } from './pool.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

/** The news that the customer left at an instant. */
const hear = (sub: Sub, leftAt: Temporal.Instant) =>
  transact(world.db, (tx) => endSubscriptionsForWithdrawal(world.deps, tx, sub.customerId, leftAt))
/** The news of payments, which the subscriber hears after every cycle. */
const hearPaid = async (sub: Sub) => {
  const { rows } = await sql<{ id: string }>`
    select id from orders."order" where subscription_id = ${sub.id} and state = 'paid'`.execute(world.db)
  for (const { id } of rows) await transact(world.db, (tx) => giveBackIfLeft(world.deps, tx, id))
}
const refunds = async ({ id }: Sub) => {
  const { rows } = await sql<{ amount: number; reason: string }>`
    select r.amount, r.reason from payments.refund r join orders."order" o on o.id = r.order_id
    where o.subscription_id = ${id} and o.refund_requested_at is not null`.execute(world.db)
  return rows
}
const all = [{ amount: 10_000, reason: 'charged after the account was closed' }]

test('known to have left, but not ended with the others: billing ends it and opens nothing', async () => {
  const sub = await world.subscribe()
  await sql`insert into subscriptions.withdrawn_customer values (${sub.customerId}, ${world.clock.now()})`.execute(
    world.db,
  )
  const { run } = await world.run()
  expect(run).toMatchObject({ state: 'complete', report: { handled: { count: 0 }, left: 0 } })
  expect(world.bank.asked()).toBe(0)
  expect((await world.stored(sub.id)).subscription).toMatchObject({
    state: 'cancelled',
    reason: 'account_withdrawn',
  })
  expect(await world.statesOf(sub)).toEqual([])
  expect((await world.payments.paymentMethodsOf(world.db, sub.customerId))[0]?.state).toBe('revoked')
})

describe('a cycle opened after the customer had left, before that was known', () => {
  test('and paid: the money is asked back with the news, once', async () => {
    const leftAt = world.clock.now()
    const sub = await world.subscribe()
    await world.run()
    await hearPaid(sub)
    expect(await refunds(sub)).toEqual([])
    await hear(sub, leftAt)
    await hear(sub, leftAt)
    await hearPaid(sub)
    expect(await refunds(sub)).toEqual(all)
    expect((await world.stored(sub.id)).subscription).toMatchObject({ reason: 'account_withdrawn' })
  })

  test('and on its way: the money is asked back with the payment', async () => {
    const leftAt = world.clock.now()
    const sub = await world.subscribe()
    world.bank.state.before = () => hear(sub, leftAt)
    await world.run()
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect(await refunds(sub)).toEqual([])
    await hearPaid(sub)
    await hearPaid(sub)
    expect(await refunds(sub)).toEqual(all)
  })

  test('and not sent yet: it never is', async () => {
    const leftAt = world.clock.now()
    const sub = await world.subscribe()
    const slow = {
      ...world.deps,
      at: async (moment: string) => {
        if (moment === 'prepared') await hear(sub, leftAt)
      },
    }
    await world.run(undefined, {}, slow)
    expect(world.bank.asked()).toBe(0)
    expect(await world.statesOf(sub)).toEqual(['skipped'])
    expect(await refunds(sub)).toEqual([])
  })

  test('and left behind by a dead worker: nobody sends it', async () => {
    const leftAt = world.clock.now()
    const sub = await world.subscribe()
    const dying = {
      ...world.deps,
      at: (moment: string) => {
        if (moment === 'prepared') throw new WorkerLost('dead')
      },
    }
    await expect(world.run(undefined, {}, dying)).rejects.toThrow(WorkerLost)
    await hear(sub, leftAt)
    world.clock.advance({ minutes: 5 })
    await world.freeClaims()
    await world.billing.followUps()
    expect(world.bank.asked()).toBe(0)
    expect(await world.statesOf(sub)).toEqual(['skipped'])
  })
})

test('a cycle opened before the customer left is their order: paid, it stays theirs', async () => {
  const sub = await world.subscribe()
  await world.run()
  world.clock.advance({ seconds: 1 })
  await hear(sub, world.clock.now())
  await hearPaid(sub)
  expect(await refunds(sub)).toEqual([])
})
