/** Prepared statements are read by general plans, which know no parameter: partial indexes must be usable all the same. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { scriptedProvider } from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'
import { openChargeOf } from './attempt-store.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 1 })
})
afterAll(() => world.database.drop())

async function plansOf(part: string): Promise<string[]> {
  const { rows } = await sql<{ statement: string }>`
    select statement from pg_prepared_statements where statement like '%' || ${part}::text || '%'`.execute(
    world.db,
  )
  return Promise.all(
    rows.map(async ({ statement }) => {
      const plan = await sql
        .raw<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${statement}`)
        .execute(world.db)
      return plan.rows.map((row) => row['QUERY PLAN']).join('\n')
    }),
  )
}

it('charges of a method that are under way are found by their index, whatever the plan', async () => {
  const played = scriptedProvider('kakaopay', { lookupByMerchantRef: false }, () => world.clock.now())
  const here = shopOf(world, world.depsWith(played.provider))
  const { subscriber, prepared, send, endMethod, tell } = tokensOf(world, here)
  const customer = await subscriber()
  for (let time = 0; time < 3; time += 1) {
    await send((await prepared(customer)).id)
    world.clock.advance({ minutes: 1 })
    await openChargeOf(world.db, newId())
  }
  for (let time = 0; time < 3; time += 1) {
    const { method } = await subscriber()
    await endMethod(method.id)
    expect(await tell(method.id)).toBe(1)
  }
  // As with many rows, of which the planner knows nothing yet.
  await sql`set enable_seqscan = off`.execute(world.db)
  const byMethod = await plansOf('"method_id" = $1')
  expect(byMethod).toHaveLength(3)
  for (const plan of byMethod) expect(plan).toContain('attempt_one_per_token')
})
