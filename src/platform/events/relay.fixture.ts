/** For tests of events only: a database with a table of what was handled, and relays that are stopped with it. */

import { sql } from 'kysely'
import Type from 'typebox'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { type Tx, transact } from '../database/database.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { systemClock } from '../time/clock.ts'
import { defineEvent } from './event.ts'
import { appendEvents } from './outbox.ts'
import { type Relay, type RelayOptions, startRelay } from './relay.ts'
import { type Handler, on, type Received, type Subscriber } from './subscriber.ts'

export const counted = defineEvent('test.counted', 2, Type.Object({ n: Type.Integer() }), {
  1: {
    schema: Type.Object({ count: Type.Integer() }),
    upcast: (old) => ({ n: (old as { count: number }).count }),
  },
})
export const other = defineEvent('test.other', 1, Type.Object({ n: Type.Integer() }))

/** Writes down what it handles, after `first` has had its way. */
export function noting(
  name: string,
  first: (event: Received<{ n: number }>, tx: Tx) => unknown = () => {},
  contracts: readonly (typeof counted | typeof other)[] = [counted],
): Subscriber {
  const handlers = contracts.map(
    (contract): Handler =>
      on(contract, async (tx, event) => {
        await first(event, tx)
        await sql`insert into handled (subscriber, subject, n) values (${name}, ${event.subject}, ${event.data.n})`.execute(
          tx,
        )
      }),
  )
  return { name, handlers }
}

export interface EventWorld {
  database: TestDatabase
  start(subscribers: readonly Subscriber[], options?: Partial<RelayOptions>): Relay
  stopAll(): Promise<void>
  publish(
    subject: string,
    version: number,
    n: number,
    contract?: typeof counted | typeof other,
  ): Promise<void>
  /** What a subscriber handled, in order; of all subjects or one. */
  handled(subscriber: string, subject?: string): Promise<number[]>
  /** Waits until a subscriber has handled so many. */
  untilHandled(subscriber: string, count: number, subject?: string): Promise<number[]>
  /** Waits until all that was published is in the log, and these subscribers have passed it. */
  untilDelivered(...subscribers: string[]): Promise<void>
  close(): Promise<void>
}

export async function openEvents(database?: TestDatabase): Promise<EventWorld> {
  const on = database ?? (await testDatabase())
  const { db, url } = on
  await sql`
    create table handled (position bigint generated always as identity, subscriber text, subject text, n int)`.execute(
    db,
  )
  let relays: Relay[] = []
  const stopAll = async () => {
    await Promise.all(relays.map((relay) => relay.stop()))
    relays = []
  }
  const handled = async (subscriber: string, subject?: string) => {
    const { rows } = await sql<{ n: number }>`
      select n from handled where subscriber = ${subscriber} and subject = coalesce(${subject ?? null}, subject)
      order by position`.execute(db)
    return rows.map(({ n }) => n)
  }
  return {
    database: on,
    start: (subscribers, options = {}) => {
      const relay = startRelay({
        db,
        url,
        subscribers,
        now: systemClock.now,
        log: createLog('silent'),
        pollMs: 100,
        ...options,
      })
      relays.push(relay)
      return relay
    },
    stopAll,
    publish: (subject, version, n, contract = counted) =>
      transact(db, (tx) =>
        appendEvents(tx, 'test', systemClock.now(), [contract.of(subject, version, { n })]),
      ),
    handled,
    untilHandled: (subscriber, count, subject) =>
      until(
        async () => {
          const list = await handled(subscriber, subject)
          return list.length >= count && list
        },
        { deadlineMs: 20_000, what: `${subscriber} to handle ${count}` },
      ),
    untilDelivered: async (...names) => {
      const look = async () => {
        const { rows } = await sql<{ left: boolean; known: number }>`
          select exists (select from platform.undelivered
                         where subscriber is null or subscriber = any(${names}::text[])) as left,
                 (select count(distinct subscriber) from platform.subscription
                  where subscriber = any(${names}::text[])) as known`.execute(db)
        return rows.some(({ left, known }) => !left && known === names.length)
      }
      await until(look, { deadlineMs: 30_000, everyMs: 50, what: `${names.join()} to have everything` })
    },
    close: async () => {
      await stopAll()
      await on.drop()
    },
  }
}
