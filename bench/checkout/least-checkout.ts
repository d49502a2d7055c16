import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import { literal } from '../measure/capture.ts'
import { insertOf, type Row, rowOf, rowsOf } from '../measure/rows.ts'
import { eventRows, leastOrder } from '../orders/least-order.ts'
import type { CapturedCheckout } from './checkout-capture.ts'

/**
 * The least SQL of a whole purchase that gives the same rows with the same guarantees: one statement for whatever may be
 * decided at once. Two commits are durable before the provider is asked for its page and for the money, and one before a
 * letter is handed over; what came of each has one of its own. The effects of all three events share one.
 * @param made a purchase that was made, whose rows are written again
 */
export async function leastCheckout(db: Db, made: CapturedCheckout): Promise<string[]> {
  const { orderId, attemptId, messageId } = made
  const order = await rowOf(db, sql`(select * from orders."order" where id = ${orderId})`)
  const attempt = await rowOf(db, sql`(select * from payments.attempt where id = ${attemptId})`)
  const message = await rowOf(db, sql`(select * from notifications.message where id = ${messageId})`)
  const steps = await rowsOf(
    db,
    sql`(select at, step, note from payments.history where attempt_id = ${attemptId} order by id)`,
  )
  const key = await rowOf(
    db,
    sql`(select * from platform.idempotency_key
         where scope = ${`payments:${order.customer_id}`} and answer ->> 'attemptId' = ${attemptId})`,
  )
  const [id, owner] = [literal(attemptId), literal(order.customer_id)]
  const payable = `payable as materialized (
      select id from orders."order" where id = ${literal(orderId)} and customer_id = ${owner}
        and state = 'awaiting_payment' for update)`
  const [created, opened, authorised, sent, succeeded] = [
    'created',
    'awaiting_customer',
    'authorised',
    'sent',
    'succeeded',
  ].map((step) => steps.filter((one) => one.step === step))
  const noted = (from: string, of: readonly Row[] = []) => `
    insert into payments.history (attempt_id, at, step, note)
    ${of.map(({ at, step, note }) => `select id, ${literal(at)}::timestamptz, ${literal(step)}, ${literal(note)}::jsonb from ${from}`).join(' union all ')}`
  const change = (to: Row) =>
    Object.entries(to)
      .map(([name, value]) => `${name} = ${literal(value)}`)
      .join(', ')
  const { provider_ref, redirect_url, expires_at, method, paid_at, created_at } = attempt
  const moved = (state: string, sendNo: number, to: Row, from = '') => `moved as (
      update payments.attempt a set ${change({ ...to, updated_at: created_at })}, version = version + 1 ${from}
      where a.id = ${id} and a.state = ${literal(state)} and a.send_no = ${sendNo} returning a.id)`
  return [
    ...(await leastOrder(db, orderId)),
    `with ${payable}, kept as (${insertOf('platform.idempotency_key', [key])}),
      made as (${madeFrom('payable', { ...begun(attempt), lease_until: created_at })})
      ${noted('made', created)}`,
    `with ${moved('created', 1, { state: 'awaiting_customer', provider_ref, redirect_url, expires_at, lease_until: null })}
      ${noted('moved', opened)}`,
    `with ${payable},
      ${moved('awaiting_customer', 1, { state: 'sent', proof: {}, send_no: 2, sent_at: created_at, lease_until: created_at }, 'from payable')}
      ${noted('moved', [...(authorised ?? []), ...(sent ?? [])])}`,
    await settled(db, made, order, [
      moved('sent', 2, { state: 'succeeded', method, paid_at, proof: null, lease_until: null }),
      `noted as (${noted('moved', succeeded)})`,
    ]),
    await heard(db, made, message),
    `with mine as (
        update notifications.message set state = 'sending', attempts = attempts + 1, claimed_until = now()
        where id = ${literal(messageId)} and state = 'queued' returning id, kind, recipient_id, data)
      select mine.*, account.email, account.display_name, account.email_verified_at, item.name
      from mine join identity.account account on account.id = mine.recipient_id
        left join catalog.item item on item.id = (mine.data ->> 'itemId')::uuid`,
    `update notifications.message set ${change({ state: 'sent', claimed_until: null, sent_at: message.sent_at, language: message.language, item_name: message.item_name })}
      where id = ${literal(messageId)} and state = 'sending' and attempts = 1`,
  ]
}

