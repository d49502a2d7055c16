import { type KyselyPlugin, sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import type { LoanFact } from '../../contracts/library/loan-events.ts'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import { type Db, transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { until } from '../../platform/resilience/poll-until.ts'
import { systemClock } from '../../platform/time/clock.ts'
import { UserError } from '../../platform/user-error.ts'
import { readDashboard } from './dashboard-view.ts'
import { dashboardSchema } from './index.ts'
import { LOAN_NEWS } from './loan-news.ts'
import { takeInNews } from './read-model.ts'
import { type RebuildDeps, rebuildDashboard } from './rebuild.ts'

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
const rebuild = (on = db, more: Partial<RebuildDeps> = {}) =>
  rebuildDashboard({ db: on, clock: systemClock, broadcast, ...more })

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
const places = async () => (await sql`select shown, building from dashboard.read_model`.execute(db)).rows[0]
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
  try {
    for (let round = 0; round < 4; round += 1) {
      const before = taken
      expect(await rebuild()).toMatchObject({ corrected: 0, repaired: 0 })
      expect(await places()).toEqual({ shown: 'a', building: null })
      expect(taken, 'news during a rebuild').toBeGreaterThan(before)
    }
  } finally {
    isOver = true
    await Promise.all([...writing, ...reading])
  }
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

it('whoever dies at any step leaves something whole shown, and it can be begun again', async () => {
  const patronId = newId()
  for (let n = 0; n < 600; n += 1) await news(newId(), patronId, 1)
  const fresh = newId()
  await news(fresh, patronId, 1)
  const damage = () =>
    sql`update dashboard.loan set copies_out = 700 where loan_id in (
      select loan_id from dashboard.loan order by loan_id limit 3)`.execute(db)
  await damage()
  const wrong = async () =>
    (await shown()).filter((row) => (row as { copies_out: number }).copies_out === 700).length
  let deaths = 0
  const diedAt = new Set<unknown>()
  for (let last = 1; ; last += 1) {
    const result = await rebuild(dyingAt(last)).catch((error: unknown) => String(error))
    if (typeof result !== 'string') {
      expect(result).toEqual({ loans: 601, corrected: 3, repaired: 0 })
      break
    }
    expect(result).toBe('Error: died')
    deaths += 1
    const { shown: place } = (await places()) as { shown: string }
    diedAt.add(place)
    // All of the old, or all of the new.
    expect(await wrong()).toBe(place === 'a' ? 3 : 0)
    // News is shown as ever, and an older release shows it too.
    await news(fresh, patronId, deaths + 1)
    const isFresh = expect.objectContaining({ loan_id: fresh, copies_out: deaths + 1 })
    expect(await shown()).toContainEqual(isFresh)
    expect(await ofOldRelease()).toContainEqual(isFresh)
    if (place === 'b') {
      expect(await rebuild()).toEqual({ loans: 601, corrected: 0, repaired: 0 })
      await damage()
    }
  }
  expect(diedAt).toEqual(new Set(['a', 'b']))
  expect(deaths).toBeGreaterThan(10)
  expect(new Set(told)).toEqual(new Set([patronId]))
  await isRight()
  expect(await ofOldRelease()).toEqual(await shown())
})

/** How the release before there were two read models takes news in: this is its statement. */
const newsOfOldRelease = (loanId: string, patronId: string, version: number) => {
  const { type, time, loan, detail } = newsOf(loanId, patronId, version)
  return sql`
    with fresh as (
      insert into dashboard.loan_event (loan_id, version, type, occurred_at, received_at, patron_id, loan, detail)
      values (${loan.loanId}, ${version}, ${type}, ${time}, ${TIME}, ${loan.patronId},
              ${JSON.stringify(loan)}::jsonb, ${JSON.stringify(detail)}::jsonb)
      on conflict do nothing returning loan_id, version, patron_id, occurred_at, received_at),
    shown as (
      insert into dashboard.loan (loan_id, version, patron_id, book_id, title, state, quantity, copies_out,
                                  borrowed_at, due_on, late_fees)
      select loan_id, version, patron_id, ${loan.bookId}::uuid, ${loan.title}, ${loan.state}, ${loan.quantity}::int,
             ${loan.out}::int, ${loan.borrowedAt}::timestamptz, ${loan.dueOn}::date, ${loan.lateFees}::bigint
      from fresh
      on conflict (loan_id) do update set
        version = excluded.version, title = excluded.title, state = excluded.state,
        copies_out = excluded.copies_out, due_on = excluded.due_on, late_fees = excluded.late_fees
      where loan.version < excluded.version)
    insert into dashboard.patron (patron_id, revision, as_of, changed_at)
    select patron_id, 1, occurred_at, received_at from fresh
    on conflict (patron_id) do update set
      revision = patron.revision + 1, as_of = greatest(patron.as_of, excluded.as_of),
      changed_at = excluded.changed_at`.execute(db)
}
/** What that release shows. */
const ofOldRelease = async () => (await sql`select * from dashboard.loan order by loan_id`.execute(db)).rows

it('a process of the release before it may run beside it and after it, and both show the same', async () => {
  const old = Array.from({ length: 1_200 }, () => ({ loanId: newId(), patronId: newId() }))
  for (const { loanId, patronId } of old) await news(loanId, patronId, 1)
  const watched = old.filter((_, n) => n % 300 === 0)
  let isOver = false
  let taken = 0
  const writing = watched.map(async ({ loanId, patronId }, n) => {
    for (let version = 2; !isOver; version += 1) {
      // Each loan is heard of by both, in turns.
      await ((version + n) % 2 === 0 ? news : newsOfOldRelease)(loanId, patronId, version)
      await newsOfOldRelease(newId(), patronId, 1)
      taken += 1
      for (const table of ['loan', 'shown_loan']) {
        const { rows } =
          await sql`select copies_out from ${sql.table(`dashboard.${table}`)} where loan_id = ${loanId}`.execute(
            db,
          )
        expect(rows).toEqual([{ copies_out: version }])
      }
    }
  })
  const ended = Promise.allSettled(writing)
  try {
    for (let round = 0; round < 3; round += 1) {
      const before = taken
      await sql`update dashboard.loan set copies_out = 900000 where loan_id = ${old[1]?.loanId}`.execute(db)
      expect(await rebuild()).toMatchObject({ corrected: 1, repaired: 0 })
      expect(taken, 'news during a rebuild').toBeGreaterThan(before)
    }
  } finally {
    isOver = true
    await ended
  }
  await Promise.all(writing)
  await isRight()
  const [{ loanId, patronId } = { loanId: '', patronId: '' }] = old
  await news(loanId, patronId, 500_000)
  await newsOfOldRelease(newId(), patronId, 1)
  expect(await isRight()).toBeGreaterThan(1_200)
  expect(await ofOldRelease()).toEqual(await shown())
})

it('what a release left that changed places for good is taken over', async () => {
  const patronId = newId()
  for (let n = 0; n < 3; n += 1) await news(newId(), patronId, 1)
  const gone = newId()
  await sql`insert into dashboard.loan_b select * from dashboard.loan`.execute(db)
  await sql`update dashboard.read_model set shown = 'b'`.execute(db)
  await sql`update dashboard.loan set copies_out = 9, version = 9`.execute(db)
  await sql`insert into dashboard.loan select ${gone}, 1, patron_id, book_id, title, state, quantity, copies_out,
    borrowed_at, due_on, late_fees from dashboard.loan limit 1`.execute(db)
  await newsOfOldRelease(newId(), patronId, 1)
  expect(await isRight()).toBe(4)
  expect(await rebuild()).toEqual({ loans: 4, corrected: 0, repaired: 0 })
  expect(await places()).toEqual({ shown: 'a', building: null })
  expect(await isRight()).toBe(4)
  expect(told).toEqual([])
})

it('gives way to what holds a lock, lets news pass meanwhile, and says at last what is the matter', async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: written, resolve: write } = Promise.withResolvers<void>()
  const hanging = transact(db, async (tx) => {
    await takeInNews(tx, newsOf(newId(), newId(), 1), TIME)
    await sql`select 1`.execute(tx)
    write()
    await held
  })
  await written
  const building = rebuild(db, { patienceMs: 2_000 }).then(
    () => undefined,
    (error: unknown) => error,
  )
  let isOver = false
  void building.then(() => {
    isOver = true
  })
  let passed = 0
  let slowest = 0
  while (!isOver) {
    const startedAt = performance.now()
    await news(newId(), newId(), 1)
    slowest = Math.max(slowest, performance.now() - startedAt)
    passed += 1
  }
  expect(await building).toBeInstanceOf(UserError)
  expect(await building).toMatchObject({
    message: expect.stringContaining('held a lock on the dashboards for 2 s'),
  })
  expect(passed).toBeGreaterThan(20)
  // It would have stood behind the lock until the patience of a connection (5 s) ended.
  expect(slowest).toBeLessThan(1_500)
  letGo()
  await hanging
  expect(await rebuild()).toMatchObject({ loans: passed + 1, corrected: 0 })
})

