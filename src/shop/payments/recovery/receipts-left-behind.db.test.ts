/** Beside a process of a version that knows nothing of cash receipts: what it left is set by hand. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { won } from '../../../platform/money.ts'
import { refundOrder } from '../flows/refund-order.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { scriptedProvider } from '../testing-provider.ts'
import { takeUpReceipts } from './receipts-left-behind.ts'
import { sweepCashReceipts } from './sweep-cash-receipts.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 10 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const PERSONAL = { use: 'deduction', number: '010-1234-5678' } as const

function shop() {
  const played = scriptedProvider('toss')
  played.receipts.by = 'us'
  const here = shopOf(world, world.depsWith(played.provider))
  const giveBack = async (orderId: string, amount: number, taxFree: number) => {
    const refund = { orderId, part: { amount: won(amount), taxFree: won(taxFree) }, reason: '부분 환불' }
    await transact(world.db, (tx) => refundOrder(here.deps, tx, { ...refund, requestedBy: 'system' }))
    await here.work()
  }
  const receipt = async (id: string) => (await here.read(id)).receipt
  const takeUp = async () => {
    await takeUpReceipts(here.deps)
    await sweepCashReceipts(here.deps)
  }
  const leaveAsked = (id: string) =>
    sql`
    update payments.cash_receipt set state = 'asked', target = 0, target_tax_free = 0, next_look_at = null
    where attempt_id = ${id}`.execute(world.db)
  return { ...played, ...here, giveBack, receipt, takeUp, leaveAsked }
}

it('a paid one is issued for what was not given back, once its provider says how it was paid', async () => {
  const { paid, giveBack, leaveAsked, takeUp, receipt, receipts, outage } = shop()
  const { attempt, order } = await paid(21_000, { taxFree: 10_000, receipt: PERSONAL })
  await giveBack(order.id, 5_000, 4_000)
  await leaveAsked(attempt.id)
  outage('silent')
  await takeUp()
  expect(await receipt(attempt.id)).toMatchObject({ state: 'asked' })
  outage('none')
  await Promise.all([takeUp(), takeUp(), takeUp()])
  expect(receipts.deeds).toMatchObject([{ kind: 'issue', amount: 16_000, taxFree: 6_000 }])
  expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 16_000, number: null })
})

it('one by card is not due; of an unpaid one nothing stays; an open one waits', async () => {
  const { paid, place, begun, leaveAsked, takeUp, receipt, receipts } = shop()
  const { attempt } = await paid(21_000, { receipt: PERSONAL })
  await leaveAsked(attempt.id)
  receipts.by = 'nobody'
  const [unpaid, open] = [await begun(await place(), PERSONAL), await begun(await place(), PERSONAL)]
  await sql`update payments.attempt set state = 'cancelled' where id = ${unpaid.id}`.execute(world.db)
  await takeUp()
  expect(await receipt(attempt.id)).toMatchObject({ state: 'not_due', number: null })
  expect(await receipt(unpaid.id)).toBeUndefined()
  expect(await receipt(open.id)).toMatchObject({ state: 'asked' })
})

it('one that nobody asked for and the law wants is issued once, for what was not given back', async () => {
  const { paid, giveBack, takeUp, receipt, receipts, outage, calls } = shop()
  const forget = (id: string) =>
    sql`delete from payments.cash_receipt where attempt_id = ${id}`.execute(world.db)
  const [left, small, old, returned] = [
    await paid(150_000, { taxFree: 10_000 }),
    await paid(99_999),
    await paid(150_000),
    await paid(150_000),
  ]
  for (const { attempt } of [left, small, old, returned]) await forget(attempt.id)
  await giveBack(left.order.id, 20_000, 5_000)
  await giveBack(returned.order.id, 150_000, 0)
  await sql`
    update payments.attempt set paid_at = paid_at - interval '73 hours' where id = ${old.attempt.id}`.execute(
    world.db,
  )
  receipts.by = 'nobody'
  const card = await paid(150_000)
  receipts.by = 'us'
  outage('silent')
  await takeUp()
  expect(await receipt(left.attempt.id)).toBeUndefined()
  outage('none')
  calls.splice(0)
  await Promise.all([takeUp(), takeUp(), takeUp(), takeUp()])
  expect(await receipt(left.attempt.id)).toMatchObject({
    state: 'settled',
    self_issued: true,
    target: 130_000,
    standing: 130_000,
    number: null,
  })
  const deeds = receipts.deeds.map(({ kind, merchantRef, amount, taxFree }) => [
    kind,
    merchantRef,
    amount,
    taxFree,
  ])
  expect(deeds).toEqual([['issue', left.attempt.id, 130_000, 5_000]])
  for (const { attempt } of [small, old, returned, card]) expect(await receipt(attempt.id)).toBeUndefined()
  calls.splice(0)
  await takeUp()
  expect(calls).toEqual([])
})

it('one that does not follow a refund is taken back in its part', async () => {
  const { paid, giveBack, takeUp, receipt, receipts } = shop()
  const { attempt, order } = await paid(21_000, { receipt: PERSONAL })
  await takeUp()
  await giveBack(order.id, 5_000, 0)
  await sql`
    update payments.cash_receipt set state = 'settled', target = 21_000, next_look_at = null
    where attempt_id = ${attempt.id}`.execute(world.db)
  await takeUp()
  await takeUp()
  expect(receipts.deeds).toMatchObject([{ amount: 21_000 }, { kind: 'cancel', amount: 5_000 }])
  expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', target: 16_000, standing: 16_000 })
})
