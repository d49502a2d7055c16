import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Broker, startBroker, whyNoBroker } from '../../../../local/kafka.ts'
import { newId } from '../../ids.ts'
import { until } from '../../resilience/poll-until.ts'
import { counted, type EventWorld, noting, openEvents, other } from '../relay.fixture.ts'
import { isBrokerThere } from './topics.ts'

/** Two databases that share nothing but a real broker. Where none can be had, these tests say so and are skipped. */
const missing = await whyNoBroker()
if (missing !== undefined) console.warn(`no Kafka broker here, its tests are skipped: ${missing}`)

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const PATIENCE = { timeout: 180_000 }

describe.skipIf(missing !== undefined)('events over a real broker', PATIENCE, () => {
  let broker: Broker
  let here: EventWorld
  let there: EventWorld
  beforeAll(async () => {
    broker = await startBroker()
    here = await openEvents()
    there = await openEvents()
  }, 180_000)
  afterEach(async () => {
    await Promise.all([here.stopAll(), there.stopAll()])
  })
  afterAll(async () => {
    await here?.close()
    await there?.close()
    await broker?.remove()
  })

  const kafka = (isElsewhere: boolean) => ({
    cluster: { brokers: [broker.address], prefix: 'test' },
    isElsewhere: () => isElsewhere,
  })
  const tell = () => here.start([noting('at home')], { kafka: kafka(false) })
  const hear = (name: string, contracts?: Parameters<typeof noting>[2]) =>
    there.start([noting(name, undefined, contracts)], { kafka: kafka(true) })

  async function publish(subject: string, from: number, to: number): Promise<void> {
    for (let n = from; n <= to; n += 1) await here.publish(subject, n, n)
  }

  it('come to another database once and in order, also what was told before it listened', async () => {
    const [early, late] = [newId(), newId()]
    tell()
    await publish(early, 1, 20)
    hear('far')
    expect(await there.untilHandled('far', 20, early)).toEqual(upTo(20))
    await publish(late, 1, 20)
    expect(await there.untilHandled('far', 20, late)).toEqual(upTo(20))
    expect(await here.untilHandled('at home', 20, late)).toEqual(upTo(20))
    // What came from elsewhere is not told again.
    const { rows } = await sql<{ own: number }>`
      select count(*)::int as own from platform.event_log where not arrived`.execute(there.database.db)
    expect(rows).toEqual([{ own: 0 }])
  })

  it('are all there for a subscriber that is added later, and for a type it wants later', async () => {
    tell()
    const subject = newId()
    await here.publish(subject, 1, 7, other)
    hear('added', [counted])
    await there.untilHandled('added', 40)
    await there.stopAll()
    hear('added later', [counted, other])
    expect(await there.untilHandled('added later', 1, subject)).toEqual([7])
    expect((await there.untilHandled('added later', 41)).length).toBe(41)
  })

  it('wait while the broker is dead, and lose and repeat nothing when it is back', async () => {
    tell()
    const far = hear('far')
    const subject = newId()
    await publish(subject, 1, 10)
    await there.untilHandled('far', 10, subject)
    const { cluster } = kafka(true)
    expect(await isBrokerThere(cluster)).toBe(true)
    await broker.kill()
    expect(await isBrokerThere(cluster)).toBe(false)
    await publish(subject, 11, 30)
    // Those at home hear as ever.
    expect(await here.untilHandled('at home', 30, subject)).toEqual(upTo(30))
    expect(await there.handled('far', subject)).toEqual(upTo(10))
    // How far behind it is nobody knows now; 0 would be good news.
    await expect(far.kafkaLag()).rejects.toThrow()
    await broker.start()
    expect(await isBrokerThere(cluster)).toBe(true)
    const all = until(
      async () => {
        const list = await there.handled('far', subject)
        return list.length >= 30 && list
      },
      { what: 'the rest to come', deadlineMs: 90_000, everyMs: 100 },
    )
    expect(await all).toEqual(upTo(30))
    await until(async () => (await far.kafkaLag()) === 0, {
      what: 'no lag',
      deadlineMs: 10_000,
      everyMs: 100,
    })
  })

  it('that are sent twice are taken once; two processes of a database share the work', async () => {
    const teller = tell()
    const pair = [hear('far'), hear('far')]
    const subject = newId()
    await publish(subject, 1, 10)
    await there.untilHandled('far', 10, subject)
    await teller.stop()
    // As if the process had died between the sending and the note of it, at the very beginning.
    await sql`update platform.subscriber set position = 0 where name = 'kafka'`.execute(here.database.db)
    tell()
    await publish(subject, 11, 20)
    await there.untilHandled('far', 20, subject)
    await pair[0]?.stop()
    await publish(subject, 21, 30)
    expect(await there.untilHandled('far', 30, subject)).toEqual(upTo(30))
    const { rows } = await sql<{ handled: number; distinct: number }>`
      select count(*)::int as handled, count(distinct (subject, n))::int as distinct
      from handled where subscriber = 'far'`.execute(there.database.db)
    expect(rows[0]?.handled).toBe(rows[0]?.distinct)
  })

  it('are passed over when they are none of ours, and what follows comes', async () => {
    const { Producer, stringSerializers } = await import('@platformatic/kafka')
    tell()
    hear('far')
    const subject = newId()
    await publish(subject, 1, 1)
    await there.untilHandled('far', 1, subject)
    const stranger = new Producer({
      clientId: 'stranger',
      bootstrapBrokers: [broker.address],
      serializers: stringSerializers,
    })
    for (const value of ['no JSON', '{"specversion":"1.0"}'])
      await stranger.send({ messages: [{ topic: 'test.test', key: subject, value }] })
    await stranger.close()
    await publish(subject, 2, 3)
    expect(await there.untilHandled('far', 3, subject)).toEqual(upTo(3))
  })
})

describe('what a process took over from the broker', () => {
  it('moves the place with it, and is refused when another has moved the place', async () => {
    const world = await openEvents()
    try {
      const take = async (from: number, to: number, versions: readonly number[]) => {
        const events = versions.map((version) => ({
          event_id: newId(),
          source: 'elsewhere',
          type: 'test.counted',
          subject: 'one',
          subject_version: version,
          schema_version: 2,
          occurred_at: '2026-11-29T00:00:00Z',
          data: { n: version },
          request_id: null,
          traceparent: null,
        }))
        const { rows } = await sql<{ taken: boolean }>`
          select platform.take_arrivals('t', 0, ${from}, ${to}, ${JSON.stringify(events)}::jsonb) as taken`.execute(
          world.database.db,
        )
        return rows[0]?.taken
      }
      const versions = async () => {
        const { rows } = await sql<{ version: number }>`
          select subject_version as version from platform.event_log order by seq`.execute(world.database.db)
        return rows.map(({ version }) => version)
      }
      expect(await take(0, 3, [1, 2, 3])).toBe(true)
      expect(await take(0, 2, [1, 2])).toBe(false)
      expect(await take(3, 6, [2, 3, 4])).toBe(true)
      const raced = await Promise.all([take(6, 7, [5]), take(6, 7, [5])])
      expect(raced.toSorted()).toEqual([false, true])
      expect(await versions()).toEqual([1, 2, 3, 4, 5])
    } finally {
      await world.close()
    }
  })
})
