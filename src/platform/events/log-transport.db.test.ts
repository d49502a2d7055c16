import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { execute } from '../../../test/support/database.ts'
import { transact } from '../database/database.ts'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { systemClock } from '../time/clock.ts'
import { eventLag } from './lag.ts'
import { startLogTransport } from './log-transport.ts'
import { appendEvents } from './outbox.ts'
import { counted, type EventWorld, noting, openEvents, other } from './relay.fixture.ts'

let world: EventWorld
beforeAll(async () => {
  world = await openEvents()
})
afterEach(() => world.stopAll())
afterAll(() => world.close())

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const soon = (what: string, condition: () => unknown) =>
  until(async () => Boolean(await condition()), { deadlineMs: 20_000, what })

/** Publishes 1, 2, … of one subject. */
async function tell(count: number): Promise<string> {
  const subject = newId()
  for (const n of upTo(count)) await world.publish(subject, n, n)
  return subject
}

describe('a subscriber', () => {
  it('that is added later gets all history, once and in order; one that begins now does not', async () => {
    world.start([noting('first')])
    const subjects = [await tell(40), await tell(30)]
    await world.untilDelivered('first')
    await world.stopAll()

    // Several at once, as in a roll-out, and the leader is stopped in the middle.
    const late = [noting('first'), noting('late'), { ...noting('from now'), from: 'now' as const }]
    const [one] = [world.start(late, { batchSize: 7 }), world.start(late, { batchSize: 7 })]
    await world.untilHandled('late', 10)
    await one.stop()
    subjects.push(await tell(20))
    await world.untilDelivered('first', 'late', 'from now')
    for (const [index, count] of [40, 30, 20].entries()) {
      expect(await world.handled('late', subjects[index])).toEqual(upTo(count))
      expect(await world.handled('first', subjects[index])).toEqual(upTo(count))
      expect(await world.handled('from now', subjects[index])).toEqual(index < 2 ? [] : upTo(count))
    }
  })

  it('does not run ahead of an empty log', async () => {
    await sql`delete from platform.event_log`.execute(world.database.db)
    const early = world.start([noting('early')], { pollMs: 10 })
    await soon('it to lead', () => early.leads('early'))
    for (let looks = 0; looks < 20; looks += 1) early.wake()
    const subject = await tell(3)
    expect(await world.untilHandled('early', 3, subject)).toEqual([1, 2, 3])
  })

  it('loses nothing while processes that do not host it lead the others', async () => {
    const mine = world.start([noting('sometimes here'), noting('always here')])
    await tell(1)
    await world.untilDelivered('sometimes here', 'always here')
    await mine.stop()
    world.start([noting('always here')])
    const subject = await tell(25)
    await world.untilHandled('always here', 25, subject)
    const { subscribers } = await eventLag(world.database.db, systemClock.now())
    expect(subscribers.find(({ name }) => name === 'sometimes here')?.pending).toBe(25)
    world.start([noting('sometimes here')])
    expect(await world.untilHandled('sometimes here', 25, subject)).toEqual(upTo(25))
  })

  it('that is slow or broken delays nobody else', async () => {
    const { promise: slowly, resolve: go } = Promise.withResolvers<void>()
    world.start([
      noting('slow', () => slowly),
      noting('broken', () => {
        throw new Error('broken')
      }),
      noting('quick'),
    ])
    const subjects = [await tell(10), await tell(10), await tell(10)]
    for (const subject of subjects) expect(await world.untilHandled('quick', 10, subject)).toEqual(upTo(10))
    expect(await world.handled('slow', subjects[0])).toEqual([])
    go()
    expect(await world.untilHandled('slow', 10, subjects[2])).toEqual(upTo(10))
    await sql`delete from platform.parked_event where subscriber = 'broken'`.execute(world.database.db)
  })

  it('is shared by several processes, each leading some', async () => {
    const names = ['a', 'b', 'c', 'd']
    const left = world.start(names.slice(0, 3).map((name) => noting(name)))
    const right = world.start(names.slice(1).map((name) => noting(name)))
    await soon('all to be led', () => names.every((name) => left.leads(name) || right.leads(name)))
    for (const name of names) expect([left.leads(name), right.leads(name)]).toContain(false)
    expect([left.leads('a'), right.leads('d')]).toEqual([true, true])
    const subject = await tell(10)
    for (const name of names) expect(await world.untilHandled(name, 10, subject)).toEqual(upTo(10))
  })
})

