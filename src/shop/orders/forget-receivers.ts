/**
 * Orders are kept for the books, but whom and where a parcel went to is personal. Once a customer has left, it is
 * forgotten as soon as nobody has to send or find a parcel any more:
 *
 *   ended unpaid, wholly refunded, delivered    at once
 *   sent, and nobody said that it arrived       after PARCEL_DAYS, also when it counts as arrived before
 *   paid, and a piece still to be sent          when it has come to one of these
 *   cancelled in part, and not given back yet   then: declined, its pieces are to be sent after all
 *   sent back, and not refunded or exchanged    when that has come to an end; what was said about it goes, too
 *
 * Nothing else has to think of it: whatever an order becomes after its customer left, the sweep finds it, and also
 * one that was being placed in the very moment of leaving. No lock is waited for, so nobody is held up.
 */
import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import { forgetAnswers } from '../../platform/http/idempotency.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { answersScope } from './place-order.ts'

/** A parcel has arrived by then, or its loss is known. Nor is anything placed any more for a customer who left. */
export const PARCEL_DAYS = 30

/** Rows changed by one statement, so that it stays short. */
const BATCH = 1_000

/** A customer has left. Hearing it again changes nothing. */
export async function customerLeft(tx: Tx, customerId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into orders.withdrawn_customer (customer_id, withdrawn_at) values (${customerId}, ${now})
    on conflict do nothing`.execute(tx)
  // The kept answers to their requests tell the receiver, too; nobody can ask for them any more.
  await forgetAnswers(tx, answersScope(customerId))
}

/**
 * Forgets the receivers of customers who have left, where the parcel allows it. Several processes may do it at once.
 * @returns how many orders have lost their receiver
 */
export async function forgetReceivers({ db, clock }: { db: Db; clock: Clock }): Promise<number> {
  const now = clock.now()
  let forgotten = 0
  for (;;) {
    const count = await transact(db, (tx) => forgetBatch(tx, now))
    forgotten += count
    if (count < BATCH) break
  }
  await finishCustomers(db, now)
  return forgotten
}

async function forgetBatch(tx: Tx, now: Temporal.Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    with over as (
      select o.id from orders."order" o join orders.withdrawn_customer w using (customer_id)
      where w.forgotten_at is null and o.receiver_forgotten_at is null
        and (o.state in ('cancelled', 'expired', 'refunded')
          or (((o.state = 'delivered' and not exists (
                select 1 from orders.shipment_line c where c.order_id = o.id and c.arrival = 'counted'))
              or coalesce(o.shipped_at, o.paid_at) <= ${arrived(now)})
            and not exists (
              select 1 from orders.order_line l where l.order_id = o.id and l.sent + l.cancelled < l.quantity)
            and not exists (select 1 from orders.refund r where r.order_id = o.id and r.state = 'requested')
            and not exists (select 1 from orders.return_request q where q.order_id = o.id and q.ended_at is null)))
      limit ${BATCH}
      for update of o skip locked),
    notes as (
      update orders.return_request q set note = null from over where q.order_id = over.id and q.note is not null)
    update orders."order" o
    set receiver_name = '', receiver_phone = '', city = '', address_detail = '', postal_code = '',
      delivery_note = null, receiver_forgotten_at = ${now}
    from over where o.id = over.id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

/** Customers of whom nothing is left, and of whom nothing new can come, are not looked at any more. */
async function finishCustomers(db: Db, now: Temporal.Instant): Promise<void> {
  await sql`
    update orders.withdrawn_customer w set forgotten_at = ${now}
    where forgotten_at is null and withdrawn_at <= ${arrived(now)}
      and not exists (
        select 1 from orders."order" o where o.customer_id = w.customer_id and o.receiver_forgotten_at is null)`.execute(
    db,
  )
}

function arrived(now: Temporal.Instant): Temporal.Instant {
  return now.subtract({ hours: PARCEL_DAYS * 24 })
}
