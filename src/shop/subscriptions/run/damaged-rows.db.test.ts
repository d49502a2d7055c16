/** Rows as no statement of ours could leave them: each costs its own subscription, and nobody else's. */
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { DUE_AT, openBilling, type Sub } from '../billing.fixture.ts'
import { announceCharges, sweepNotices } from '../changes/upcoming.ts'
import { errorsOf } from './run-report.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(async () => {
  world.deps.settings.announceDaysBefore = 0
  await world.reset()
})

const DAMAGES: Readonly<Record<string, (sub: Sub) => Promise<unknown>>> = {
  'terms that are not terms': ({ id }) =>
    sql`update subscriptions.subscription set terms = '[{"x": 1}]' where id = ${id}`.execute(world.db),
  'a price of 0': ({ id }) =>
    sql`update subscriptions.subscription set terms = jsonb_set(terms, '{0,unitPrice}', '0') where id = ${id}`.execute(
      world.db,
    ),
  'a price of more than all': ({ id }) =>
    sql`update subscriptions.subscription set terms = jsonb_set(terms, '{0,unitPrice}', '1e30') where id = ${id}`.execute(
      world.db,
    ),
  'a receiver without an address': ({ id }) =>
    sql`update subscriptions.subscription set terms = terms #- '{0,receiver,city}' where id = ${id}`.execute(
      world.db,
    ),
  'a schedule that is not one': ({ id }) =>
    sql`update subscriptions.subscription set schedule = '{"period": "often"}' where id = ${id}`.execute(
      world.db,
    ),
  'a token that cannot be read': ({ methodId }) =>
    sql`update payments.method set token = 'unreadable' where id = ${methodId}`.execute(world.db),
}

describe.each(Object.entries(DAMAGES))('%s', (_, damage) => {
  test('fails no run: the others are charged, and this one is told', async () => {
    const [before, damaged, after] = [
      await world.subscribe(),
      await world.subscribe(),
      await world.subscribe(),
    ]
    await damage(damaged)
    const { run } = await world.run()
    expect(run.stopReason).toBe('some_could_not_be_handled')
    for (const sub of [before, after]) expect(world.takenFrom(sub)).toHaveLength(1)
    expect(world.takenFrom(damaged)).toEqual([])
    expect(await errorsOf(world.db, run.id, 10)).toMatchObject([
      { subscriptionId: damaged.id, detail: expect.stringMatching(/./) },
    ])
    await world.billing.followUps()
    await world.provenEqual()
  })
})

test('the others are given notice, and are charged in time', async () => {
  const subs = await world.subscribeMany(8)
  const [damaged, priceless, ...sound] = subs as [Sub, Sub, ...Sub[]]
  await DAMAGES['terms that are not terms']?.(damaged)
  await DAMAGES['a price of 0']?.(priceless)
  world.deps.settings.announceDaysBefore = 3
  world.clock.set(DUE_AT.subtract({ hours: 24 * 3 - 8 }))
  await sql`truncate subscriptions.notice_day`.execute(world.db)
  await sweepNotices(world.deps)
  for (const sub of sound)
    expect((await world.events(sub.id)).map(({ type }) => type)).toContain('charge-upcoming')
  expect(await announceCharges(world.deps)).toBe(0)
  world.clock.set(DUE_AT)
  await world.run()
  for (const sub of sound) expect(world.takenFrom(sub)).toHaveLength(1)
  for (const sub of [damaged, priceless]) expect(world.takenFrom(sub)).toEqual([])
  await world.provenEqual()
})
