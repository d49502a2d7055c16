import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import { type Won, won } from '../../platform/money.ts'
import type { Category } from '../catalog/index.ts'
import type { Coupon, CouponOffer, CouponState } from './coupon.ts'

interface Row {
  id: string
  name: string
  kind: 'amount' | 'percent'
  off: number
  most: number | null
  minimum: Won
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  budget: number | null
  uses: number
  first_order: boolean
  bought_before: boolean
  categories: Category[] | null
  code: string | null
  created_at: Temporal.Instant
  ended_at: Temporal.Instant | null
}

const COLUMNS = sql`c.id, c.name, c.kind, c.off, c.most, c.minimum, c.starts_at, c.ends_at, c.budget, c.uses,
  c.first_order, c.bought_before, c.categories, c.code, c.created_at, c.ended_at`

function couponOf(row: Row): Coupon {
  return {
    id: row.id,
    name: row.name,
    off:
      row.kind === 'amount'
        ? { kind: 'amount', amount: won(row.off) }
        : { kind: 'percent', percent: row.off, most: row.most === null ? null : won(row.most) },
    minimum: row.minimum,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    budget: row.budget,
    uses: row.uses,
    firstOrder: row.first_order,
    boughtBefore: row.bought_before,
    categories: row.categories,
    code: row.code,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}

/** Keeps a new coupon; nobody has used it. False where another one has its code. */
export async function insertCoupon(
  tx: Tx,
  id: string,
  offer: CouponOffer,
  made: { by: string; at: Temporal.Instant },
): Promise<boolean> {
  const { name, off, minimum, startsAt, endsAt, budget, firstOrder, boughtBefore, categories, code } = offer
  const [amount, most] = off.kind === 'amount' ? [off.amount, null] : [off.percent, off.most]
  const { numAffectedRows } = await sql`
    insert into coupons.coupon (id, name, kind, off, most, minimum, starts_at, ends_at, budget, first_order,
      bought_before, categories, code, created_by, created_at)
    values (${id}, ${name}, ${off.kind}, ${amount}, ${most}, ${minimum}, ${startsAt}, ${endsAt}, ${budget},
      ${firstOrder}, ${boughtBefore}, ${categories}::text[], ${code}, ${made.by}, ${made.at})
    on conflict (code) where code is not null do nothing`.execute(tx)
  return Number(numAffectedRows) > 0
}

/** Takes a coupon back before its time. Undefined: there is none, or it is taken back already. */
export async function endCoupon(tx: Tx, id: string, at: Temporal.Instant): Promise<Coupon | undefined> {
  const { rows } = await sql<Row>`
    update coupons.coupon c set ended_at = ${at} where id = ${id} and ended_at is null returning ${COLUMNS}`.execute(
    tx,
  )
  return rows[0] && couponOf(rows[0])
}

/** A coupon, whether it may be used or not; undefined when there is none. */
export async function findCoupon(db: Db | Tx, id: string): Promise<Coupon | undefined> {
  const { rows } = await sql<Row>`select ${COLUMNS} from coupons.coupon c where c.id = ${id}`.execute(db)
  return rows[0] && couponOf(rows[0])
}

const IN_STATE: Readonly<Record<CouponState, (now: Temporal.Instant) => RawBuilder<unknown>>> = {
  over: (now) => sql`(c.ended_at is not null or c.ends_at <= ${now})`,
  used_up: (now) => sql`c.ended_at is null and c.ends_at > ${now} and c.uses >= c.budget`,
  planned: (now) =>
    sql`c.ended_at is null and c.starts_at > ${now} and (c.budget is null or c.uses < c.budget)`,
  running: (now) =>
    sql`c.ended_at is null and c.starts_at <= ${now} and c.ends_at > ${now} and (c.budget is null or c.uses < c.budget)`,
}

/** Coupons of the merchant, newest first, and how many there are in all. */
export async function listCoupons(
  db: Db,
  state: CouponState | undefined,
  now: Temporal.Instant,
  { page, size }: { page: number; size: number },
): Promise<{ coupons: Coupon[]; totalElements: number }> {
  const where = state === undefined ? sql`true` : IN_STATE[state](now)
  const [found, count] = await Promise.all([
    sql<Row>`
      select ${COLUMNS} from coupons.coupon c where ${where}
      order by c.created_at desc, c.id limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ count: number }>`select count(*)::int as count from coupons.coupon c where ${where}`.execute(db),
  ])
  return { coupons: found.rows.map(couponOf), totalElements: count.rows[0]?.count ?? 0 }
}

/** A coupon has no code, or the customer has typed it. */
const isKnownTo = (customerId: string) => sql`(c.code is null or exists (
  select from coupons.claim k where k.coupon_id = c.id and k.customer_id = ${customerId}))`

/** Whether a customer knows of a coupon. */
export async function isKnown(db: Db | Tx, couponId: string, customerId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from coupons.coupon c where c.id = ${couponId} and ${isKnownTo(customerId)}`.execute(db)
  return rows.length > 0
}

/** Keeps that a customer has typed the code of a running coupon; undefined when there is none. Again it changes nothing. */
export async function insertClaim(
  tx: Tx,
  { code, customerId, now }: { code: string; customerId: string; now: Temporal.Instant },
): Promise<Coupon | undefined> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from coupons.coupon c where c.code = ${code} and ${IN_STATE.running(now)}`.execute(tx)
  const [row] = rows
  if (!row) return undefined
  await sql`
    insert into coupons.claim (coupon_id, customer_id, claimed_at) values (${row.id}, ${customerId}, ${now})
    on conflict do nothing`.execute(tx)
  return couponOf(row)
}

/** A coupon as one customer sees it. */
export interface OwnCoupon {
  coupon: Coupon
  /** The order it was used for. */
  usedFor: string | null
}

const MOST_SHOWN = 100

/** What a customer may use now, soonest to end first, and what they used, in that order. */
export async function couponsOf(db: Db, customerId: string, now: Temporal.Instant): Promise<OwnCoupon[]> {
  const { rows } = await sql<Row & { order_id: string | null }>`
    select ${COLUMNS}, u.order_id
    from coupons.coupon c
    left join coupons.use u on u.coupon_id = c.id and u.customer_id = ${customerId} and u.returned_at is null
    where u.order_id is not null
      or (c.ended_at is null and c.starts_at <= ${now} and c.ends_at > ${now} and (c.budget is null or c.uses < c.budget)
        and ${isKnownTo(customerId)})
    order by (u.order_id is not null), c.ends_at, c.id limit ${MOST_SHOWN}`.execute(db)
  return rows.map((row) => ({ coupon: couponOf(row), usedFor: row.order_id }))
}

/** Whether the customer has used the coupon, and whether any for a first order. */
export async function usesOf(
  db: Db | Tx,
  { couponId, customerId }: { couponId: string; customerId: string },
): Promise<{ thisOne: boolean; firstOrder: boolean }> {
  const { rows } = await sql<{ this_one: boolean | null; first_order: boolean | null }>`
    select bool_or(coupon_id = ${couponId}) as this_one, bool_or(first_order) as first_order
    from coupons.use where customer_id = ${customerId} and returned_at is null`.execute(db)
  return { thisOne: rows[0]?.this_one ?? false, firstOrder: rows[0]?.first_order ?? false }
}

/** Counts one more use, if the coupon is running, its budget allows it, and the customer knows its code. Its row is locked until the end. */
export async function countUse(
  tx: Tx,
  { couponId, customerId, now }: { couponId: string; customerId: string; now: Temporal.Instant },
): Promise<{ firstOrder: boolean } | undefined> {
  const { rows } = await sql<{ first_order: boolean }>`
    update coupons.coupon c set uses = uses + 1
    where id = ${couponId} and ${isKnownTo(customerId)} and ended_at is null and starts_at <= ${now} and ends_at > ${now}
      and (budget is null or uses < budget)
    returning first_order`.execute(tx)
  return rows[0] && { firstOrder: rows[0].first_order }
}

/**
 * Keeps a use; false when this customer has one already. `by_conditions` tells the database that the conditions of the
 * coupon were read when its terms were asked for and its use was counted: without it the database takes no use of a coupon that has some.
 */
export async function insertUse(
  tx: Tx,
  use: {
    orderId: string
    couponId: string
    customerId: string
    firstOrder: boolean
    discount: Won
    now: Temporal.Instant
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into coupons.use (order_id, coupon_id, customer_id, first_order, discount, used_at, by_conditions)
    values (${use.orderId}, ${use.couponId}, ${use.customerId}, ${use.firstOrder}, ${use.discount}, ${use.now}, true)
    on conflict do nothing`.execute(tx)
  return Number(numAffectedRows) > 0
}

/** The order came to nothing: its customer has the coupon back, and the budget, too. Again it changes nothing. */
export async function returnUse(tx: Tx, orderId: string, at: Temporal.Instant): Promise<void> {
  await sql`
    with back as (
      update coupons.use set returned_at = ${at} where order_id = ${orderId} and returned_at is null returning coupon_id)
    update coupons.coupon c set uses = uses - 1 from back where c.id = back.coupon_id`.execute(tx)
}
