import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { PaymentMethod, SubscriptionDeps } from '../deps.ts'
import type { Subscription } from '../rules/subscription.ts'
import { type Stored, storedOf } from './subscription-store.ts'
import type { SubscriptionTable } from './tables.ts'

export interface SubscriptionFilter {
  customerId?: string | undefined
  state?: Subscription['state'] | undefined
  itemId?: string | undefined
  /** Only those that have not ended. */
  isLiving?: boolean | undefined
}

export interface Paging {
  /** From 1. */
  page: number
  size: number
}

/** Subscriptions, newest first (equal instants by id), and how many there are in all. */
export async function listSubscriptions(
  db: Db,
  { customerId, state, itemId, isLiving }: SubscriptionFilter,
  { page, size }: Paging,
): Promise<{ subscriptions: Stored[]; totalElements: number }> {
  const conditions = [
    customerId === undefined ? sql`true` : sql`customer_id = ${customerId}`,
    state === undefined ? sql`true` : sql`state = ${state}`,
    itemId === undefined ? sql`true` : sql`item_id = ${itemId}`,
    isLiving === true ? sql`state <> 'cancelled'` : sql`true`,
  ]
  const where = sql`where ${sql.join(conditions, sql` and `)}`
  const [found, count] = await Promise.all([
    sql<SubscriptionTable>`
      select * from subscriptions.subscription ${where}
      order by started_at desc, id desc
      limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ count: number }>`select count(*) as count from subscriptions.subscription ${where}`.execute(db),
  ])
  return { subscriptions: found.rows.map(storedOf), totalElements: count.rows[0]?.count ?? 0 }
}

/** A stored payment method, and how many living subscriptions use it. */
export interface MethodInUse extends Omit<PaymentMethod, 'createdAt'> {
  subscriptions: number
  createdAt: string
}

/** One customer's stored payment methods, newest first. */
export async function methodsOf(
  { db, payments }: Pick<SubscriptionDeps, 'db' | 'payments'>,
  ownerId: string,
): Promise<MethodInUse[]> {
  const [methods, uses] = await Promise.all([
    payments.paymentMethodsOf(db, ownerId),
    usesOfMethods(db, ownerId),
  ])
  return methods.map((method) => ({
    ...method,
    subscriptions: uses.get(method.id) ?? 0,
    createdAt: method.createdAt.toString(),
  }))
}

/** How many living subscriptions use each of a customer’s methods. */
async function usesOfMethods(db: Db, ownerId: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ method_id: string; uses: number }>`
    select method_id, count(*) as uses from subscriptions.subscription
    where customer_id = ${ownerId} and state <> 'cancelled' and method_id is not null
    group by method_id`.execute(db)
  return new Map(rows.map((row) => [row.method_id, row.uses]))
}

/** How many cycles wait for a look-up or for a person. */
export async function frozenCycles(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from subscriptions.cycle where state = 'frozen'`.execute(db)
  return rows[0]?.count ?? 0
}
