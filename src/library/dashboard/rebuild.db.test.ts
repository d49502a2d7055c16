import { type KyselyPlugin, sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import type { LoanFact } from '../../contracts/library/loan-events.ts'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import { type Db, transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { until } from '../../platform/resilience/poll-until.ts'
import { systemClock } from '../../platform/time/clock.ts'
import { readDashboard } from './dashboard-view.ts'
import { dashboardSchema } from './index.ts'
import { LOAN_NEWS } from './loan-news.ts'
import { takeInNews } from './read-model.ts'
import { rebuildDashboard } from './rebuild.ts'

let database: TestDatabase
let db: Db
/** Whose pages were told to look again. */
let told: string[]
beforeEach(async () => {
  database = await testDatabase([dashboardSchema])
  db = database.db
  told = []
})
afterEach(() => database.drop())

const broadcast: Broadcast = {
  publish: () => {},
  publishAfterCommit: (_, __, payload) => void told.push((payload as { patronId: string }).patronId),
  subscribe: () => () => {},
  start: async () => {},
  close: async () => {},
}
const rebuild = (on = db) => rebuildDashboard({ db: on, clock: systemClock, broadcast })

const BOOK = newId()
const NOON = '2026-12-01T03:00:00Z'
/** As many copies are out as the version says: what is shown tells which version it is. */
const loanOf = (loanId: string, patronId: string, version: number): LoanFact => ({
  loanId,
  patronId,
  bookId: BOOK,
  title: '토지',
  state: 'active',
  quantity: 1_000_000,
  out: version,
  borrowedAt: NOON,
  dueOn: '2026-12-15',
  dueVersion: 1,
  lateFees: 0,
})
const TIME = Temporal.Instant.from(NOON)
const newsOf = (loanId: string, patronId: string, version: number) => ({
  type: 'renewed',
  version,
  time: TIME,
  loan: loanOf(loanId, patronId, version),
  detail: {},
})
const news = (loanId: string, patronId: string, version: number) =>
  transact(db, (tx) => takeInNews(tx, newsOf(loanId, patronId, version), TIME))

const shown = async () => (await sql`select * from dashboard.shown_loan order by loan_id`.execute(db)).rows
/** What must be shown, by the events kept alone. */
const expected = async () =>
  (
    await sql`
      select distinct on (loan_id) loan_id, version, (loan->>'out')::int as copies_out
      from dashboard.loan_event order by loan_id, version desc`.execute(db)
  ).rows
const isRight = async () => {
  const rows = await expected()
  expect(await shown()).toMatchObject(rows)
  return rows.length
}

it('news that comes while it is made is neither lost nor doubled, and readers see every step of it', async () => {
  // Enough for several portions.
  const old = Array.from({ length: 1_200 }, () => ({ loanId: newId(), patronId: newId() }))
  for (const { loanId, patronId } of old) await news(loanId, patronId, 1)
  const watched = old.filter((_, n) => n % 400 === 0)
  const versions = new Map(watched.map(({ loanId }) => [loanId, 1]))
  let isOver = false
  let taken = 0
  const writing = watched.map(async ({ loanId, patronId }) => {
    for (let version = 2; !isOver; version += 2) {
      // The second of each two comes first.
      await news(loanId, patronId, version + 1)
      versions.set(loanId, version + 1)
      await news(loanId, patronId, version)
      await news(loanId, patronId, version)
      await news(newId(), patronId, 1)
      taken += 1
    }
  })
  let looks = 0
  const reading = watched.map(async ({ loanId, patronId }) => {
    while (!isOver) {
      const known = versions.get(loanId) ?? 0
      const { loans } = await readDashboard(db, patronId)
      const found = loans.find((loan) => loan.loanId === loanId)
      expect(
        found?.out,
        'a version that was shown, or could have been, is shown no more',
      ).toBeGreaterThanOrEqual(known)
      looks += 1
    }
  })
  const places = new Set<unknown>()
  try {
    for (let round = 0; round < 4; round += 1) {
      const before = taken
      expect(await rebuild()).toMatchObject({ corrected: 0, repaired: 0 })
      const { rows } = await sql<{ shown: string }>`select shown from dashboard.read_model`.execute(db)
      places.add(rows[0]?.shown)
      expect(taken, 'news during a rebuild').toBeGreaterThan(before)
    }
  } finally {
    isOver = true
    await Promise.all([...writing, ...reading])
  }
  expect(places).toEqual(new Set(['a', 'b']))
  expect(looks).toBeGreaterThan(20)
  expect(await isRight()).toBeGreaterThan(1_200)
})

it('news that was being taken in when it began is in both models', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: written, resolve: write } = Promise.withResolvers<void>()
  const loanId = newId()
  const taking = transact(db, async (tx) => {
    await takeInNews(tx, newsOf(loanId, newId(), 1), TIME)
    await sql`select 1`.execute(tx)
    write()
    await held
  })
  await written
  const building = rebuild()
  const waits = until(
    async () =>
      (
        await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          db,
        )
      ).rows.length,
    { what: 'the rebuild to wait for it', deadlineMs: 10_000 },
  )
  await Promise.race([building, waits])
  letGo()
  await taking
  await building
  expect(await shown()).toMatchObject([{ loan_id: loanId, copies_out: 1 }])
})

