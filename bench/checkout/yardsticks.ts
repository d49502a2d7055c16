import { sql } from 'kysely'
import type { BenchOptions } from '../measure/options.ts'
import { type Pgbench, pgbench } from '../measure/pgbench.ts'
import type { Shop } from '../measure/shop.ts'
import { preludeOf, withVariables } from '../orders/variables.ts'
import type { CapturedCheckout } from './checkout-capture.ts'
import { leastCheckout } from './least-checkout.ts'

/** What pgbench did with purchases of one customer while the server stood still. */
export interface Yardsticks {
  readonly sent: Pgbench
  readonly least: Pgbench
  /** Statements of a purchase. */
  readonly statements: { readonly sent: number; readonly least: number }
}

/** Runs the statements of whole purchases, as we send them and the least of them, with all that follows. */
export async function runYardsticks(
  shop: Shop,
  captured: readonly CapturedCheckout[],
  customerId: string,
  { clients, seconds }: Pick<BenchOptions, 'clients' | 'seconds'>,
): Promise<Yardsticks> {
  const sent = captured.map(({ steps, unique }) =>
    withVariables(
      steps.flatMap(({ statements }) => statements),
      unique,
      customerId,
    ),
  )
  const least: string[][] = []
  for (const one of captured)
    least.push(withVariables(await leastCheckout(shop.db, one), one.unique, customerId))
  const prelude = preludeOf(Math.max(...captured.map(({ unique }) => unique.length)))
  const run = async (transactions: readonly string[][]) => {
    const peer = await pgbench(shop.databaseUrl, transactions, { clients, seconds, prelude })
    // Nobody needs to carry the yardstick's events: their effects are among its statements.
    await sql`delete from platform.outbox`.execute(shop.db)
    return peer
  }
  const statements = { sent: sent.at(-1)?.length ?? 0, least: least.at(-1)?.length ?? 0 }
  return { sent: await run(sent), least: await run(least), statements }
}
