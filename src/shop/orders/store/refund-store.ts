import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import type { LinePart } from '../rules/give-back.ts'
import { orders, type RefundCause } from './tables.ts'

/** A partial refund of an order: what the money was for. */
export interface OrderRefund {
  id: string
  orderId: string
  amount: Won
  cause: RefundCause
  reason: string
  requestedBy: string
  /** Whether its pieces go back to stock with the money. */
  restock: boolean
  state: 'requested' | 'given' | 'declined'
  requestedAt: Temporal.Instant
  endedAt: Temporal.Instant | null
  parts: readonly RefundPart[]
}

export interface RefundPart extends LinePart {
  /** Of its pieces, such as are not to be sent any more. */
  cancelled: number
}

/** Keeps what a refund is for; the order is locked. */
export async function insertRefund(tx: Tx, refund: OrderRefund): Promise<void> {
  const { id, orderId, amount, cause, reason, requestedBy, restock, requestedAt, parts } = refund
  await orders(tx)
    .insertInto('orders.refund')
    .values({
      id,
      order_id: orderId,
      amount,
      cause,
      reason,
      requested_by: requestedBy,
      restock,
      requested_at: requestedAt,
      ended_at: null,
    })
    .execute()
  await orders(tx)
    .insertInto('orders.refund_line')
    .values(
      parts.map(({ lineNo, pieces, cancelled, goods, fee }) => ({
        refund_id: id,
        order_id: orderId,
        line_no: lineNo,
        pieces,
        cancelled,
        goods,
        fee,
      })),
    )
    .execute()
}

/** Ends a refund by compare-and-set; its order is locked. Undefined when no partial refund of this id is under way. */
export async function endRefund(
  tx: Tx,
  id: string,
  state: 'given' | 'declined',
  at: Temporal.Instant,
): Promise<OrderRefund | undefined> {
  const { numUpdatedRows } = await orders(tx)
    .updateTable('orders.refund')
    .set({ state, ended_at: at })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .executeTakeFirst()
  return numUpdatedRows === 0n ? undefined : (await readRefunds(tx, sql`r.id = ${id}`))[0]
}

/** The partial refunds of an order, the latest first. */
export function refundsOfOrder(db: Db | Tx, orderId: string): Promise<OrderRefund[]> {
  return readRefunds(db, sql`r.order_id = ${orderId}`)
}

interface Row {
  id: string
  order_id: string
  amount: Won
  cause: RefundCause
  reason: string
  requested_by: string
  restock: boolean
  state: OrderRefund['state']
  requested_at: Temporal.Instant
  ended_at: Temporal.Instant | null
  parts: { line_no: number; pieces: number; cancelled: number; goods: Won; fee: Won }[]
}

async function readRefunds(db: Db | Tx, condition: ReturnType<typeof sql>): Promise<OrderRefund[]> {
  const { rows } = await sql<Row>`
    select r.*, (select json_agg(l order by l.line_no) from orders.refund_line l where l.refund_id = r.id) as parts
    from orders.refund r where ${condition} order by r.requested_at desc, r.id desc`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    orderId: row.order_id,
    amount: row.amount,
    cause: row.cause,
    reason: row.reason,
    requestedBy: row.requested_by,
    restock: row.restock,
    state: row.state,
    requestedAt: row.requested_at,
    endedAt: row.ended_at,
    parts: row.parts.map(({ line_no: lineNo, pieces, cancelled, goods, fee }) => ({
      lineNo,
      pieces,
      cancelled,
      goods,
      fee,
    })),
  }))
}
