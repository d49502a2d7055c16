/** Tables of a whole day, as large as they may be, and the token by which they are kept. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { BUSINESS_TIME_ZONE, businessDate } from '../../../platform/time/clock.ts'
import { paymentsWorld, START, type World } from '../payments.fixture.ts'
import { adapter } from '../providers/kakaopay/kakaopay-testing.ts'
import { MOST_SETTLED_ROWS, reconcileTable } from './reconcile-table.ts'

const HEAD = 'type,tid,aid,partner_order_id,amount,approved_at'
const DAY = businessDate(START)

let world: World
beforeAll(async () => {
  world = await paymentsWorld()
})
afterAll(() => world.database.drop())

it('a day of as many rows as a table may have is compared and kept', async () => {
  const deps = world.depsWith(adapter('http://127.0.0.1:9').provider)
  const ids = Array.from({ length: MOST_SETTLED_ROWS / 2 }, () => newId())
  await sql`
    insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
      buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
    select id, gen_random_uuid(), gen_random_uuid(), 'kakaopay', 'checkout', 'pay', 'succeeded', 10000, 909, '상품', 1,
      'buyer', 'key', id::text, ${START}, ${START}, ${START} from unnest(${ids}::uuid[]) as id`.execute(
    world.db,
  )
  const row = (ref: string, n: number) => ({
    line: n + 2,
    cells: ['PAYMENT', ref, `A${n}`, '', '10000', `${DAY} 12:00:00`],
  })
  // Half of them are ours; a payment that is there twice is one difference, not two.
  const strange = Array.from({ length: MOST_SETTLED_ROWS / 2 - 1 }, (_, n) => `S${Math.max(1, n)}`)
  const table = [
    { line: 1, cells: HEAD.split(',') },
    ...[...strange, ...ids.toReversed()].map((ref, n) => row(ref, n)),
  ]
  const wish = { provider: 'kakaopay', day: DAY, table, actorId: newId() } as const
  const keep = () => reconcileTable(deps, { ...wish, keep: 'at_once' })
  expect(await keep()).toMatchObject({ matched: MOST_SETTLED_ROWS / 2, late: 0 })
  const { rows } = await sql<{ kept: number }>`
    select count(*)::int as kept from payments.reconciliation_finding
    where day = ${DAY.toString()}::date and gone_at is null`.execute(world.db)
  expect(rows).toEqual([{ kept: strange.length - 1 }])
  // The same again is no news.
  expect(await keep()).toMatchObject({ matched: MOST_SETTLED_ROWS / 2 })
  const events = await sql`
    select 1 from platform.outbox where type = 'shop.payment.books-differ'`.execute(world.db)
  expect(events.rows).toHaveLength(1)
}, 60_000)

it('the token is of the moments in the table and of what was found: nothing is kept that was not shown', async () => {
  const deps = world.depsWith(adapter('http://127.0.0.1:9').provider)
  const day = DAY.add({ days: 1 })
  world.clock.advance({ hours: 24 })
  const tableAt = (time: string) => [
    { line: 1, cells: HEAD.split(',') },
    { line: 2, cells: ['PAYMENT', 'T1', 'A1', '', '10000', `${day} ${time}`] },
  ]
  const bring = async (token?: string, time = '12:00:00') => {
    const keep = token === undefined ? 'not_yet' : { token }
    const wish = { provider: 'kakaopay', day, table: tableAt(time), actorId: newId(), keep } as const
    const result = await reconcileTable(deps, wish)
    return result.kind === 'refused' ? result.code : result
  }
  const tokenOf = (told: Awaited<ReturnType<typeof bring>>) => (typeof told === 'string' ? told : told.token)
  const shown = await bring()
  expect(shown).toMatchObject({ applied: false, differences: [{ kind: 'missing_here' }] })
  expect(await bring(tokenOf(shown), '13:00:00')).toBe('settlement_table_differs')
  // The payment is found after all, before it is kept that it is missing.
  const at = day.toZonedDateTime({ timeZone: BUSINESS_TIME_ZONE, plainTime: '12:00' }).toInstant()
  await sql`
    insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
      buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
    values (${newId()}, ${newId()}, ${newId()}, 'kakaopay', 'checkout', 'pay', 'succeeded', 10000, 909, '상품', 1,
      'buyer', 'key', 'T1', ${at}, ${at}, ${at})`.execute(world.db)
  expect(await bring(tokenOf(shown))).toBe('settlement_table_differs')
  const { rows } = await sql`
    select 1 from payments.reconciliation where day = ${day.toString()}::date`.execute(world.db)
  expect(rows).toEqual([])
  const anew = tokenOf(await bring())
  expect(await bring(anew)).toMatchObject({ applied: true, matched: 1, differences: [] })
  expect(await bring(anew)).toMatchObject({ applied: true, matched: 1 })
})
