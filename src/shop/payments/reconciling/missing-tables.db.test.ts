/** Days whose table nobody has brought: of a provider that gives programs no list. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testDatabase } from '../../../../test/support/database.ts'
import { type Db, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { paymentsWorld, type World } from '../payments.fixture.ts'
import { adapter as kakaopay } from '../providers/kakaopay/kakaopay-testing.ts'
import { adapter as toss } from '../providers/toss/toss-testing.ts'
import { missingTables } from './missing-tables.ts'
import { reconcileTable } from './reconcile-table.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld()
})
afterAll(() => world.database.drop())

const NOWHERE = 'http://127.0.0.1:9'
const HEAD = 'type,tid,aid,partner_order_id,amount,approved_at'
const seoul = (text: string) => Temporal.Instant.from(`${text}:00+09:00`)

async function paid(
  at: string,
  {
    provider = 'kakaopay',
    state = 'succeeded',
    db = world.db,
  }: { provider?: string; state?: string; db?: Db } = {},
): Promise<string> {
  const id = newId()
  await sql`
    insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
      buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
    values (${id}, ${newId()}, ${newId()}, ${provider}, 'checkout', 'pay', ${state}, 10000, 909, '상품', 1,
      'buyer', 'key', ${id}, ${seoul(at)}, ${seoul(at)}, ${seoul(at)})`.execute(db)
  return id
}
async function refunded(attemptId: string, at: string): Promise<void> {
  await sql`update payments.attempt set refund_reserved = 4000, refunded = 4000 where id = ${attemptId}`.execute(
    world.db,
  )
  await sql`
    insert into payments.refund (id, attempt_id, order_id, amount, tax_free, vat, reason, requested_by, state,
      refundable_before, provider_refund_id, created_at, updated_at, finished_at)
    select ${newId()}, id, order_id, 4000, 0, 364, '환불', 'system', 'succeeded', 10000, id, ${seoul(at)}, ${seoul(at)},
      ${seoul(at)} from payments.attempt where id = ${attemptId}`.execute(world.db)
}

it('are told from the hour on by which they should be here, and no more once they were brought', async () => {
  const deps = world.depsWith(kakaopay(NOWHERE).provider, toss(NOWHERE).provider)
  const missing = async (now: string) => {
    world.clock.set(seoul(now))
    return (await missingTables(deps)).map(({ provider, day }) => `${provider} ${day}`)
  }
  // A Thursday and a Friday, to the minute of their midnights; on Saturday only money that went back.
  const thursday = await paid('2026-11-26T00:00')
  await paid('2026-11-27T23:59')
  await refunded(thursday, '2026-11-28T12:00')
  // Of Toss a program reads the list; what was never paid is in nobody's list.
  await paid('2026-11-25T12:00', { provider: 'toss' })
  await paid('2026-11-24T12:00', { state: 'cancelled' })

  expect(await missing('2026-11-27T11:59')).toEqual([])
  expect(await missing('2026-11-27T12:00')).toEqual(['kakaopay 2026-11-26'])
  expect(await missing('2026-11-30T11:59')).toEqual(['kakaopay 2026-11-26'])
  const all = ['kakaopay 2026-11-26', 'kakaopay 2026-11-27', 'kakaopay 2026-11-28']
  expect(await missing('2026-11-30T12:00')).toEqual(all)

  const bring = async (day: string, now: string) => {
    world.clock.set(seoul(now))
    const cells = ['PAYMENT', 'T1', 'A1', '', '10000', `${day} 12:00:00`]
    const table = [HEAD.split(','), cells].map((row, at) => ({ line: at + 1, cells: row }))
    const wish = { provider: 'kakaopay', day: Temporal.PlainDate.from(day), table, actorId: newId() } as const
    expect(await reconcileTable(deps, { ...wish, keep: 'at_once' })).toMatchObject({ kind: 'reconciled' })
  }
  // Brought while the day was under way, it is not whole; differences do not matter to whether it was brought.
  await bring('2026-11-27', '2026-11-27T23:00')
  expect(await missing('2026-11-30T12:00')).toEqual(all)
  await bring('2026-11-27', '2026-11-30T13:00')
  expect(await missing('2026-11-30T13:00')).toEqual(['kakaopay 2026-11-26', 'kakaopay 2026-11-28'])
  await bring('2026-11-26', '2026-11-30T13:00')
  await bring('2026-11-28', '2026-11-30T13:00')
  expect(await missing('2026-12-30T13:00')).toEqual([])
  await paid('2026-12-29T12:00')
  expect(await missing('2026-12-30T13:00')).toEqual(['kakaopay 2026-12-29'])
  const listing = kakaopay(NOWHERE, { settlementPath: '/list' }).provider
  expect(await missingTables({ ...deps, providers: new Map([['kakaopay', listing]]) })).toEqual([])
})

it('are not asked for of days before an update to a version that asks; a new shop is asked of every day', async () => {
  const { db, drop } = await testDatabase([])
  const run = (text: string) => sql.raw(text).execute(db)
  await run('create schema if not exists payments')
  const files = globSync(`${import.meta.dirname}/../migrations/*.sql`).toSorted()
  const [asking = '', ...after] = files.filter((file) => basename(file) >= '0045')
  for (const file of files.filter((file) => basename(file) < '0045')) await run(readFileSync(file, 'utf8'))
  await transact(db, async (tx, rollback) => {
    await sql.raw(readFileSync(asking, 'utf8')).execute(tx)
    const { rows } = await sql`select since::text from payments.tables_asked_for`.execute(tx)
    expect(rows).toEqual([{ since: '-infinity' }])
    rollback(undefined)
  })
  const now = Temporal.Now.instant()
  const today = businessDate(now)
  await paid(`${today.subtract({ days: 1 })}T12:00`, { db })
  for (const file of [asking, ...after]) await run(readFileSync(file, 'utf8'))
  await paid(`${today}T12:00`, { db })
  world.clock.set(now.add({ hours: 24 * 14 }))
  const deps = { ...world.depsWith(kakaopay(NOWHERE).provider), db }
  expect(await missingTables(deps)).toEqual([{ provider: 'kakaopay', day: today.toString() }])
  await drop()
})
