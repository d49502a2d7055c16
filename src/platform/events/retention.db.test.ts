import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../ids.ts'
import { createLog } from '../telemetry/log.ts'
import { systemClock } from '../time/clock.ts'
import { forgetHandledEvents } from './inbox.ts'
import { eventLag } from './lag.ts'
import { discardDeadEvents, replayDeadEvents } from './parked.ts'
import { type EventWorld, noting, openEvents } from './relay.fixture.ts'
import { forgetOldEvents, leaveGoneSubscribers } from './retention.ts'

let world: EventWorld
beforeAll(async () => {
  world = await openEvents()
})
afterAll(() => world.close())

const kept = async () => {
  const { rows } = await sql<{ n: number }>`select count(*) as n from platform.event_log`.execute(
    world.database.db,
  )
  return rows[0]?.n
}

it('history is forgotten when it is old enough and behind the slowest subscriber, and never otherwise', async () => {
  const { db } = world.database
  const subject = newId()
  for (const n of [1, 2, 3]) await world.publish(subject, n, n)
  world.start([noting('quick'), noting('slow')])
  await world.untilDelivered('quick', 'slow')
  await world.stopAll()
  await sql`
    update platform.subscriber set position = (select min(seq) from platform.event_log) where name = 'slow'`.execute(
    db,
  )
  const later = systemClock.now().add({ hours: 31 * 24 })
  expect(await forgetOldEvents(db, later, 0)).toBe(0)
  expect(await forgetOldEvents(db, systemClock.now(), 30)).toBe(0)
  expect(await forgetOldEvents(db, later, 30)).toBe(1)
  expect(await kept()).toBe(2)

  // The slow one has left the software: after a while nobody waits for it.
  await sql`update platform.subscriber set seen_at = now() - interval '60 days' where name = 'slow'`.execute(
    db,
  )
  expect(await leaveGoneSubscribers(db, systemClock.now(), [])).toEqual([])
  expect(await leaveGoneSubscribers(db, later, ['quick'])).toEqual(['slow'])
  expect(await forgetOldEvents(db, later, 30)).toBe(2)
  expect(await kept()).toBe(0)

  // An emptied log gives no number again, and places stay where they are.
  await world.publish(subject, 4, 4)
  world.start([noting('quick')])
  expect(await world.untilHandled('quick', 4, subject)).toEqual([1, 2, 3, 4])
  await world.stopAll()
})

it('dead events are tried again or given up together, by subscriber and type', async () => {
  const { db } = world.database
  let broken = true
  const fail = () => {
    if (broken) throw new Error('broken')
  }
  // Each look at the clock is an hour later, so that all tries are over at once.
  let hours = 0
  const inAHurry = { now: () => systemClock.now().add({ hours: hours++ }) }
  const relay = world.start([noting('one', fail), noting('two', fail)], inAHurry)
  const subjects = Array.from({ length: 5 }, () => newId())
  for (const subject of subjects) await world.publish(subject, 1, 1)
  const dead = async (subscriber: string) => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from platform.parked_event where subscriber = ${subscriber} and state = 'dead'`.execute(
      db,
    )
    return rows[0]?.n ?? 0
  }
  await expect.poll(async () => [await dead('one'), await dead('two')], { timeout: 20_000 }).toEqual([6, 6])

  broken = false
  expect(await replayDeadEvents(db, { subscriber: 'one', type: 'test.other' }, systemClock.now())).toBe(0)
  expect(await replayDeadEvents(db, { subscriber: 'one' }, systemClock.now())).toBe(6)
  await world.untilHandled('one', 6)
  expect(await dead('two')).toBe(6)
  expect(await discardDeadEvents(db, { type: 'test.counted' })).toBe(6)
  expect(await dead('two')).toBe(0)
  await relay.stop()
  expect(await world.handled('two')).toEqual([])
})

it('after a long standstill nothing is repeated, whoever is first: the tidying up or the relay', async () => {
  const { db } = world.database
  const subject = newId()
  const hosted = ['stood', 'returned']
  for (const n of [1, 2, 3]) await world.publish(subject, n, n)
  world.start(hosted.map((name) => noting(name)))
  await world.untilDelivered(...hosted)
  await world.stopAll()
  // It crashed before its place was moved past what it had handled, and one event was still to come.
  await sql`
    update platform.subscriber set position = position - 1, seen_at = now() - interval '100 days'
    where name = any(${hosted}::text[])`.execute(db)
  await sql`update platform.inbox set handled_at = now() - interval '100 days'`.execute(db)
  await world.publish(subject, 4, 4)

  await forgetHandledEvents(db, systemClock.now())
  // A process that hosts only one of them is first.
  expect(await leaveGoneSubscribers(db, systemClock.now(), ['stood'])).toEqual(['returned'])
  expect(await leaveGoneSubscribers(db, systemClock.now(), ['stood'])).toEqual([])
  const shown = async () =>
    (await eventLag(db, systemClock.now())).subscribers
      .map(({ name }) => name)
      .filter((name) => hosted.includes(name))
  expect(await shown()).toEqual(['stood'])

  const warned: unknown[] = []
  const log = Object.assign(createLog('silent'), { warn: (facts: unknown) => warned.push(facts) })
  world.start(
    hosted.map((name) => noting(name)),
    { log },
  )
  for (const name of hosted) await world.untilHandled(name, 4, subject)
  await world.untilDelivered(...hosted)
  await world.stopAll()
  for (const name of hosted) expect(await world.handled(name, subject)).toEqual([1, 2, 3, 4])
  expect(warned).toContainEqual({ subscribers: ['returned'] })
  expect((await shown()).toSorted()).toEqual(['returned', 'stood'])
})
