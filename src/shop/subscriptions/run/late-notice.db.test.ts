import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { asked, DUE_AT, DUE_DAY, openBilling, type Sub } from '../billing.fixture.ts'
import { setPeriod, setQuantity, skipAgreedDelivery } from '../changes/agreement-commands.ts'
import { announceCharges, sweepNotices } from '../changes/upcoming.ts'

const world = await openBilling()
world.deps.settings.announceDaysBefore = 3
afterAll(() => world.drop())
beforeEach(async () => {
  await world.reset()
  await sql`truncate subscriptions.notice_day`.execute(world.db)
})

/** A time of day in Seoul, so many days after the charge was due. */
const at = (days: number, time: string) =>
  DUE_DAY.add({ days }).toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: time }).toInstant()
const told = async (sub: Sub) =>
  (await world.events(sub.id)).flatMap((event) =>
    event.type === 'charge-upcoming' ? [event as Record<string, unknown>] : [],
  )
const notices = async (days: number, time = '09:00') => {
  world.clock.set(at(days, time))
  await sweepNotices(world.deps)
}
const bill = async (days: number, time = '02:00') => {
  world.clock.set(at(days, time))
  return (await world.run()).run
}

describe('a charge whose notice', () => {
  test('came in time is made on its day', async () => {
    const sub = await world.subscribe()
    await notices(-3)
    expect(await told(sub)).toMatchObject([
      { cycleNo: 2, due: '2027-01-31', chargeOn: '2027-01-31', amount: 10_000 },
    ])
    expect((await bill(0)).state).toBe('complete')
    expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('came a day late, because no server ran at the hour of notices, is made a day later', async () => {
    const sub = await world.subscribe()
    await notices(-2, '14:20')
    expect(await told(sub)).toMatchObject([{ cycleNo: 2, due: '2027-01-31', chargeOn: '2027-02-01' }])
    expect((await bill(0)).state).toBe('complete')
    expect(world.takenFrom(sub)).toEqual([])
    expect((await bill(1)).state).toBe('complete')
    expect(world.takenFrom(sub)).toHaveLength(1)
    // The dates that follow are those of the agreement.
    expect((await world.stored(sub.id)).subscription).toMatchObject({ latestCycle: { no: 2, due: DUE_DAY } })
    await world.provenEqual()
  })

  test('was never given, because nothing ran for days, is told of first and made as long after it as promised', async () => {
    const [sub, other] = [await world.subscribe(), await world.subscribe()]
    expect((await bill(2)).state).toBe('complete')
    expect(world.bank.taken).toEqual([])
    for (const one of [sub, other])
      expect(await told(one)).toMatchObject([{ cycleNo: 2, due: '2027-01-31', chargeOn: '2027-02-05' }])
    for (const days of [3, 4]) await bill(days)
    expect(world.bank.taken).toEqual([])
    await bill(5)
    for (const one of [sub, other]) expect(world.takenFrom(one)).toHaveLength(1)
    expect(await told(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('is charged once when several servers find it late at the same time', async () => {
    const subs = await world.subscribeMany(6)
    world.clock.set(at(1, '09:30'))
    await Promise.all([world.run(), sweepNotices(world.deps), sweepNotices(world.deps), world.run()])
    for (const sub of subs) expect(await told(sub)).toMatchObject([{ chargeOn: '2027-02-04' }])
    expect(world.bank.taken).toEqual([])
    world.clock.set(at(4, '02:00'))
    await Promise.all([world.run(), world.run()])
    for (const sub of subs) expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('named another amount is told of anew first: no other amount is charged than the one that was told', async () => {
    const sub = await world.subscribe()
    world.deps.settings.announceDaysBefore = 7
    await notices(-7)
    // Fewer days are promised from now on, and then nothing runs in the mornings: the change reaches no notice.
    world.deps.settings.announceDaysBefore = 3
    world.clock.set(at(-5, '12:00'))
    await setQuantity(world.deps, asked(sub), 2)
    expect(await told(sub)).toMatchObject([{ chargeOn: '2027-01-31', amount: 10_000 }])
    world.clock.set(at(0, '02:00'))
    expect(await world.billing.dryRun(DUE_DAY)).toMatchObject({ toPutOff: 1, toCharge: { count: 0 } })
    expect((await bill(0)).state).toBe('complete')
    expect(world.bank.taken).toEqual([])
    expect((await told(sub)).at(-1)).toMatchObject({ cycleNo: 2, chargeOn: '2027-02-03', amount: 20_000 })
    await bill(3)
    expect(world.takenFrom(sub)).toMatchObject([{ total: 20_000 }])
    await world.provenEqual()
  })

  test('brings near by their own wish is made on the day they saw', async () => {
    const sub = await world.subscribe()
    world.clock.set(at(-1, '12:00'))
    await setQuantity(world.deps, asked(sub), 2)
    expect(await told(sub)).toMatchObject([{ chargeOn: '2027-01-31', amount: 20_000 }])
    await bill(0)
    expect(world.takenFrom(sub)).toMatchObject([{ total: 20_000 }])
  })
})

describe('a charge that is put off', () => {
  test('can be changed and left out until the evening before it is made', async () => {
    const [changed, skipped, late] = [
      await world.subscribe(),
      await world.subscribe(),
      await world.subscribe(),
    ]
    await bill(1)
    world.clock.set(at(3, '17:59'))
    expect(await setQuantity(world.deps, asked(changed), 3)).toMatchObject({ kind: 'changed' })
    expect(await skipAgreedDelivery(world.deps, asked(skipped), DUE_DAY)).toMatchObject({ kind: 'changed' })
    expect((await told(changed)).at(-1)).toMatchObject({ chargeOn: '2027-02-04', amount: 30_000 })
    world.clock.set(at(3, '18:00'))
    await setQuantity(world.deps, asked(late), 3)
    await bill(4)
    expect(world.takenFrom(changed)).toMatchObject([{ total: 30_000 }])
    expect(world.takenFrom(skipped)).toEqual([])
    expect(world.takenFrom(late)).toMatchObject([{ total: 10_000 }])
    await world.provenEqual()
  })

  test('is over when a change of the period moves its cycle, which is told of and charged on its new day', async () => {
    const [later, untold] = [await world.subscribe(), await world.subscribe()]
    await bill(1)
    for (const sub of [later, untold])
      expect(await told(sub)).toMatchObject([{ cycleNo: 2, due: '2027-01-31', chargeOn: '2027-02-04' }])
    world.clock.set(at(2, '12:00'))
    for (const sub of [later, untold])
      expect(await setPeriod(world.deps, asked(sub), { unit: 'days', count: 60 })).toMatchObject({
        kind: 'changed',
      })
    expect((await world.stored(later.id)).subscription).toMatchObject({ putOff: null })
    await bill(4)
    expect(world.bank.taken).toEqual([])
    await sql`update subscriptions.subscription set next_due = '2027-12-31' where id = ${untold.id}`.execute(
      world.db,
    )
    await notices(27)
    await sql`update subscriptions.subscription set next_due = '2027-03-02' where id = ${untold.id}`.execute(
      world.db,
    )
    expect((await told(later)).at(-1)).toMatchObject({
      cycleNo: 2,
      due: '2027-03-02',
      chargeOn: '2027-03-02',
    })
    await bill(30)
    expect(world.takenFrom(later)).toHaveLength(1)
    // Whom the notice of the new day did not reach is told first, like anybody else.
    expect(world.takenFrom(untold)).toEqual([])
    expect((await told(untold)).at(-1)).toMatchObject({ due: '2027-03-02', chargeOn: '2027-03-05' })
    await bill(33)
    expect(world.takenFrom(untold)).toHaveLength(1)
    await world.provenEqual()
  })

  test('and then is left out gives way to the next one in the night of that one', async () => {
    const sub = await world.subscribe()
    await bill(1)
    await skipAgreedDelivery(world.deps, asked(sub), DUE_DAY)
    await notices(27)
    await bill(30)
    expect(world.takenFrom(sub)).toHaveLength(1)
    expect((await world.stored(sub.id)).subscription.latestCycle).toMatchObject({ no: 3 })
    await world.provenEqual()
  })

  test('comes before the next one, and each is told of', async () => {
    const sub = await world.subscribe({ days: 7, anchor: DUE_DAY.subtract({ days: 7 }) })
    // Due on the day itself and a week after it; back only on the sixth day.
    await bill(6)
    expect(await told(sub)).toMatchObject([{ cycleNo: 2, chargeOn: '2027-02-09' }])
    await bill(7)
    await bill(9)
    expect(world.takenFrom(sub)).toHaveLength(1)
    expect((await world.stored(sub.id)).subscription.latestCycle).toMatchObject({ no: 2, open: false })
    await bill(10)
    expect(await told(sub)).toMatchObject([
      { cycleNo: 2, chargeOn: '2027-02-09' },
      { cycleNo: 3, chargeOn: '2027-02-13' },
    ])
    await bill(13)
    expect(world.takenFrom(sub)).toHaveLength(2)
    await world.provenEqual()
  })
})

describe('the sweep of notices', () => {
  test('waits for the morning, makes them once a day and leaves the rest of the day alone', async () => {
    const sub = await world.subscribe()
    await notices(-3, '08:59')
    expect(await told(sub)).toEqual([])
    await notices(-3, '23:10')
    expect(await told(sub)).toMatchObject([{ chargeOn: '2027-01-31' }])
    const late = await world.subscribe()
    await notices(-3, '23:20')
    expect(await told(late)).toEqual([])
    expect(await announceCharges(world.deps)).toBe(1)
  })

  test('that broke off goes on', async () => {
    const subs = await world.subscribeMany(3)
    world.clock.set(at(-3, '09:00'))
    await world.db.transaction().execute(async (tx) => {
      await sql`select from subscriptions.subscription where id = ${subs[0]?.id ?? ''} for update`.execute(tx)
      await sweepNotices(world.deps)
    })
    await sql`truncate subscriptions.notice_day`.execute(world.db)
    await notices(-3, '09:01')
    for (const sub of subs) expect(await told(sub)).toHaveLength(1)
  })
})

describe('a dry run', () => {
  test('of today says what would be put off; of a day to come, what would be charged on it', async () => {
    const [sub, noMethod] = [
      await world.subscribe({ quantity: 2 }),
      await world.subscribe({ withoutMethod: true }),
    ]
    await world.subscribe({ anchor: DUE_DAY.subtract({ days: 20 }) })
    const before = await world.checksum()
    const plan = (days: number) => world.billing.dryRun(DUE_DAY.add({ days }))
    const none = { toCharge: { count: 0, amount: 0 }, toPutOff: 0, waiting: 0 }
    expect(await plan(0)).toMatchObject({ ...none, due: 2, toPutOff: 2 })
    expect(await plan(2)).toMatchObject({ ...none, due: 0 })
    expect(await plan(3)).toMatchObject({ due: 2, toCharge: { count: 1, amount: 20_000 }, withoutMethod: 1 })
    expect(await plan(10)).toMatchObject({ due: 1, toCharge: { count: 1, amount: 10_000 } })
    expect(await plan(30)).toMatchObject({ due: 2, toCharge: { count: 1, amount: 20_000 }, withoutMethod: 1 })
    expect(await world.checksum()).toEqual(before)
    world.clock.set(DUE_AT)
    await world.run()
    expect(await plan(3)).toMatchObject({ due: 2, toCharge: { count: 1, amount: 20_000 }, withoutMethod: 1 })
    expect([...world.takenFrom(sub), ...world.takenFrom(noMethod)]).toEqual([])
  })
})
