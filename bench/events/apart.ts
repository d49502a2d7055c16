import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { whyNoBroker } from '../../local/kafka.ts'
import { holdPlaced } from '../../src/contracts/library/hold-events.ts'
import { loanRenewed } from '../../src/contracts/library/loan-events.ts'
import { type Db, openDatabase, transact } from '../../src/platform/database/database.ts'
import type { NewEvent } from '../../src/platform/events/event.ts'
import { appendEvents } from '../../src/platform/events/outbox.ts'
import { newId } from '../../src/platform/ids.ts'
import { UserError } from '../../src/platform/user-error.ts'
import { type LibraryService, startFleet } from '../../test/crash/library/fleet.ts'
import { equalFigure, type Figure, percentile, timeFigure } from '../measure/figure.ts'
import type { BenchOptions } from '../measure/options.ts'
import { PER_SECOND, publishEvenly } from './publish-evenly.ts'

const P99_LIMIT_MS = 150
/** Until all has been compiled, and consumers have joined. */
const WARM_UP_SECONDS = 3

/** A way of events from one database to another, by a real broker. */
interface Way {
  name: string
  from: LibraryService
  to: LibraryService
  eventOf(id: string): NewEvent
  /** Which of these have had their effect there. */
  arrived(db: Db, ids: readonly string[]): Promise<string[]>
  /** How many had their effect there, each time counted. */
  effects(db: Db): Promise<number>
}

const NOW = () => Temporal.Now.instant().toString()

/** Every renewal has a reader of its own, whose dashboard counts how often it changed. */
const RENEWALS: Way = {
  name: 'lending → dashboard',
  from: 'borrow',
  to: 'dashboard',
  eventOf: (id) =>
    loanRenewed.of(id, 1, {
      loan: {
        loanId: id,
        patronId: id,
        bookId: id,
        title: '토지',
        state: 'active',
        quantity: 1,
        out: 1,
        borrowedAt: NOW(),
        dueOn: '2026-12-31',
        dueVersion: 2,
        lateFees: 0,
      },
    }),
  arrived: async (db, ids) =>
    (
      await sql<{ id: string }>`
        select loan_id as id from dashboard.loan_event where loan_id = any(${ids}::uuid[])`.execute(db)
    ).rows.map(({ id }) => id),
  effects: async (db) =>
    (await sql<{ n: number }>`select coalesce(sum(revision), 0)::int as n from dashboard.patron`.execute(db))
      .rows[0]?.n ?? 0,
}

/** Who waits for a title, as lending knows it. */
const HOLDS: Way = {
  name: 'catalogue → lending',
  from: 'book',
  to: 'borrow',
  eventOf: (id) => holdPlaced.of(id, 1, { hold: { holdId: id, bookId: id, patronId: id, title: '토지' } }),
  arrived: async (db, ids) =>
    (
      await sql<{ id: string }>`
        select hold_id as id from borrow.waiting_hold where hold_id = any(${ids}::uuid[])`.execute(db)
    ).rows.map(({ id }) => id),
  effects: async (db) =>
    (await sql<{ n: number }>`select count(*)::int as n from borrow.waiting_hold where waiting`.execute(db))
      .rows[0]?.n ?? 0,
}

/**
 * How long an event takes from just before its commit in one service's database until its effect has been committed in
 * another's, over a real broker: a process and a database server for each service, as they stand apart. Two ways, one
 * after the other. Afterwards there is one effect for each event, nobody has an event left, and none was set aside.
 * @throws UserError where there can be no broker
 */
export async function measureEventsApart({ seconds }: BenchOptions): Promise<Figure[]> {
  const missing = await whyNoBroker(() => console.error('Fetching Kafka (once) …'))
  if (missing !== undefined) throw new UserError(`There is no Kafka here, it needs java and mvn: ${missing}`)
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-bench-'))
  try {
    const fleet = await startFleet({ folder, carrier: 'kafka', more: { DEMO: 'off', LOG_LEVEL: 'warn' } })
    try {
      const figures: Figure[] = []
      for (const way of [RENEWALS, HOLDS]) figures.push(...(await measureWay(way, fleet.databaseOf, seconds)))
      return figures
    } finally {
      await fleet.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureWay(
  way: Way,
  databaseOf: (service: LibraryService) => string,
  seconds: number,
): Promise<Figure[]> {
  const [from, to] = [way.from, way.to].map((service) =>
    openDatabase({ url: databaseOf(service), poolSize: 4, statementTimeoutMs: 30_000 }),
  )
  if (!from || !to) throw new Error('a way has two ends')
  try {
    const publish = (forSeconds: number) =>
      publishEvenly(forSeconds, {
        commit: (id) =>
          transact(from.db, (tx) => appendEvents(tx, way.from, Temporal.Now.instant(), [way.eventOf(id)])),
        handled: (ids) => way.arrived(to.db, ids),
        newId,
      })
    const warm = await publish(WARM_UP_SECONDS)
    const times = await publish(seconds)
    const { rows } = await sql<{ left: number }>`
      select ((select count(*) from platform.undelivered) + (select count(*) from platform.parked_event))::int as left`.execute(
      to.db,
    )
    return [
      timeFigure(`${way.name}, p99 at ${PER_SECOND}/s`, percentile(times, 0.99), P99_LIMIT_MS),
      timeFigure(`${way.name}, p50`, percentile(times, 0.5), P99_LIMIT_MS),
      equalFigure(`${way.name}, effects`, await way.effects(to.db), warm.length + times.length),
      equalFigure(`${way.name}, left or aside`, rows[0]?.left ?? -1, 0),
    ]
  } finally {
    await from.close()
    await to.close()
  }
}
