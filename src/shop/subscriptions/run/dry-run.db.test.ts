/** A dry run says what the run then does, whatever stands against a charge. */
import { sql } from 'kysely'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { DUE_AT, DUE_DAY, openBilling, type Sub } from '../billing.fixture.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(async () => {
  await world.reset()
  world.deps.settings.offSale = 'wait'
  world.deps.settings.announceDaysBefore = 0
  await sql`update catalog.item set status = 'on_sale'`.execute(world.db)
})

const hide = (itemId: string) =>
  sql`update catalog.item set status = 'hidden' where id = ${itemId}`.execute(world.db)
const leave = ({ customerId }: Sub) =>
  sql`insert into subscriptions.withdrawn_customer values (${customerId}, ${world.clock.now()})`.execute(
    world.db,
  )
const spoilMethod = ({ methodId }: Sub) =>
  sql`update payments.method set state = 'dead' where id = ${methodId}`.execute(world.db)
test('counts by reason what the run leaves out, ends, asks for and charges, and writes nothing', async () => {
  // Two share a method; what became of the charge of the night before nobody knows.
  world.clock.set(DUE_AT.subtract({ hours: 24 }))
  const night = { anchor: DUE_DAY.subtract({ days: 31 }), answers: ['lost_before' as const] }
  const [lost, behind] = [await world.subscribe(night), await world.subscribe({ unitPrice: 40_000 })]
  await world.shareMethod(lost, behind)
  await world.run()
  world.clock.set(DUE_AT)
  const [hidden, gone, scarce] = [await world.addItem(), await world.addItem(), await world.addItem(3)]
  const left = await world.subscribe()
  await leave(left)
  await world.subscribe({ itemId: hidden })
  await world.subscribe({ itemId: gone })
  await sql`delete from catalog.stock where item_id = ${gone}`.execute(world.db)
  await sql`delete from catalog.item where id = ${gone}`.execute(world.db)
  await hide(hidden)
  // Three pieces are there for two of two each.
  await world.subscribeMany(2, { itemId: scarce, quantity: 2 })
  await world.subscribe({ itemId: await world.addItem(0) })
  await world.subscribe({ withoutMethod: true })
  await spoilMethod(await world.subscribe({ unitPrice: 30_000 }))
  // Two that nobody ran for: the older one is missed.
  await world.subscribe({ days: 7, anchor: DUE_DAY.subtract({ days: 14 }), unitPrice: 1_000 })
  await world.subscribe()

  const before = await world.checksum()
  const plan = await world.billing.dryRun(DUE_DAY)
  expect(plan).toEqual({
    date: '2027-01-31',
    due: 11,
    toCharge: { count: 3, amount: 31_000 },
    withoutMethod: 2,
    toSkip: { not_sold: 1, out_of_stock: 2, missed: 1 },
    toEnd: { account_withdrawn: 1, item_discontinued: 1 },
    toPutOff: 0,
    waiting: 1,
    followUps: 0,
  })
  expect(await world.checksum()).toEqual(before)

  const { report } = (await world.run()).run
  expect(report).toMatchObject({
    charged: plan.toCharge,
    declined: { newMethod: { count: plan.withoutMethod } },
    methodBusy: { count: plan.waiting },
    // The end of a subscription to what is gone is written as a delivery that is left out, too.
    skipped: { ...plan.toSkip, cancelled: 1 },
  })
  const { rows } = await sql<{ cancel_reason: string }>`
    select cancel_reason from subscriptions.subscription where state = 'cancelled' order by 1`.execute(
    world.db,
  )
  expect(rows.map((row) => row.cancel_reason)).toEqual(Object.keys(plan.toEnd).sort())
})

test('ends what is not sold where the merchant lets it, and tells of no charge that cannot be made', async () => {
  world.deps.settings.announceDaysBefore = 3
  world.deps.settings.offSale = 'end'
  const itemId = await world.addItem()
  await world.subscribe({ itemId })
  await world.subscribe()
  await hide(itemId)
  const plan = await world.billing.dryRun(DUE_DAY)
  expect(plan).toMatchObject({ toEnd: { item_discontinued: 1 }, toPutOff: 1, toCharge: { count: 0 } })
  world.deps.settings.offSale = 'wait'
  expect(await world.billing.dryRun(DUE_DAY)).toMatchObject({
    toEnd: {},
    toSkip: { not_sold: 1 },
    toPutOff: 1,
  })
})

test('of a day to come says the same of what is hidden, has left or has no method now; not of stock', async () => {
  world.deps.settings.announceDaysBefore = 3
  const [hidden, empty] = [await world.addItem(), await world.addItem(0)]
  await hide(hidden)
  await world.subscribe({ itemId: hidden })
  await world.subscribe({ itemId: empty })
  await leave(await world.subscribe())
  await spoilMethod(await world.subscribe())
  world.clock.set(DUE_AT.subtract({ hours: 24 * 10 }))
  expect(await world.billing.dryRun(DUE_DAY)).toMatchObject({
    due: 4,
    toCharge: { count: 1, amount: 10_000 },
    withoutMethod: 1,
    toSkip: { not_sold: 1 },
    toEnd: { account_withdrawn: 1 },
  })
  // Too late for the notice: put off, but what is not sold is left out on its day.
  world.clock.set(DUE_AT.subtract({ hours: 24 }))
  expect(await world.billing.dryRun(DUE_DAY)).toMatchObject({
    toCharge: { count: 0 },
    toSkip: { not_sold: 1 },
  })
  expect(await world.billing.dryRun(DUE_DAY.add({ days: 2 }))).toMatchObject({ toCharge: { count: 1 } })
})
