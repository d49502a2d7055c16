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
