import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { asked, openBilling } from '../billing.fixture.ts'
import { setQuantity } from '../changes/agreement-commands.ts'
import { setMethod } from '../changes/change-method.ts'
import { endSubscriptionsForWithdrawal } from '../changes/end-subscriptions.ts'
import { replayCycle } from './replay.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

describe('customers at the moment of charging', () => {
  test('cancelled before the run: nothing is charged', async () => {
    const sub = await world.subscribe()
    await world.cancel(sub)
    expect((await world.run()).run.report?.handled.count).toBe(0)
    expect(world.bank.asked()).toBe(0)
  })

  test('cancelled while the bank is asked: the charge stands, and nothing follows', async () => {
    const sub = await world.subscribe()
    world.bank.state.before = async () => {
      await world.cancel(sub)
    }
    await world.run()
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect((await world.stored(sub.id)).subscription.state).toBe('cancelled')
    world.clock.advance({ hours: 24 * 31 })
    await world.run()
    expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('cancelled while the bank is asked, and looked at before it has answered: the charge stands', async () => {
    const sub = await world.subscribe()
    const seen: unknown[] = []
    world.bank.state.before = async () => {
      await world.cancel(sub)
      world.clock.advance({ minutes: 3 })
      await world.freeClaims()
      await world.billing.followUps()
      seen.push(...(await world.statesOf(sub)), (await world.stock(sub.itemId))?.held)
    }
    await world.run()
    expect(seen).toEqual(['charging', 1])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect(world.bank.asked()).toBe(1)
    await world.provenEqual()
  })

  test('cancelled while the bank refuses: no second try', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'ok'] })
    world.bank.state.before = async () => {
      await world.cancel(sub)
    }
    const { run } = await world.run()
    expect(run.state).toBe('complete')
    expect(world.bank.asked()).toBe(1)
    expect(await world.statesOf(sub)).not.toContain('paid')
    expect(await world.stock(sub.itemId)).toMatchObject({ held: 0 })
    await world.provenEqual()
  })

  test('cancelled while nobody knows whether the bank has charged: it is not charged anew', async () => {
    const { provider } = world.toss
    Object.assign(provider.capabilities, { idempotencyKeys: true })
    provider.lookup = async () => ({ kind: 'not_found' })
    const sub = await world.subscribe({ provider: 'toss', answers: ['lost_before', 'ok'] })
    await world.run()
    expect(await world.statesOf(sub)).toEqual(['frozen'])
    await world.cancel(sub)
    await world.lookUp(6)
    expect(world.toss.asked()).toBe(1)
    await world.lookUp(90)
    expect(world.toss.asked()).toBe(1)
    expect(world.takenFrom(sub)).toEqual([])
    expect(await world.statesOf(sub)).not.toContain('frozen')
    expect(await world.stock(sub.itemId)).toMatchObject({ held: 0 })
    await world.provenEqual()
  })

  test('a quantity changed while the bank is asked holds from the next delivery', async () => {
    const sub = await world.subscribe()
    world.bank.state.before = async () => {
      await setQuantity(world.deps, asked(sub), 3)
    }
    await world.run()
    world.bank.state.before = async () => {}
    world.clock.advance({ hours: 24 * 30 })
    await world.run()
    expect(world.takenFrom(sub).map(({ total }) => total)).toEqual([10_000, 30_000])
    await world.provenEqual()
  })

  test('a method changed while the old one is refused is tried at once', async () => {
    const sub = await world.subscribe({ answers: ['card_lost'] })
    const fresh = await world.addMethod(sub.customerId)
    world.bank.state.before = async () => {
      world.bank.state.before = async () => {}
      await setMethod(world.deps, asked(sub), fresh.methodId)
    }
    await world.run()
    expect(world.bank.taken.map(({ token }) => token)).toEqual([fresh.token])
    await world.provenEqual()
  })

  test('paying an overdue delivery on a page of the provider: its next try waits for that', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'insufficient', 'ok'] })
    await world.run()
    const open = (await world.cycles(sub.id)).at(-1)?.cycle
    if (open?.state !== 'declined') throw new Error('not refused')
    const pageId = newId()
    world.clock.advance({ hours: 24 })
    const now = world.clock.now()
    await sql`
      insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name,
        quantity, buyer_ref, return_key, redirect_url, expires_at, created_at, updated_at)
      values (${pageId}, ${open.orderId}, ${sub.customerId}, 'kakaopay', 'checkout', 'pay_and_issue_token',
        'awaiting_customer', 10000, 909, '상품', 1, ${sub.customerId}, 'key', 'https://pay.test',
        ${now.add({ minutes: 15 })}, ${now}, ${now})`.execute(world.db)
    await world.billing.followUps()
    expect(world.bank.asked()).toBe(2)
    expect(await world.statesOf(sub)).toEqual(['declined'])
    // Nobody came back from the page.
    await sql`update payments.attempt set state = 'expired' where id = ${pageId}`.execute(world.db)
    world.clock.advance({ minutes: 5 })
    await world.freeClaims()
    await world.billing.followUps()
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('paying an overdue delivery when they cancel: nobody says it has ended before that is known', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'insufficient'] })
    await world.run()
    const open = (await world.cycles(sub.id)).at(-1)?.cycle
    if (open?.state !== 'declined') throw new Error('not refused')
    const now = world.clock.now()
    await sql`
      insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name,
        quantity, buyer_ref, return_key, sent_at, lease_until, created_at, updated_at)
      values (${newId()}, ${open.orderId}, ${sub.customerId}, 'kakaopay', 'checkout', 'pay', 'sent', 10000, 909,
        '상품', 1, ${sub.customerId}, 'key', ${now}, ${now.add({ seconds: 40 })}, ${now}, ${now})`.execute(
      world.db,
    )
    await world.cancel(sub)
    const tried = await replayCycle(world.deps, { subscriptionId: sub.id, cycleNo: 2 })
    expect(tried).toMatchObject({ kind: 'refused', code: 'cycle_busy' })
    expect(await world.statesOf(sub)).toEqual(['declined'])
    await sql`
      update payments.attempt set state = 'cancelled', lease_until = null where state = 'sent'`.execute(
      world.db,
    )
    world.clock.advance({ minutes: 3 })
    await world.freeClaims()
    await world.billing.followUps()
    expect(await world.statesOf(sub)).toEqual(['failed'])
    expect(world.bank.asked()).toBe(2)
  })

  test('a charge that is prepared when the customer cancels is never sent', async () => {
    const sub = await world.subscribe()
    const { run } = await world.run(
      undefined,
      {},
      {
        ...world.deps,
        at: async (moment) => {
          if (moment === 'prepared') await world.cancel(sub)
        },
      },
    )
    expect(run.state).toBe('complete')
    expect(world.bank.asked()).toBe(0)
    expect(await world.stock(sub.itemId)).toMatchObject({ held: 0 })
    await world.provenEqual()
  })

  test('a customer who has left is not charged', async () => {
    const sub = await world.subscribe()
    await transact(world.db, (tx) => endSubscriptionsForWithdrawal(world.deps, tx, sub.customerId))
    await world.run()
    expect(world.bank.asked()).toBe(0)
  })
})
