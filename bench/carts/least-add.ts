import { MOST_LINES, MOST_PIECES } from '../../src/shop/cart/rules/cart.ts'
import type { OwnerKind } from './cart-capture.ts'
import { ID } from './peer-carts.ts'

/**
 * The least SQL for adding a piece to a cart with the same guarantees: the cart is locked by a statement of its own, so
 * that whoever waits for it counts its lines afterwards; price, stock, line and key are one statement, whose key holds
 * the answer at once; then the cart is read with its items. A key that is there already leaves no key behind, and the
 * transaction would be undone.
 */
export function leastAdd(kind: OwnerKind, itemId: string): string[] {
  const isCustomer = kind === 'customer'
  const cart = `'${isCustomer ? ID.cart : ID.visitor}:bench_who'::uuid`
  const owner = `'${ID[kind]}:bench_who'`
  const same = `cart_id = ${cart} and item_id = '${itemId}' and period_unit is null`
  return [
    'begin',
    `insert into cart.cart as c (id, customer_id, created_at, changed_at)
     values (${isCustomer ? `'${ID.line}:bench_line'` : owner}, ${isCustomer ? owner : 'null'}, now(), now())
     on conflict ${isCustomer ? 'on constraint cart_of_customer' : '(id)'}
     do update set changed_at = excluded.changed_at
       where ${isCustomer ? `c.customer_id = ${owner}` : 'c.customer_id is null'} returning id`,
    `with added as (
       insert into cart.line as l (id, cart_id, item_id, quantity, seen_price, added_at)
       select '${ID.line}:bench_line'::uuid, ${cart}, i.id, 1, i.real_price, now()
       from catalog.item i join catalog.stock t on t.item_id = i.id
       where i.id = '${itemId}' and i.status = 'on_sale' and t.on_hand > t.held
         and ((select count(*) from cart.line where cart_id = ${cart}) < ${MOST_LINES}
           or exists (select 1 from cart.line where ${same}))
       on conflict on constraint line_once do update
         set quantity = l.quantity + excluded.quantity, seen_price = excluded.seen_price
         where l.quantity + excluded.quantity <= ${MOST_PIECES}
       returning l.id)
     insert into platform.idempotency_key (scope, key, fingerprint, created_at, status, answer)
     select 'cart:${kind}:${ID[kind]}:bench_who', 'bench-:bench_line-:bench_key', 'of what was asked', now(), 200,
       jsonb_build_object('lineId', id)
     from added on conflict do nothing returning 1`,
    'commit',
    `select l.id, l.item_id as "itemId", l.period_unit, l.period_count, l.quantity, l.seen_price, i.name, i.enterprise,
       i.thumbnail, i.status, i.origin_price as "originUnitPrice", i.discount_price as "discountUnitPrice",
       i.real_price as "unitPrice", t.on_hand - t.held as available
     from cart.line l join catalog.item i on i.id = l.item_id join catalog.stock t on t.item_id = l.item_id
     where l.cart_id = ${cart} order by l.added_at, l.id`,
  ]
}

/** A line as both show it: by our route with its item beside it, by the least SQL as one row. */
export interface ShownLine {
  readonly itemId: string
  readonly quantity: number
  readonly name: string
  readonly enterprise: string
  readonly thumbnail: string | null
  readonly originUnitPrice: number
  readonly discountUnitPrice: number
  readonly unitPrice: number
  readonly available: number
}

/** What is shown of a line, to be compared. */
export function shownOf(line: ShownLine): string {
  const { itemId, quantity, name, enterprise, thumbnail, available } = line
  const { originUnitPrice, discountUnitPrice, unitPrice } = line
  return JSON.stringify([
    [itemId, quantity, name, enterprise, thumbnail, available],
    [originUnitPrice, discountUnitPrice, unitPrice],
  ])
}
