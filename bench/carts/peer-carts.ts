import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'

/** Carts of the yardstick: as many of customers as of visitors. */
const CARTS = 2_000
export const FIRST = 100_000_000_000
const LAST = FIRST + CARTS - 1
/** What the ids begin with of customers' carts, of these customers, of visitors' carts, and of lines. */
export const ID = {
  cart: '0192f000-0000-7000-8001-',
  customer: '0192f000-0000-7000-8002-',
  visitor: '0192f000-0000-7000-8003-',
  line: '0192f000-0000-7000-8004-',
} as const

/** What pgbench sets before each transaction. */
export const PRELUDE = [
  String.raw`\set bench_who random(${FIRST}, ${LAST})`,
  String.raw`\set bench_line random(100000000000, 999999999999)`,
  String.raw`\set bench_key random(100000000000, 999999999999)`,
] as const

const theirs = sql`id between ${`${ID.cart}${FIRST}`}::uuid and ${`${ID.visitor}${LAST}`}::uuid`

/** Makes the carts anew, empty. */
export async function openPeerCarts(db: Db): Promise<void> {
  await forgetPeerCarts(db)
  await sql`
    insert into cart.cart (id, customer_id, created_at, changed_at)
    select (${ID.cart} || n)::uuid, (${ID.customer} || n)::uuid, now(), now()
    from generate_series(${FIRST}::bigint, ${LAST}::bigint) n
    union all select (${ID.visitor} || n)::uuid, null, now(), now()
    from generate_series(${FIRST}::bigint, ${LAST}::bigint) n`.execute(db)
  await sql`vacuum analyze cart.cart, cart.line, platform.idempotency_key`.execute(db)
}

/** Removes them, and the keys of all carts. */
export async function forgetPeerCarts(db: Db): Promise<void> {
  await sql`delete from cart.cart where ${theirs}`.execute(db)
  await sql`delete from platform.idempotency_key where scope like 'cart:%'`.execute(db)
}

/** Pieces in these carts, and keys of additions to carts. */
export async function countPeerCarts(db: Db): Promise<{ pieces: number; keys: number }> {
  const { rows } = await sql<{ pieces: number; keys: number }>`
    select (select coalesce(sum(quantity), 0) from cart.line
        where cart_id in (select id from cart.cart where ${theirs})) as pieces,
      (select count(*) from platform.idempotency_key where scope like 'cart:%' and status = 200) as keys`.execute(
    db,
  )
  const [row] = rows
  if (row === undefined) throw new Error('no carts')
  return row
}