/** A connection on which the statement with this number is never sent, nor any after it: its process has died. */
function dyingAt(last: number): Db {
  let sent = 0
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      sent += 1
      if (sent >= last) throw new Error('died')
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return db.withPlugin(plugin)
}

it('whoever dies at any step leaves what is shown as it was, and it can be begun again', async () => {
  const patronId = newId()
  for (let n = 0; n < 600; n += 1) await news(newId(), patronId, 1)
  const fresh = newId()
  await sql`update dashboard.loan set copies_out = 7 where loan_id in (
    select loan_id from dashboard.loan order by loan_id limit 3)`.execute(db)
  let deaths = 0
  for (let last = 1; ; last += 1) {
    const before = await shown()
    const result = await rebuild(dyingAt(last)).catch((error: unknown) => String(error))
    if (typeof result !== 'string') {
      expect(result).toEqual({ loans: 601, corrected: 3, repaired: 0 })
      break
    }
    expect(result).toBe('Error: died')
    deaths += 1
    expect(await shown()).toEqual(before)
    // News is shown as ever.
    await news(fresh, patronId, deaths)
    expect(await shown()).toContainEqual(expect.objectContaining({ loan_id: fresh, copies_out: deaths }))
  }
  expect(deaths).toBeGreaterThan(10)
  expect(told).toEqual([patronId])
  await isRight()
})

it('what was lost of the events kept is told again from the log: what was taken in, and nothing that still comes', async () => {
  const types = { borrowed: LOAN_NEWS.borrowed, renewed: LOAN_NEWS.renewed }
  const logged = async (type: keyof typeof types, loanId: string, patronId: string, version: number) => {
    const eventId = newId()
    const { rows } = await sql<{ seq: number }>`
      insert into platform.event_log
        (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
      values (${eventId}, 'borrow', ${types[type].type}, ${loanId}, ${version}, 1, ${NOON}::timestamptz,
              ${JSON.stringify({ loan: loanOf(loanId, patronId, version) })}::jsonb)
      returning seq`.execute(db)
    return { eventId, seq: rows[0]?.seq ?? 0, loanId, patronId }
  }
  const lost = await logged('borrowed', newId(), newId(), 1)
  const differs = await logged('renewed', newId(), newId(), 2)
  const parked = await logged('borrowed', newId(), newId(), 1)
  const last = await logged('borrowed', newId(), newId(), 1)
  await logged('renewed', lost.loanId, lost.patronId, 2)
  await sql`insert into platform.subscriber (name, position) values ('dashboard.loans', ${last.seq})`.execute(
    db,
  )
  await sql`
    insert into platform.parked_event
      (subscriber, event_id, subject, position, envelope, state, next_at, reason)
    values ('dashboard.loans', ${parked.eventId}, ${parked.loanId}, ${parked.seq}, '{}', 'dead', now(), 'test')`.execute(
    db,
  )
  await news(differs.loanId, differs.patronId, 2)
  await sql`update dashboard.loan_event set loan = jsonb_set(loan, '{out}', '9') where loan_id = ${differs.loanId}`.execute(
    db,
  )
  // Of before what the log holds: it stands as it was kept.
  const ancient = newId()
  await news(ancient, newId(), 3)
  expect(await rebuild()).toEqual({ loans: 4, corrected: 2, repaired: 3 })
  const seen = new Map((await shown()).map((row) => Object.values(row as object)).map(([id, at]) => [id, at]))
  expect(seen).toEqual(
    new Map([
      [lost.loanId, 1],
      [differs.loanId, 2],
      [last.loanId, 1],
      [ancient, 3],
    ]),
  )
  expect(await rebuild()).toEqual({ loans: 4, corrected: 0, repaired: 0 })
})

it('of two at once the last goes on, and the other says so', async () => {
  for (let n = 0; n < 600; n += 1) await news(newId(), newId(), 1)
  let other: Promise<unknown> | undefined
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    // Once it has begun, the other begins and goes to its end.
    transformResult: async ({ result }) => {
      other ??= rebuild()
      await other
      return result
    },
  }
  await expect(rebuild(db.withPlugin(plugin))).rejects.toThrow('Another rebuild')
  expect(await other).toEqual({ loans: 600, corrected: 0, repaired: 0 })
  expect(await isRight()).toBe(600)
})
