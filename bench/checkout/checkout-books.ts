import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'

/** What the database says of the purchases of some customers. */
export interface CheckoutBooks {
  readonly paid: number
  /** Orders that are not paid. */
  readonly unpaid: number
  readonly total: number
  readonly pieces: number
  /** Paid orders without exactly one successful attempt, or with another amount in it. */
  readonly wrongAttempts: number
  /** What the ledger says their provider owes us. */
  readonly ledger: number
  /** Orders whose stock is held still. */
  readonly held: number
  /** Events of theirs that a subscriber has not handled, or that are set aside. */
  readonly unheard: number
  readonly events: number
  /** Letters about a payment that have been sent. */
  readonly letters: number
  /** Letters that are not sent. */
  readonly unsent: number
  /** Keys of requests that were answered. */
  readonly keys: number
}

export interface Customer {
  readonly id: string
}

/** Counts what some customers have bought. */
export async function countCheckouts(db: Db, customers: readonly Customer[]): Promise<CheckoutBooks> {
  const ids = customers.map(({ id }) => id)
  const scopes = ids.flatMap((id) => [`orders:${id}`, `payments:${id}`])
  const { rows } = await sql<CheckoutBooks>`
    with bought as materialized (
        select id, total, item_count, state from orders."order" where customer_id = any(${ids}::uuid[])),
      attempt as materialized (
        select id, order_id, total from payments.attempt
        where owner_id = any(${ids}::uuid[]) and state = 'succeeded'),
      event as materialized (
        select event_id, type from platform.event
        where subject in (select id::text from bought union all select id::text from attempt)),
      awaited as (select w.subscriber, event.event_id from event join platform.subscription w using (type)),
      letter as materialized (
        select state, count(*) as letters from notifications.message
        where recipient_id = any(${ids}::uuid[]) and kind = 'payment_done' group by state)
    select (select count(*) from bought where state = 'paid') as paid,
      (select count(*) from bought where state <> 'paid') as unpaid,
      (select coalesce(sum(total), 0)::bigint from bought) as total,
      (select coalesce(sum(item_count), 0)::bigint from bought) as pieces,
      (select count(*) from bought b where b.state = 'paid' and (
        select coalesce(sum(case when a.total = b.total then 1 else 2 end), 0) from attempt a
        where a.order_id = b.id) <> 1) as "wrongAttempts",
      (select coalesce(sum(e.amount), 0)::bigint from payments.ledger_entry e join attempt a on a.id = e.attempt_id
       where e.account = 'receivable:kakaopay') as ledger,
      (select count(*) from catalog.stock_hold h join bought b on b.id = h.order_id) as held,
      (select count(*) from awaited where not exists (
         select from platform.inbox i where i.subscriber = awaited.subscriber and i.event_id = awaited.event_id))
       + (select count(*) from platform.parked_event where event_id in (select event_id from event)) as unheard,
      (select count(*) from event) as events,
      (select coalesce(sum(letters) filter (where state = 'sent'), 0)::bigint from letter) as letters,
      (select coalesce(sum(letters) filter (where state <> 'sent'), 0)::bigint from letter) as unsent,
      (select count(*) from platform.idempotency_key
       where scope = any(${scopes}::text[]) and status is not null) as keys`.execute(db)
  const [books] = rows
  if (books === undefined) throw new Error('no books')
  return books
}

/** Pieces of items: on hand, sold as the catalogue counts them, and stock rows that disagree with the holds. */
export async function countPieces(db: Db, itemIds: readonly string[]) {
  const { rows } = await sql<{ onHand: number; sold: number; wrongStock: number }>`
    select (select sum(on_hand)::bigint from catalog.stock where item_id = any(${itemIds}::uuid[])) as "onHand",
      (select sum(sales_count)::bigint from catalog.item_numbers where item_id = any(${itemIds}::uuid[])) as sold,
      (select count(*) from catalog.stock left join (
        select item_id, sum(quantity) as pieces from catalog.stock_hold group by item_id) as holds using (item_id)
       where held <> coalesce(holds.pieces, 0)) as "wrongStock"`.execute(db)
  const [pieces] = rows
  if (pieces === undefined) throw new Error('no items')
  return pieces
}

const HANDLED_WITHIN_MS = 300_000
const POLL_MS = 20

/** Waits until every event is delivered and every letter sent. @returns the seconds it took */
export async function allHandled(db: Db): Promise<number> {
  const from = performance.now()
  for (;;) {
    const { rows } = await sql`
      (select 1 from platform.undelivered limit 1)
      union all (select 1 from notifications.message where state in ('queued', 'sending') limit 1)`.execute(
      db,
    )
    const seconds = (performance.now() - from) / 1_000
    if (rows.length === 0) return seconds
    if (seconds * 1_000 > HANDLED_WITHIN_MS) throw new Error('events or letters are not handled')
    await new Promise((done) => setTimeout(done, POLL_MS))
  }
}
