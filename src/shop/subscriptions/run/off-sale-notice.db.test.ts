import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { asked, DUE_DAY, openBilling, type Sub } from '../billing.fixture.ts'
import { setQuantity } from '../changes/agreement-commands.ts'
import { sweepNotices } from '../changes/upcoming.ts'

const world = await openBilling()
world.deps.settings.announceDaysBefore = 3
afterAll(() => world.drop())
beforeEach(async () => {
  await world.reset()
  world.deps.settings.offSale = 'wait'
  await sql`truncate subscriptions.notice_day`.execute(world.db)
  await sql`update catalog.item set status = 'on_sale'`.execute(world.db)
})

/** A time of day in Seoul, so many days after the charge was due. */
const at = (days: number, time: string) =>
  DUE_DAY.add({ days }).toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: time }).toInstant()
const notices = async (days: number, time = '09:00') => {
  world.clock.set(at(days, time))
  await sweepNotices(world.deps)
}
const bill = async (days: number) => {
  world.clock.set(at(days, '02:00'))
  return (await world.run()).run
}
const status = (sub: Sub, to: 'on_sale' | 'hidden') =>
  sql`update catalog.item set status = ${to} where id = ${sub.itemId}`.execute(world.db)
/** What the customer was told of charges, oldest first. */
const told = async (sub: Sub) =>
  (await world.events(sub.id)).flatMap(({ type, ...data }) =>
    ['charge-upcoming', 'delivery-in-doubt', 'cycle-skipped', 'cancelled'].includes(type)
      ? [{ type, ...(data as Record<string, unknown>) }]
      : [],
  )
const typesTold = async (sub: Sub) => (await told(sub)).map(({ type }) => type)

describe('while an item is not sold', () => {
  test('no charge is announced: what is told is that it waits, once, and the delivery is left out', async () => {
    const sub = await world.subscribe()
    await status(sub, 'hidden')
    await notices(-3)
    await notices(-2)
    expect(await told(sub)).toMatchObject([
      { type: 'delivery-in-doubt', cycleNo: 2, due: '2027-01-31', ifNotSold: 'wait' },
    ])
    // Nor when the customer changes something of it.
    await setQuantity(world.deps, asked(sub), 3)
    expect(await typesTold(sub)).toEqual(['delivery-in-doubt'])
    expect((await bill(0)).state).toBe('complete')
    expect(await typesTold(sub)).toEqual(['delivery-in-doubt', 'cycle-skipped'])
    expect(world.bank.taken).toEqual([])
    await world.provenEqual()
  })

  test('it is told that the subscription ends, where the merchant lets it', async () => {
    world.deps.settings.offSale = 'end'
    const sub = await world.subscribe()
    await status(sub, 'hidden')
    await notices(-3)
    expect(await told(sub)).toMatchObject([{ type: 'delivery-in-doubt', ifNotSold: 'end' }])
    expect((await bill(0)).state).toBe('complete')
    expect((await typesTold(sub)).at(-1)).toBe('cancelled')
    expect(world.bank.taken).toEqual([])
  })

  test('a run that finds it untold leaves it out, rather than telling of a charge', async () => {
    const sub = await world.subscribe()
    await status(sub, 'hidden')
    expect((await bill(0)).state).toBe('complete')
    expect(await typesTold(sub)).toEqual(['cycle-skipped'])
  })
})