describe('transactions that commit in another order than they began', () => {
  it('are neither skipped nor waited for', async () => {
    world.start([noting('orderly')])
    const [early, late] = [newId(), newId()]
    const { promise: maySettle, resolve: settle } = Promise.withResolvers<void>()
    const { promise: written, resolve: isWritten } = Promise.withResolvers<void>()
    // Its row is in the outbox, before all others, and stays invisible.
    const slow = world.database.db.transaction().execute(async (tx) => {
      await sql`
        insert into platform.outbox
          (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
        values (gen_random_uuid(), 'test', ${counted.type}, ${early}, 1, 2, now(), '{"n": 1}')`.execute(tx)
      isWritten()
      await maySettle
    })
    await written
    for (const n of upTo(50)) await world.publish(late, n, n)
    expect(await world.untilHandled('orderly', 50, late)).toEqual(upTo(50))
    settle()
    await slow
    expect(await world.untilHandled('orderly', 1, early)).toEqual([1])
  })

  it('keep the order of a subject that a transaction begun earlier changed later', async () => {
    world.start([noting('orderly')])
    const subject = newId()
    const { db } = world.database
    await sql`create table aggregate (id text primary key, version int)`.execute(db)
    await sql`insert into aggregate values (${subject}, 0)`.execute(db)
    const next = async (tx: Parameters<typeof appendEvents>[0]) => {
      const { rows } = await sql<{ version: number }>`
        update aggregate set version = version + 1 where id = ${subject} returning version`.execute(tx)
      const version = rows[0]?.version ?? 0
      await appendEvents(tx, 'test', systemClock.now(), [counted.of(subject, version, { n: version })])
    }
    for (let round = 0; round < 20; round += 1) {
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      const { promise: changed, resolve: change } = Promise.withResolvers<void>()
      // It takes its transaction's number first and changes the subject last.
      const first = transact(db, async (tx) => {
        await sql`select pg_current_xact_id()`.execute(tx)
        begin()
        await changed
        await next(tx)
      })
      await begun
      await transact(db, next)
      change()
      await first
    }
    expect(await world.untilHandled('orderly', 40, subject)).toEqual(upTo(40))
  })
})

it('a place is not moved once the connection that read from it broke: a crash may have taken the effects', async () => {
  await tell(3)
  const first: number[] = []
  const transport = startLogTransport({ url: world.database.url, log: createLog('silent'), pollMs: 50 }, [
    {
      name: 'careful',
      types: [counted.type],
      from: 'beginning',
      take: async (deliveries) => {
        first.push(deliveries[0]?.position ?? 0)
        if (first.length > 1) return
        await execute(
          world.database.url,
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'pillivery-events' and datname = current_database()`,
        )
      },
    },
  ])
  await soon('it to be asked again', () => first.length > 1)
  expect(first[1]).toBe(first[0])
  await world.untilDelivered('careful')
  await transport.stop()
})

describe('two versions beside each other', () => {
  it('lose nothing when the older one leads and does not know a type yet', async () => {
    const soonAgain = { now: () => systemClock.now().add({ minutes: 1 }) }
    const older = world.start([noting('rolled out')])
    await soon('the older one to lead', () => older.leads('rolled out'))
    const newer = world.start([noting('rolled out', () => {}, [counted, other])], soonAgain)
    const subject = newId()
    await soon('the newer one to tell what it wants', async () => {
      const { rows } = await sql`select from platform.subscription where type = ${other.type}`.execute(
        world.database.db,
      )
      return rows.length > 0
    })
    await world.publish(subject, 1, 1)
    await world.publish(subject, 2, 2, other)
    await world.publish(subject, 3, 3)
    expect(await world.untilHandled('rolled out', 3, subject)).toEqual([1, 2, 3])
    expect(older.leads('rolled out')).toBe(true)
    await older.stop()
    await soon('the newer one to lead', () => newer.leads('rolled out'))
  })

  it('lose nothing when the older one cannot read what the newer one writes', async () => {
    const older = world.start([noting('reads')])
    await soon('the older one to lead', () => older.leads('reads'))
    const subject = newId()
    await transact(world.database.db, (tx) =>
      appendEvents(tx, 'test', systemClock.now(), [
        { type: counted.type, schemaVersion: 3, subject, subjectVersion: 1, data: { number: 1 } },
        counted.of(subject, 2, { n: 2 }),
      ]),
    )
    await soon('both to be set aside', async () => {
      const { rows } = await sql<{ state: string }>`
        select state from platform.parked_event where subject = ${subject} order by position`.execute(
        world.database.db,
      )
      return rows.map(({ state }) => state).join() === 'newer,waiting'
    })
    const newest = {
      ...noting('reads'),
      handlers: noting('reads').handlers.map((handler) => ({
        ...handler,
        prepare: (envelope: Parameters<typeof handler.prepare>[0]) =>
          handler.prepare({ ...envelope, schemaversion: 2, data: { n: envelope.subjectversion } }),
      })),
    }
    world.start([newest], { now: () => systemClock.now().add({ minutes: 1 }) })
    expect(await world.untilHandled('reads', 2, subject)).toEqual([1, 2])
  })
})

it('the outbox stays small over 100,000 events, and a subscriber that wants few of them passes them', async () => {
  const { db } = world.database
  world.start([noting('rare', () => {}, [other])])
  for (let round = 0; round < 10; round += 1) {
    await sql`
      insert into platform.outbox
        (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
      select gen_random_uuid(), 'test', case when n % 1000 = 0 then ${other.type} else 'test.unheard' end,
             gen_random_uuid(), 1, 1, now(), jsonb_build_object('n', n, 'text', repeat('x', 300))
      from generate_series(1, 10000) as n`.execute(db)
    await world.untilDelivered('rare')
    // As PostgreSQL does by itself once a minute.
    await sql`vacuum platform.outbox`.execute(db)
  }
  const { rows } = await sql<{ left: number; outbox: number; log: number; kept: number }>`
    select (select count(*) from platform.outbox) as left, pg_total_relation_size('platform.outbox') as outbox,
           pg_total_relation_size('platform.event_log') as log,
           (select count(*) from platform.event_log where data ? 'text') as kept`.execute(db)
  expect(rows[0]).toMatchObject({ left: 0, kept: 100_000 })
  expect(rows[0]?.outbox).toBeLessThan(0.2 * (rows[0]?.log ?? 0))
  expect((await world.handled('rare')).filter((n) => n >= 1_000)).toHaveLength(100)
}, 90_000)
