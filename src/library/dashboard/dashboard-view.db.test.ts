import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { newId } from '../../platform/ids.ts'
import { readDashboard } from './dashboard-view.ts'
import { dashboardSchema } from './index.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([dashboardSchema])
})
afterAll(() => database.drop())

it('shows numbers, loans and revision of one moment, while loans come and go', async () => {
  const { db } = database
  const [patronId, loanId] = [newId(), newId()]
  let revision = 0
  // A loan of two copies is there in every odd revision.
  const change = () =>
    db.transaction().execute(async (tx) => {
      revision += 1
      const out = revision % 2 === 1 ? 2 : 0
      await sql`
        insert into dashboard.loan values (${loanId}, ${revision}, ${patronId}, ${newId()}, 'T',
          ${out > 0 ? 'active' : 'returned'}, 2, ${out}, now(), '2026-12-14', 0)
        on conflict (loan_id) do update set copies_out = excluded.copies_out, state = excluded.state`.execute(
        tx,
      )
      await sql`
        insert into dashboard.patron values (${patronId}, ${revision}, now(), now())
        on conflict (patron_id) do update set revision = excluded.revision`.execute(tx)
    })
  let isOver = false
  const changing = (async () => {
    while (!isOver) await change()
  })()
  const seen = new Set<number>()
  for (let n = 0; n < 300; n += 1) {
    const { borrowed, loans, revision: at } = await readDashboard(db, patronId)
    seen.add(at)
    const expected = at % 2 === 1 ? 2 : 0
    expect({ at, borrowed, listed: loans.length }).toEqual({ at, borrowed: expected, listed: expected / 2 })
  }
  isOver = true
  await changing
  expect(seen.size).toBeGreaterThan(20)
})

it('says since when news of loans has been on its way to it, and nothing of other news', async () => {
  const { db } = database
  const waiting = async () => (await readDashboard(db, newId())).waitingSince
  const written = (type: string, at: string) =>
    sql`insert into platform.outbox (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
        values (${newId()}, 'test', ${type}, ${newId()}, 1, 1, ${at}::timestamptz, '{}')`.execute(db)
  await written('library.hold.placed', '2026-11-29T01:00:00Z')
  expect(await waiting()).toBeNull()
  await written('library.loan.returned', '2026-11-29T03:00:00Z')
  expect(await waiting()).toBe('2026-11-29T03:00:00Z')
  // In the log, and given to the dashboard up to the first of two.
  await sql`delete from platform.outbox`.execute(db)
  const logged = (at: string, type = 'library.loan.renewed') =>
    sql<{ seq: number }>`
      insert into platform.event_log
        (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
      values (${newId()}, 'test', ${type}, ${newId()}, 1, 1, ${at}::timestamptz, '{}')
      returning seq`.execute(db)
  const [first] = (await logged('2026-11-29T04:00:00Z')).rows
  await logged('2026-11-29T05:00:00Z')
  const place = (seq: number) =>
    sql`insert into platform.subscriber (name, position) values ('dashboard.loans', ${seq})
        on conflict (name) do update set position = excluded.position`.execute(db)
  await place((first?.seq ?? 0) - 1)
  await sql`
    insert into platform.subscription (subscriber, type, wanted_until)
    values ('dashboard.loans', 'library.loan.renewed', now() + interval '1 hour')`.execute(db)
  expect(await waiting()).toBe('2026-11-29T04:00:00Z')
  await place(first?.seq ?? 0)
  expect(await waiting()).toBe('2026-11-29T05:00:00Z')
  await place((first?.seq ?? 0) + 1)
  expect(await waiting()).toBeNull()
  // Set aside, about somebody: whoever it is about is told, and nobody else.
  const patronId = newId()
  await sql`
    insert into platform.parked_event (subscriber, event_id, subject, position, envelope, state, next_at, reason)
    values ('dashboard.loans', ${newId()}, ${newId()}, 1, ${JSON.stringify({
      type: 'library.loan.renewed',
      time: '2026-11-29T02:00:00Z',
      data: { loan: { patronId } },
    })}::jsonb, 'retrying', now(), 'test')`.execute(db)
  expect(await waiting()).toBeNull()
  expect((await readDashboard(db, patronId)).waitingSince).toBe('2026-11-29T02:00:00Z')
  // Its place need not move past what it does not want to hear.
  await logged('2026-11-29T06:00:00Z', 'library.loan.due-soon')
  expect(await waiting()).toBeNull()
})
