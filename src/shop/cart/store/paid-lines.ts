import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { CartLine } from '../rules/cart.ts'
import { carts } from './tables.ts'

/** Remembers which lines an order was made of, in the transaction that places it. */
export async function keepOrderedLines(tx: Tx, orderId: string, lines: readonly CartLine[]): Promise<void> {
  const rows = lines.map(({ id, quantity }) => ({ order_id: orderId, line_id: id, quantity }))
  await carts(tx).insertInto('cart.ordered_line').values(rows).execute()
}

/**
 * The order is paid: exactly what it was made of leaves the cart. Pieces added since stay, and so does what was put in
 * anew after another tab's order had emptied the line: that is another line. An order that did not come from a cart
 * ("buy now", a delivery of a subscription) finds nothing here.
 */
export async function takePaidLines(tx: Tx, orderId: string, customerId: string): Promise<void> {
  if (!(await lockOrdered(tx, orderId, customerId))) return
  await sql`
    delete from cart.line l using cart.ordered_line o
    where o.order_id = ${orderId} and l.id = o.line_id and l.quantity <= o.quantity`.execute(tx)
  // Those that are left have more than was paid.
  await sql`
    with paid as (delete from cart.ordered_line where order_id = ${orderId} returning line_id, quantity)
    update cart.line l set quantity = l.quantity - paid.quantity from paid where l.id = paid.line_id`.execute(
    tx,
  )
}

/** The order will not be paid any more: its lines stay. */
export async function forgetOrderedLines(tx: Tx, orderId: string, customerId: string): Promise<void> {
  if (!(await lockOrdered(tx, orderId, customerId))) return
  await carts(tx).deleteFrom('cart.ordered_line').where('order_id', '=', orderId).execute()
}

/** Locks the cart an order was made of. @returns false when it was made of none */
async function lockOrdered(tx: Tx, orderId: string, customerId: string): Promise<boolean> {
  // Written with the order, so long before anybody hears what became of it.
  const { rows } = await sql`select 1 from cart.ordered_line where order_id = ${orderId} limit 1`.execute(tx)
  if (rows.length === 0) return false
  await sql`select 1 from cart.cart where customer_id = ${customerId} for update`.execute(tx)
  return true
}
