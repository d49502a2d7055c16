import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isDeadlock, transact } from '../../../platform/database/database.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { gate, scriptedProvider } from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'
import { insistOnCommit } from './insist-on-commit.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 10 })
})
afterAll(() => world.database.drop())

const somebodyWaits = async () => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(world.db)
  return (rows[0]?.count ?? 0) > 0
}

it('an answer that meets a deadlock while it is written is written all the same', async () => {
  const played = scriptedProvider('kakaopay', { lookupByMerchantRef: false }, () => world.clock.now())
  const here = shopOf(world, world.depsWith(played.provider))
  const { subscriber, prepared, send } = tokensOf(world, here)
  const { id, order } = await prepared(await subscriber())
  const answer = gate()
  played.script.charge.push({ answerAfter: answer.opened })
  const sending = send(id)
  await until(async () => (await here.state(id)) === 'sent', { deadlineMs: 5_000, what: 'the sending' })
  // Somebody with bugs locks the other way round, and is patient: it is the answer that has to give way.
  await transact(world.db, async (tx) => {
    await sql`set local deadlock_timeout = '20s'`.execute(tx)
    await sql`select 1 from payments.attempt where id = ${id} for update`.execute(tx)
    answer.open()
    await until(somebodyWaits, { deadlineMs: 5_000, what: 'the answer to wait' })
    await sql`select 1 from testing.purchase where id = ${order.id} for update`.execute(tx)
  })
  expect(await sending).toBe('paid')
  expect(await here.state(id)).toBe('succeeded')
  expect((await here.order(order.id)).state).toBe('paid')
  expect(await here.news(id)).toHaveLength(1)
  expect(await here.ledger(id)).toMatchObject({ 'receivable:kakaopay': 11_000 })
})

it('the answer about a refund is written all the same, too, and does not become a doubt', async () => {
  const played = scriptedProvider('kakaopay')
  const here = shopOf(world, world.depsWith(played.provider))
  const { order, attempt } = await here.paid()
  await here.refund(attempt)
  const answer = gate()
  played.script.refund.push({ answerAfter: answer.opened })
  const working = here.work()
  const sent = async () => (await here.read(attempt.id)).refunds[0]?.state === 'sent'
  await until(sent, { deadlineMs: 5_000, what: 'the sending' })
  await transact(world.db, async (tx) => {
    await sql`set local deadlock_timeout = '20s'`.execute(tx)
    await sql`select 1 from payments.attempt where id = ${attempt.id} for update`.execute(tx)
    answer.open()
    await until(somebodyWaits, { deadlineMs: 5_000, what: 'the answer to wait' })
    await sql`select 1 from testing.purchase where id = ${order.id} for update`.execute(tx)
  })
  expect(await working).toBe(1)
  expect((await here.read(attempt.id)).refunds[0]?.state).toBe('succeeded')
  expect((await here.order(order.id)).state).toBe('refunded')
  expect(played.refunds).toHaveLength(1)
})

it('what is wrong for another reason is not tried again, and patience ends', async () => {
  let tries = 0
  const broken = () => {
    tries += 1
    return Promise.reject(new Error('a bug'))
  }
  await expect(insistOnCommit(broken)).rejects.toThrow('a bug')
  expect(tries).toBe(1)
  tries = 0
  const givesWay = () => {
    tries += 1
    return sql`do $$ begin raise exception 'gave way' using errcode = '40P01'; end $$`.execute(world.db)
  }
  await expect(insistOnCommit(givesWay)).rejects.toSatisfy(isDeadlock)
  expect(tries).toBe(4)
})
