import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import type { PublishedTerms, SellingTerms } from './selling-terms.ts'

/** Every version that was published, the newest first. */
export async function readTerms(db: Db | Tx): Promise<PublishedTerms[]> {
  const { rows } = await sql<{
    version: number
    delivery_fee: Won
    free_from: Won
    return_fee: Won
    exchange_fee: Won
    recurring_discount: number
    valid_from: Temporal.Instant
    published_at: Temporal.Instant
    published_by: string
  }>`
    select version, delivery_fee, free_from, return_fee, exchange_fee, recurring_discount, valid_from, published_at,
      published_by
    from orders.selling_terms order by version desc`.execute(db)
  return rows.map((row) => ({
    version: row.version,
    terms: {
      delivery: { fee: row.delivery_fee, freeFrom: row.free_from },
      returns: { returnFee: row.return_fee, exchangeFee: row.exchange_fee },
      recurringDiscount: row.recurring_discount,
    },
    validFrom: row.valid_from,
    publishedAt: row.published_at,
    publishedBy: row.published_by,
  }))
}

/** The settings that held before the first version was published; undefined: none was, or by an earlier release. */
export async function readFirstTerms(db: Db | Tx): Promise<SellingTerms | undefined> {
  const { rows } = await sql<{
    delivery_fee: Won
    free_from: Won
    return_fee: Won
    exchange_fee: Won
    recurring_discount: number
  }>`
    select delivery_fee, free_from, return_fee, exchange_fee, recurring_discount
    from orders.first_terms`.execute(db)
  const [row] = rows
  return (
    row && {
      delivery: { fee: row.delivery_fee, freeFrom: row.free_from },
      returns: { returnFee: row.return_fee, exchangeFee: row.exchange_fee },
      recurringDiscount: row.recurring_discount,
    }
  )
}

/** Keeps what held before the first version; what is kept already stays. */
export async function keepFirstTerms(
  tx: Tx,
  { delivery, returns, recurringDiscount }: SellingTerms,
): Promise<void> {
  await sql`
    insert into orders.first_terms (delivery_fee, free_from, return_fee, exchange_fee, recurring_discount)
    values (${delivery.fee}, ${delivery.freeFrom}, ${returns.returnFee}, ${returns.exchangeFee}, ${recurringDiscount})
    on conflict do nothing`.execute(tx)
}

/** Writes a version. False when there is one of this number. */
export async function insertTerms(
  tx: Tx,
  { version, terms, validFrom, publishedAt, publishedBy }: PublishedTerms,
): Promise<boolean> {
  const { delivery, returns, recurringDiscount } = terms
  const { numAffectedRows } = await sql`
    insert into orders.selling_terms (version, delivery_fee, free_from, return_fee, exchange_fee, recurring_discount,
      valid_from, published_at, published_by)
    values (${version}, ${delivery.fee}, ${delivery.freeFrom}, ${returns.returnFee}, ${returns.exchangeFee},
      ${recurringDiscount}, ${validFrom}, ${publishedAt}, ${publishedBy})
    on conflict (version) do nothing`.execute(tx)
  return Number(numAffectedRows ?? 0n) > 0
}