/** An attempt as it is made. */
function begun(attempt: Row): Row {
  const { id, order_id, owner_id, provider, origin, mode, total, tax_free, vat, item_name, quantity } =
    attempt
  const { buyer_ref, return_key, created_at } = attempt
  const what = { id, order_id, owner_id, provider, origin, mode, total, tax_free, vat, item_name, quantity }
  return {
    ...what,
    buyer_ref,
    return_key,
    state: 'created',
    send_no: 1,
    sent_at: created_at,
    created_at,
    updated_at: created_at,
  }
}

const madeFrom = (from: string, row: Row) =>
  `insert into payments.attempt (${Object.keys(row).join(', ')})
   select ${Object.values(row).map(literal).join(', ')} from ${from} returning id`

/** The provider has taken the money: stock, order, attempt, ledger and both events. */
async function settled(
  db: Db,
  { orderId, attemptId }: CapturedCheckout,
  order: Row,
  parts: readonly string[],
): Promise<string> {
  const ledger = await rowsOf(db, sql`(select * from payments.ledger_entry where attempt_id = ${attemptId})`)
  const events = [...(await eventRows(db, orderId)).slice(1), ...(await eventRows(db, attemptId))]
  const id = literal(orderId)
  return `with paid as (
      update orders."order" set state = 'paid', version = 2, paid_at = ${literal(order.paid_at)},
        paid_attempt_id = ${literal(attemptId)}, paid_provider = ${literal(order.paid_provider)}
      where id = ${id} and state = 'awaiting_payment' and total = ${literal(order.total)} returning id),
    locked as materialized (
      select item_id from catalog.stock_hold hold join catalog.stock as stock using (item_id)
      where hold.order_id = ${id} order by item_id for no key update of stock),
    gone as (
      delete from catalog.stock_hold hold using locked, paid
      where hold.order_id = paid.id and hold.item_id = locked.item_id returning hold.item_id, hold.quantity),
    sold as (
      update catalog.stock stock set held = held - gone.quantity, on_hand = on_hand - gone.quantity
      from gone where stock.item_id = gone.item_id),
    ${parts.join(', ')},
    posted as (${insertOf('payments.ledger_entry', ledger, ['id'])})
    ${insertOf('platform.outbox', events)}`
}

/** All subscribers have heard of all events of the purchase. */
async function heard(db: Db, { orderId, unique }: CapturedCheckout, message: Row): Promise<string> {
  const inbox = await rowsOf(
    db,
    sql`(select subscriber, event_id from platform.inbox where event_id::text = any(${unique}::text[]))`,
  )
  const known = await rowsOf(db, sql`(select * from notifications.known_order where order_id = ${orderId})`)
  const lines = await rowsOf(
    db,
    sql`(select item_id, quantity from orders.order_line where order_id = ${orderId})`,
  )
  const sold = lines.map((line) => `(${literal(line.item_id)}::uuid, ${literal(line.quantity)}::int)`)
  const { id, event_id, kind, recipient_id, data, created_at } = message
  const letter = { id, event_id, kind, recipient_id, data, state: 'queued', created_at }
  return `with claimed as (${insertOf('platform.inbox', inbox)}),
    known as (${insertOf('notifications.known_order', known)}),
    letter as (${insertOf('notifications.message', [letter])}),
    locked as materialized (
      select n.item_id, sold.quantity from catalog.item_numbers n
        join (values ${sold.join(', ')}) as sold (item_id, quantity) using (item_id)
      order by n.item_id for no key update of n),
    numbers as (
      update catalog.item_numbers n set sales_count = sales_count + locked.quantity
      from locked where n.item_id = locked.item_id returning n.item_id, n.sales_count),
    shelved as (
      update catalog.shelf placed set sales_count = numbers.sales_count
      from numbers where placed.item_id = numbers.item_id)
    select set_config('synchronous_commit', 'off', true)`
}
