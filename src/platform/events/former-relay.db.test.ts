import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, it } from 'vitest'
import { emptyDatabase } from '../../../test/support/database.ts'
import { openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrate.ts'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { platformSchema } from '../schema.ts'
import { deliverAll } from './deliver.ts'
import { envelopeOf, type OutboxRow } from './outbox.ts'
import { counted, type EventWorld, noting, openEvents } from './relay.fixture.ts'

/** A database as the version before the event log left it. */
async function formerDatabase() {
  const { url, drop } = await emptyDatabase()
  const database = openDatabase({ url, poolSize: 10, statementTimeoutMs: 15_000 })
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-former-'))
  for (const name of ['0001-platform.sql', '0002-inbox-age.sql'])
    await cp(new URL(name, platformSchema.folder), join(folder, name))
  await migrate(database.db, [{ schema: 'platform', folder: pathToFileURL(`${folder}/`) }])
  await rm(folder, { recursive: true })
  return {
    ...database,
    drop: async () => {
      await database.close()
      await drop()
    },
  }
}

/** The relay of that version: leads by one lock for all, and marks rows as delivered. */
async function formerRelay({ database }: EventWorld, subscriberName: string) {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const subscriber = noting(subscriberName)
  return {
    leads: async () => (await client.query('select pg_try_advisory_lock(7316501) as led')).rows[0].led,
    /** Delivers up to so many events; marks those that are to be marked. */
    turn: async (limit: number, marked = limit) => {
      const { rows } = await sql<OutboxRow>`
        select * from platform.outbox where delivered_at is null order by position limit ${limit}`.execute(
        database.db,
      )
      const deliveries = rows
        .filter(({ type }) => type === counted.type)
        .map((row) => ({ envelope: envelopeOf(row), position: row.position }))
      await deliverAll({ db: database.db, now: Temporal.Now.instant }, subscriber, deliveries, 1)
      const positions = rows.slice(0, marked).map(({ position }) => position)
      await sql`update platform.outbox set delivered_at = now() where position = any(${positions}::bigint[])`.execute(
        database.db,
      )
      return rows.length
    },
    stop: () => client.end(),
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

it('a database of the version before loses nothing, repeats nothing, and shows its history to new subscribers', async () => {
  const world = await openEvents(await formerDatabase())
  const { db } = world.database
  try {
    const subjects = Array.from({ length: 6 }, () => newId())
    const tell = async (from: number, to: number) => {
      for (const n of upTo(to).slice(from - 1))
        for (const subject of subjects) await world.publish(subject, n, n)
    }
    const former = await formerRelay(world, 'mine')
    expect(await former.leads()).toBe(true)
    await tell(1, 5)
    // Some are delivered, some of those not marked yet, some not delivered.
    await former.turn(20, 14)
    // Handled long ago: the inbox has forgotten it, the mark has not.
    await sql`delete from platform.inbox where event_id in (select event_id from platform.outbox where position <= 3)`.execute(
      db,
    )

    expect(await migrate(db, [platformSchema])).toContain('platform/0004-event-log')
    const newer = world.start([noting('mine'), noting('new')])
    // The version before still leads: it goes on, and the new one only reads what is history.
    await tell(6, 8)
    expect(await former.turn(12)).toBe(12)
    await until(() => newer.leads('new'), { deadlineMs: 10_000, what: 'the new one to lead what is new' })
    await world.untilHandled('new', 14)
    expect(await former.turn(5, 2)).toBe(5)
    await former.stop()

    // Now it is gone, and no other of its kind comes to lead any more.
    await tell(9, 10)
    for (const subject of subjects) {
      expect(await world.untilHandled('mine', 10, subject)).toEqual(upTo(10))
      expect(await world.untilHandled('new', 10, subject)).toEqual(upTo(10))
    }
    await world.untilDelivered('mine', 'new')
    const again = await formerRelay(world, 'mine')
    expect(await again.leads()).toBe(false)
    await again.stop()
    expect(await world.handled('mine')).toHaveLength(60)
    expect(await world.handled('new')).toHaveLength(60)
  } finally {
    await world.close()
  }
})

it('subscribers of before that have heard nothing for long hear nothing twice either; a new shop has no former ones', async () => {
  const world = await openEvents(await formerDatabase())
  const { db } = world.database
  try {
    const subject = newId()
    const former = await formerRelay(world, 'orders')
    await world.publish(subject, 1, 1)
    await former.turn(1)
    await former.stop()
    await sql`delete from platform.inbox`.execute(db)
    await migrate(db, [platformSchema])
    world.start([noting('orders'), noting('new')])
    await world.publish(subject, 2, 2)
    expect(await world.untilHandled('new', 2)).toEqual([1, 2])
    await world.untilDelivered('orders', 'new')
    expect(await world.handled('orders')).toEqual([1, 2])
  } finally {
    await world.close()
  }
  const fresh = await openEvents()
  try {
    expect((await sql`select name from platform.subscriber`.execute(fresh.database.db)).rows).toEqual([])
  } finally {
    await fresh.close()
  }
})

it('a version is told once, whether its event is still in the outbox or not', async () => {
  const world = await openEvents()
  try {
    const [waiting, carried] = [newId(), newId()]
    await world.publish(carried, 1, 1)
    world.start([])
    await world.untilDelivered()
    await world.stopAll()
    await world.publish(waiting, 1, 1)
    for (const subject of [waiting, carried])
      await expect(world.publish(subject, 1, 1)).rejects.toMatchObject({ code: '23505' })
    await world.publish(carried, 2, 2)
  } finally {
    await world.close()
  }
})
