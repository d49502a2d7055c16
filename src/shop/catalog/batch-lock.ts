import { sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'

/** Only one batch is written at a time, by whichever process: two imports at once never decide on the same item. */
export async function lockBatches(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('catalog.import'))`.execute(tx)
}
