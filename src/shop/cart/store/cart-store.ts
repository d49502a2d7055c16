import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { Won } from '../../../platform/money.ts'
import type { Period } from '../../../platform/time/period.ts'
import { type CartLine, MOST_LINES, MOST_PIECES } from '../rules/cart.ts'
import { carts, type LineTable } from './tables.ts'

/** Whose cart: of a customer, or of the visitor whose signed cookie names it. */
export type CartOwner = { kind: 'customer'; id: string } | { kind: 'visitor'; id: string }

const isOf = ({ kind, id }: CartOwner) =>
  kind === 'customer' ? sql`c.customer_id = ${id}` : sql`c.id = ${id} and c.customer_id is null`

/**
 * The owner's cart, locked until the end of the transaction; made when there is none. Whoever changes several lines, or
 * counts them, locks the cart first, so that two tabs take turns.
 */
export async function lockCart(tx: Tx, owner: CartOwner, now: Temporal.Instant): Promise<string> {
  const { kind, id } = owner
  const { rows } = await sql<{ id: string }>`
    insert into cart.cart as c (id, customer_id, created_at, changed_at)
    values (${kind === 'customer' ? newId() : id}, ${kind === 'customer' ? id : null}, ${now}, ${now})
    on conflict ${kind === 'customer' ? sql`on constraint cart_of_customer` : sql`(id)`}
    do update set changed_at = excluded.changed_at where ${isOf(owner)}
    returning c.id`.execute(tx)
  const [cart] = rows
  if (!cart) throw new Error(`the cart ${id} is not a visitor's`)
  return cart.id
}

/** A visitor's cart, locked; undefined when there is none (any more). */
export async function lockVisitorCart(tx: Tx, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from cart.cart c where ${isOf({ kind: 'visitor', id })} for update`.execute(tx)
  return rows[0]?.id
}

/** The owner's lines, oldest first. */
export async function linesOf(db: Db | Tx, owner: CartOwner): Promise<CartLine[]> {
  const { rows } = await sql<LineTable>`
    select l.* from cart.line l join cart.cart c on c.id = l.cart_id
    where ${isOf(owner)} order by l.added_at, l.id`.execute(db)
  return rows.map(lineOf)
}

function lineOf(row: LineTable): CartLine {
  const { period_unit: unit, period_count: count } = row
  return {
    id: row.id,
    itemId: row.item_id,
    quantity: row.quantity,
    subscription: unit === null || count === null ? null : { unit, count },
    seenPrice: row.seen_price,
  }
}

export interface Addition {
  itemId: string
  quantity: number
  subscription: Period | null
  /** What one piece costs now. */
  price: Won
}

/**
 * Adds pieces to a locked cart. The same thing adds up in one line; concurrent additions do, too.
 * @returns the line's id, or why it did not fit: with the pieces there are, or the cart being full
 */
export async function insertOrRaise(
  tx: Tx,
  cartId: string,
  { itemId, quantity, subscription, price }: Addition,
  now: Temporal.Instant,
): Promise<{ kind: 'added'; id: string } | { kind: 'too_many'; pieces: number } | { kind: 'full' }> {
  const unit = subscription?.unit ?? null
  const count = subscription?.count ?? null
  const isSame = sql`cart_id = ${cartId} and item_id = ${itemId}
    and period_unit is not distinct from ${unit}::text and period_count is not distinct from ${count}::int`
  const added = await sql<{ id: string }>`
    insert into cart.line as l
      (id, cart_id, item_id, period_unit, period_count, quantity, seen_price, added_at)
    select ${newId()}::uuid, ${cartId}::uuid, ${itemId}::uuid, ${unit}::text, ${count}::int, ${quantity}::int,
      ${price}::bigint, ${now}::timestamptz
    where (select count(*) from cart.line where cart_id = ${cartId}) < ${MOST_LINES}
      or exists (select 1 from cart.line where ${isSame})
    on conflict on constraint line_once do update
      set quantity = l.quantity + excluded.quantity, seen_price = excluded.seen_price
      where l.quantity + excluded.quantity <= ${MOST_PIECES}
    returning l.id`.execute(tx)
  const [line] = added.rows
  if (line) return { kind: 'added', id: line.id }
  const before = await sql<{ quantity: number }>`select quantity from cart.line where ${isSame}`.execute(tx)
  const pieces = before.rows[0]?.quantity
  return pieces === undefined ? { kind: 'full' } : { kind: 'too_many', pieces }
}

/** The item of one of the owner's lines. */
export async function itemOfLine(
  db: Db | Tx,
  owner: CartOwner,
  lineId: string,
): Promise<{ itemId: string; seenPrice: Won } | undefined> {
  const { rows } = await sql<{ itemId: string; seenPrice: Won }>`
    select l.item_id as "itemId", l.seen_price as "seenPrice" from cart.line l join cart.cart c on c.id = l.cart_id
    where l.id = ${lineId} and ${isOf(owner)}`.execute(db)
  return rows[0]
}

/** Sets a line's quantity. @returns false when it is not (any more) the owner's */
export async function setQuantity(
  db: Db | Tx,
  owner: CartOwner,
  line: { id: string; quantity: number; price: Won },
  now: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql`
    with mine as (update cart.cart c set changed_at = ${now} where ${isOf(owner)} returning c.id)
    update cart.line l set quantity = ${line.quantity}, seen_price = ${line.price}
    from mine where l.id = ${line.id} and l.cart_id = mine.id
    returning l.id`.execute(db)
  return rows.length > 0
}

/** Removes lines of the owner, with the cart locked before them, like everywhere. What is not there is removed already. */
export async function deleteLines(db: Db | Tx, owner: CartOwner, lineIds: readonly string[]): Promise<void> {
  await sql`
    with mine as materialized (select c.id from cart.cart c where ${isOf(owner)} for update)
    delete from cart.line l using mine where l.cart_id = mine.id and l.id = any(${lineIds}::uuid[])`.execute(
    db,
  )
}

/** Gives lines another cart, or another quantity in theirs. */
export async function keepLines(tx: Tx, cartId: string, lines: readonly CartLine[]): Promise<void> {
  await sql`
    update cart.line l set cart_id = ${cartId}, quantity = kept.quantity
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as kept (id uuid, quantity int)
    where l.id = kept.id`.execute(tx)
}

/** Takes the cart away with its lines. */
export async function deleteCart(tx: Tx, id: string): Promise<void> {
  await carts(tx).deleteFrom('cart.cart').where('id', '=', id).execute()
}

/** A customer has left. */
export async function deleteCartOf(tx: Tx, customerId: string): Promise<void> {
  await carts(tx).deleteFrom('cart.cart').where('customer_id', '=', customerId).execute()
}

/** How many lines the owner's cart has. */
export async function countLines(db: Db | Tx, owner: CartOwner): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from cart.line l join cart.cart c on c.id = l.cart_id where ${isOf(owner)}`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}