it('makes no further step once it is to stop', async () => {
  for (let n = 0; n < 5; n += 1) await news(newId(), newId(), 1)
  let steps = 0
  for (let last = 1; ; last += 1) {
    const stop = new AbortController()
    let sent = 0
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        sent += 1
        if (sent === last) stop.abort(new Error('stop'))
        return result
      },
    }
    const result = await rebuild(db.withPlugin(plugin), { signal: stop.signal }).catch((error: unknown) =>
      String(error),
    )
    expect(await isRight()).toBe(5)
    // Of the last step nothing is left to stop.
    if (typeof result !== 'string') break
    expect(result).toBe('Error: stop')
    // To the end of the step under way: no step has more than this many statements.
    expect(sent - last).toBeLessThan(6)
    steps += 1
  }
  expect(steps).toBeGreaterThan(10)
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

it('whose events were put right is told: also who had lost all of them, and who lost only what is past', async () => {
  const logged = async (loanId: string, patronId: string, version: number, at: string) => {
    const { rows } = await sql<{ seq: number }>`
      insert into platform.event_log
        (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
      values (${newId()}, 'borrow', ${LOAN_NEWS.renewed.type}, ${loanId}, ${version}, 1, ${at}::timestamptz,
              ${JSON.stringify({ loan: loanOf(loanId, patronId, version) })}::jsonb)
      returning seq`.execute(db)
    return rows[0]?.seq ?? 0
  }
  const [lostAll, lostPast, whole] = [newId(), newId(), newId()]
  const loans = [newId(), newId(), newId()] as const
  await logged(loans[0], lostAll, 1, '2026-12-01T01:00:00Z')
  await logged(loans[0], lostAll, 2, '2026-12-01T02:00:00Z')
  await logged(loans[1], lostPast, 1, '2026-12-01T02:00:00Z')
  await logged(loans[1], lostPast, 2, NOON)
  const last = await logged(loans[2], whole, 1, NOON)
  await sql`insert into platform.subscriber (name, position) values ('dashboard.loans', ${last})`.execute(db)
  await news(loans[1], lostPast, 2)
  await news(loans[2], whole, 1)
  expect(await rebuild()).toEqual({ loans: 3, corrected: 1, repaired: 3 })
  const seen = await readDashboard(db, lostAll)
  // Once for its history, once for the loans shown.
  expect(seen).toMatchObject({ revision: 2, asOf: '2026-12-01T02:00:00Z', borrowed: 2 })
  expect(seen.history).toHaveLength(2)
  const past = await readDashboard(db, lostPast)
  expect(past).toMatchObject({ revision: 2, asOf: NOON })
  expect(past.history).toHaveLength(2)
  expect(await readDashboard(db, whole)).toMatchObject({ revision: 1, asOf: NOON })
  expect(told.toSorted()).toEqual([lostAll, lostAll, lostPast].toSorted())
})

it('of two at once the last goes on, and the other says so', async () => {
  for (let n = 0; n < 600; n += 1) await news(newId(), newId(), 1)
  let other: Promise<unknown> | undefined
  let answers = 0
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    // Once it has begun (two answers, and the first of its next step), the other begins and goes to its end.
    transformResult: async ({ result }) => {
      answers += 1
      if (answers === 3) {
        other = rebuild()
        await other
      }
      return result
    },
  }
  await expect(rebuild(db.withPlugin(plugin))).rejects.toThrow('Another rebuild')
  expect(await other).toEqual({ loans: 600, corrected: 0, repaired: 0 })
  expect(await isRight()).toBe(600)
})