describe('sold again', () => {
  test('before the day: the charge is announced, and made as long after it as was promised', async () => {
    const sub = await world.subscribe()
    await status(sub, 'hidden')
    await notices(-3)
    await status(sub, 'on_sale')
    await notices(-1)
    expect(await told(sub)).toMatchObject([
      { type: 'delivery-in-doubt' },
      { type: 'charge-upcoming', due: '2027-01-31', chargeOn: '2027-02-02' },
    ])
    expect((await bill(0)).state).toBe('complete')
    expect(world.bank.taken).toEqual([])
    expect((await bill(2)).state).toBe('complete')
    expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('after it had been announced and taken back: it is announced anew', async () => {
    const sub = await world.subscribe()
    await notices(-3)
    await status(sub, 'hidden')
    await notices(-2)
    await status(sub, 'on_sale')
    await notices(-1)
    expect(await told(sub)).toMatchObject([
      { type: 'charge-upcoming', chargeOn: '2027-01-31' },
      { type: 'delivery-in-doubt' },
      { type: 'charge-upcoming', chargeOn: '2027-02-02' },
    ])
    // And taken back again, which is told again.
    await status(sub, 'hidden')
    await notices(0, '10:00')
    expect((await typesTold(sub)).at(-1)).toBe('delivery-in-doubt')
    const versions = (await world.stored(sub.id)).version
    expect(versions).toBe((await world.events(sub.id)).length)
  })

  test('on the day itself, with nobody told: the run tells first', async () => {
    const sub = await world.subscribe()
    await notices(-3)
    await status(sub, 'hidden')
    await notices(-1)
    await status(sub, 'on_sale')
    expect((await bill(0)).state).toBe('complete')
    expect((await told(sub)).at(-1)).toMatchObject({ type: 'charge-upcoming', chargeOn: '2027-02-03' })
    expect(world.bank.taken).toEqual([])
    expect((await bill(3)).state).toBe('complete')
    expect(world.takenFrom(sub)).toHaveLength(1)
  })
})

describe('a charge announced before its item was hidden', () => {
  test('is announced anew when the customer changed it meanwhile: none is made of another amount than was told', async () => {
    const sub = await world.subscribe()
    await notices(-3)
    await status(sub, 'hidden')
    world.clock.set(at(-1, '10:00'))
    expect(await setQuantity(world.deps, asked(sub), 2)).toMatchObject({ kind: 'changed' })
    await status(sub, 'on_sale')
    expect((await bill(0)).state).toBe('complete')
    expect(world.bank.taken).toEqual([])
    expect(await told(sub)).toMatchObject([
      { type: 'charge-upcoming', amount: 10_000, chargeOn: '2027-01-31' },
      { type: 'charge-upcoming', amount: 20_000, chargeOn: '2027-02-03' },
    ])
    expect((await bill(3)).state).toBe('complete')
    expect(world.takenFrom(sub)).toMatchObject([{ total: 20_000 }])
    await world.provenEqual()
  })

  test('stays announced when nothing of it was changed', async () => {
    const sub = await world.subscribe()
    await notices(-3)
    await status(sub, 'hidden')
    await status(sub, 'on_sale')
    expect((await bill(0)).state).toBe('complete')
    expect(world.takenFrom(sub)).toMatchObject([{ total: 10_000 }])
  })
})

describe('hidden once more after its charge was announced', () => {
  test('by the run: that it is in doubt is told again, with the day it was put off to', async () => {
    const sub = await world.subscribe()
    await notices(-3)
    await status(sub, 'hidden')
    await notices(-1)
    await status(sub, 'on_sale')
    await bill(0)
    await status(sub, 'hidden')
    await notices(1)
    await notices(2)
    expect(await told(sub)).toMatchObject([
      { type: 'charge-upcoming', chargeOn: '2027-01-31' },
      { type: 'delivery-in-doubt', due: '2027-01-31', chargeOn: '2027-01-31' },
      { type: 'charge-upcoming', chargeOn: '2027-02-03' },
      { type: 'delivery-in-doubt', due: '2027-01-31', chargeOn: '2027-02-03' },
    ])
    expect((await bill(3)).state).toBe('complete')
    expect((await typesTold(sub)).at(-1)).toBe('cycle-skipped')
    expect(world.bank.taken).toEqual([])
  })

  test('by a change of the customer: that it is in doubt is told again', async () => {
    const sub = await world.subscribe()
    await status(sub, 'hidden')
    await notices(-3)
    await status(sub, 'on_sale')
    world.clock.set(at(-3, '10:00'))
    await setQuantity(world.deps, asked(sub), 2)
    await status(sub, 'hidden')
    await notices(-2)
    expect(await typesTold(sub)).toEqual(['delivery-in-doubt', 'charge-upcoming', 'delivery-in-doubt'])
  })
})
