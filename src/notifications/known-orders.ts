import { sql } from 'kysely'
import type { Tx } from '../platform/database/database.ts'
import { WITH_COMMIT } from '../platform/database/prepared-statements.ts'
import { notifications } from './tables.ts'
import type { NoticeData } from './wording/notice.ts'

/** What a customer recognises an order by. */
export type OrderInWords = Pick<
  NoticeData['payment_done'],
  'orderId' | 'orderNumber' | 'itemId' | 'otherItems'
>

type Line = { readonly itemId: string }

/** Remembers an order when it is placed, for later events that carry only its id. */
export async function rememberOrder(
  tx: Tx,
  placed: { orderId: string; orderNumber: string; lines: readonly Line[]; placedAt: string },
): Promise<void> {
  const [first] = placed.lines
  if (first === undefined) return
  await notifications(tx)
    .insertInto('notifications.known_order')
    .values({
      order_id: placed.orderId,
      number: placed.orderNumber,
      item_id: first.itemId,
      other_items: placed.lines.length - 1,
      placed_at: Temporal.Instant.from(placed.placedAt),
    })
    .onConflict((conflict) => conflict.column('order_id').doNothing())
    .modifyEnd(sql.raw(WITH_COMMIT))
    .execute()
}

/** An order as remembered; of one placed before this context existed, what the event itself tells. */
export async function orderInWords(
  tx: Tx,
  orderId: string,
  lines: readonly Line[] = [],
): Promise<OrderInWords> {
  const known = await notifications(tx)
    .selectFrom('notifications.known_order')
    .select(['number', 'item_id', 'other_items'])
    .where('order_id', '=', orderId)
    .executeTakeFirst()
  return {
    orderId,
    orderNumber: known?.number ?? null,
    itemId: known?.item_id ?? lines[0]?.itemId ?? null,
    otherItems: known?.other_items ?? Math.max(0, lines.length - 1),
  }
}
