import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import type { ReturnKind, ReturnReason } from '../rules/return-policy.ts'
import type { ReturnRequest, ReturnState } from '../rules/return-request.ts'
import { numberBegins } from '../store/number-begins.ts'
import type { Paging } from '../store/queries.ts'
import { type ReturnRow, returnOf } from '../store/return-store.ts'

/** What a merchant looks for; all of it must be so. */
export interface ReturnFilter {
  state?: ReturnState | undefined
  kind?: ReturnKind | undefined
  reason?: ReturnReason | undefined
  /** The number of the order, or its beginning. */
  number?: string | undefined
  /** First and last day of asking, Asia/Seoul, both included. */
  from?: Temporal.PlainDate | undefined
  to?: Temporal.PlainDate | undefined
  sort: 'newest' | 'oldest'
}

/** A request with what says whose it is. */
export interface ListedReturn {
  request: ReturnRequest
  orderNumber: string
  customerId: string
  receiverName: string
}

/** Requests of everybody, and how many there are in all. */
export async function listReturns(
  db: Db,
  filter: ReturnFilter,
  { page, size }: Paging,
): Promise<{ returns: ListedReturn[]; totalElements: number }> {
  const where = conditionOf(filter)
  const order = filter.sort === 'oldest' ? sql`r.requested_at, r.id` : sql`r.requested_at desc, r.id desc`
  const [found, count] = await Promise.all([
    sql<ReturnRow & { order_number: string; customer_id: string; receiver_name: string }>`
      select r.*, o.order_number, o.customer_id, o.receiver_name,
        (select json_agg(l order by l.line_no) from orders.return_line l where l.return_id = r.id) as lines
      from orders.return_request r join orders."order" o on o.id = r.order_id
      where ${where} order by ${order} limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ count: number }>`
      select count(*)::int as count from orders.return_request r join orders."order" o on o.id = r.order_id
      where ${where}`.execute(db),
  ])
  return {
    returns: found.rows.map((row) => ({
      request: returnOf(row),
      orderNumber: row.order_number,
      customerId: row.customer_id,
      receiverName: row.receiver_name,
    })),
    totalElements: count.rows[0]?.count ?? 0,
  }
}

function conditionOf({ state, kind, reason, number, from, to }: ReturnFilter): RawBuilder<unknown> {
  const conditions = [
    ...(state === undefined ? [] : [sql`r.state = ${state}`]),
    ...(kind === undefined ? [] : [sql`r.kind = ${kind}`]),
    ...(reason === undefined ? [] : [sql`r.reason = ${reason}`]),
    ...(number === undefined ? [] : [numberBegins(number)]),
    ...(from === undefined ? [] : [sql`r.requested_at >= ${startOf(from)}`]),
    ...(to === undefined ? [] : [sql`r.requested_at < ${startOf(to.add({ days: 1 }))}`]),
  ]
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`
}

const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()
