/** Tables of a whole day, as large as they may be, and the token by which they are kept. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { businessDate } from '../../../platform/time/clock.ts'
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
  // Not a promise of speed: a loop in a loop over them took longer than a test may.
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
