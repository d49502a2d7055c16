import { sql } from 'kysely'
import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../database/database.ts'
import { newId } from '../ids.ts'
import { createLog } from '../telemetry/log.ts'
import { systemClock } from '../time/clock.ts'
import { defineEvent } from './event.ts'
import { appendEvents } from './outbox.ts'
import { discardDeadEvent, listDeadEvents, replayDeadEvent } from './parked.ts'
import { type Relay, startRelay } from './relay.ts'
import { on, type Subscriber } from './subscriber.ts'

const counted = defineEvent('test.counted', 2, Type.Object({ n: Type.Integer() }), {
  1: { schema: Type.Object({ count: Type.Integer() }), upcast: (old) => ({ n: Object(old).count }) },
})

const NAME = 'test.subscriber'

let database: TestDatabase
let relays: Relay[] = []

beforeAll(async () => {
  database = await testDatabase()
  await sql`create table handled (position bigint generated always as identity, subject text, n int)`.execute(
    database.db,
  )
})
afterAll(() => database.drop())

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out: ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

function start(handlerOf: (subject: string, n: number) => void, now = systemClock.now): Relay {
  const subscriber: Subscriber = {
    name: NAME,
    handlers: [
      on(counted, async (tx, event) => {
        handlerOf(event.subject, event.data.n)
        await sql`insert into handled (subject, n) values (${event.subject}, ${event.data.n})`.execute(tx)
      }),
    ],
  }
  const relay = startRelay({
    db: database.db,
    url: database.url,
    subscribers: [subscriber],
    now,
    log: createLog('silent'),
    pollMs: 200,
  })
  relays.push(relay)
  return relay
}

async function stopAll() {
  await Promise.all(relays.map((relay) => relay.stop()))
  relays = []
}

async function publish(subject: string, version: number, n: number) {
  await transact(database.db, (tx) =>
    appendEvents(tx, 'test', systemClock.now(), [counted.of(subject, version, { n })]),
  )
}

async function handledOf(subject: string): Promise<number[]> {
  const { rows } = await sql<{
    n: number
  }>`select n from handled where subject = ${subject} order by position`.execute(database.db)
  return rows.map((row) => row.n)
}

async function parkedOf(subject: string) {
  const { rows } = await sql<{ state: string; reason: string }>`
    select state, reason from platform.parked_event where subject = ${subject} order by position`.execute(
    database.db,
  )
  return rows
}

describe('the relay', () => {
  it('hands events of one subject over in order, each once, with two relays competing', async () => {
    const subjects = Array.from({ length: 20 }, () => newId())
    start(() => {})
    start(() => {})
    await Promise.all(
      subjects.map(async (subject) => {
        for (let n = 1; n <= 25; n++) await publish(subject, n, n)
      }),
    )
    await until('all handled', async () =>
      (await Promise.all(subjects.map(handledOf))).every((list) => list.length >= 25),
    )
    for (const subject of subjects)
      expect(await handledOf(subject)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
    expect(relays.filter((relay) => relay.leads(NAME))).toHaveLength(1)
    await stopAll()
  })

  it('takes over when the leader stops', async () => {
    const first = start(() => {})
    await until('leader', async () => first.leads(NAME))
    const second = start(() => {})
    await first.stop()
    const subject = newId()
    await publish(subject, 1, 7)
    await until('handled by the second', async () => (await handledOf(subject)).length === 1)
    expect(second.leads(NAME)).toBe(true)
    await stopAll()
  })

  it('publishes nothing when the transaction rolls back', async () => {
    start(() => {})
    const subject = newId()
    await transact(database.db, async (tx, rollback) => {
      await appendEvents(tx, 'test', systemClock.now(), [counted.of(subject, 1, { n: 1 })])
      return rollback(undefined)
    })
    const marker = newId()
    await publish(marker, 1, 1)
    await until('marker', async () => (await handledOf(marker)).length === 1)
    expect(await handledOf(subject)).toEqual([])
    await stopAll()
  })

  it('reads older versions, and lets unknown ones wait for a process that knows them', async () => {
    const old = newId()
    const future = newId()
    await transact(database.db, async (tx) => {
      await appendEvents(tx, 'test', systemClock.now(), [
        { type: 'test.counted', schemaVersion: 1, subject: old, subjectVersion: 1, data: { count: 41 } },
        { type: 'test.counted', schemaVersion: 3, subject: future, subjectVersion: 1, data: { n: 1 } },
      ])
    })
    start(() => {})
    await until('old version handled', async () => (await handledOf(old)).length === 1)
    expect(await handledOf(old)).toEqual([41])
    await until('future parked', async () => (await parkedOf(future)).length === 1)
    expect(await parkedOf(future)).toEqual([{ state: 'newer', reason: expect.stringContaining('version 3') }])
    await stopAll()

    // A day later nobody of that version has come: now a person must look.
    start(
      () => {},
      () => systemClock.now().add({ hours: 25 }),
    )
    await until('future dead', async () =>
      (await listDeadEvents(database.db, { limit: 10 })).some((e) => e.subject === future),
    )
    const [dead] = (await listDeadEvents(database.db, { limit: 10 })).filter((e) => e.subject === future)
    expect(dead?.reason).toContain('unknown version 3')
    expect(await discardDeadEvent(database.db, dead?.id ?? 0)).toBe(true)
    await stopAll()
  })

  it('parks only the poisoned subject, keeps its order, and goes on after a replay', async () => {
    let poison = true
    let hours = 0
    const bad = newId()
    const good = newId()
    // Every look at the clock is an hour later, so all retries come due at once.
    start(
      (subject, n) => {
        if (subject === bad && n === 2 && poison) throw new Error('poisoned')
      },
      () => systemClock.now().add({ hours: hours++ }),
    )
    for (let n = 1; n <= 4; n++) await publish(bad, n, n)
    for (let n = 1; n <= 4; n++) await publish(good, n, n)
    await until('good subject done', async () => (await handledOf(good)).length === 4)
    await until('dead', async () =>
      (await listDeadEvents(database.db, { limit: 10 })).some((e) => e.subject === bad),
    )
    expect(await handledOf(bad)).toEqual([1])
    const [dead] = (await listDeadEvents(database.db, { limit: 10 })).filter((e) => e.subject === bad)
    expect(dead).toMatchObject({ state: 'dead', attempts: 6, reason: 'poisoned' })

    poison = false
    expect(await replayDeadEvent(database.db, dead?.id ?? 0, systemClock.now())).toBe(true)
    expect(await replayDeadEvent(database.db, 999_999, systemClock.now())).toBe(false)
    await until('the rest in order', async () => (await handledOf(bad)).length === 4)
    expect(await handledOf(bad)).toEqual([1, 2, 3, 4])
    await stopAll()
  })
})
