import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../ids.ts'
import { systemClock } from '../time/clock.ts'
import { discardDeadEvents, replayDeadEvents } from './parked.ts'
import { type EventWorld, noting, openEvents } from './relay.fixture.ts'
import { forgetGoneSubscribers, forgetOldEvents } from './retention.ts'

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
  expect(await forgetGoneSubscribers(db, systemClock.now())).toEqual([])
  expect(await forgetGoneSubscribers(db, later)).toEqual(['slow'])
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
