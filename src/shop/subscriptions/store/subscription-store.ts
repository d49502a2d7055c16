import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import type { Announced } from '../rules/announcement.ts'
import type { SubscriptionEvent } from '../rules/events.ts'
import { nextLook } from '../rules/next-look.ts'
import {
  type Agreement,
  chargeDay,
  nextCharge,
  putOffInForce,
  type Subscription,
} from '../rules/subscription.ts'
import { type CycleRecord, isOpenRecord, lockCycle, saveCycle } from './cycle-store.ts'
import { SOURCE, storedEvents } from './publish.ts'
import { readSchedule, readTerms, storeSchedule, storeTerms } from './stored-schedule.ts'
import type { StoredWaiting, SubscriptionTable } from './tables.ts'

/**
 * Everybody locks in one order: the order (of orders), then the subscription, then its open cycle, then payment
 * methods, so that nobody waits in a circle. News of payments arrives with the order locked; commands that end an
 * open cycle lock its order first (`lockWithOrder`); commands that touch no order lock the subscription only.
 */

/** A subscription as stored: the agreement, and what the store alone knows of it. */
export interface Stored {
  readonly subscription: Subscription
  /** Number of the latest event about it. */
  readonly version: number
  /** The purchase it began with. */
  readonly firstOrderId: string
  readonly lastChargedOn: Temporal.PlainDate
  readonly announced: Announced
  /** The provider of its payment method; '' when it has none, or nobody has looked yet. */
  readonly provider: string
  readonly consent: { readonly version: string; readonly at: Temporal.Instant }
}

/** A locked subscription and its open cycle, if there is one. */
export interface Locked extends Stored {
  readonly open: CycleRecord | undefined
}

/** Locks a subscription and its open cycle until the end of the transaction. */
export async function lockSubscription(tx: Tx, id: string): Promise<Locked | undefined> {
  const { rows } = await sql<SubscriptionTable>`
    select * from subscriptions.subscription where id = ${id} for update`.execute(tx)
  const stored = rows[0] && storedOf(rows[0])
  if (!stored) return undefined
  const { latestCycle } = stored.subscription
  const open = latestCycle.open ? await lockCycle(tx, id, latestCycle.no) : undefined
  if (latestCycle.open && !isOpenRecord(open)) throw new Error(`subscription ${id}: its open cycle is gone`)
  return { ...stored, open }
}

/**
 * Locks the order of the open cycle, if there is one, then the subscription. 'moved' when another cycle was opened in
 * between: undo the transaction and begin again, because locking that order now could make a circle.
 */
export async function lockWithOrder(
  tx: Tx,
  orders: { lockCycleOrder(tx: Tx, orderId: string): Promise<void> },
  id: string,
): Promise<Locked | 'moved' | undefined> {
  const { rows } = await sql<{ order_id: string }>`
    select c.order_id from subscriptions.subscription s
    join subscriptions.cycle c on c.subscription_id = s.id and c.cycle_no = s.latest_cycle_no
    where s.id = ${id} and s.latest_cycle_open and c.order_id is not null`.execute(tx)
  const before = rows[0]?.order_id
  if (before !== undefined) await orders.lockCycleOrder(tx, before)
  const locked = await lockSubscription(tx, id)
  const after = locked?.open && 'orderId' in locked.open.cycle ? locked.open.cycle.orderId : undefined
  return after === undefined || after === before ? locked : 'moved'
}

/** Reads a subscription without locking it. */
export async function findSubscription(db: Db | Tx, id: string): Promise<Stored | undefined> {
  const { rows } = await sql<SubscriptionTable>`
    select * from subscriptions.subscription where id = ${id}`.execute(db)
  return rows[0] && storedOf(rows[0])
}

/** What becomes of a locked subscription. */
export interface Change {
  readonly subscription: Subscription
  readonly events: readonly SubscriptionEvent[]
  /** The latest cycle, when it changes too (a new one included). */
  readonly cycle?: CycleRecord | undefined
  /** Business day of an attempt to charge that is being made now. */
  readonly chargedOn?: Temporal.PlainDate | undefined
  /** What has been announced with this change; given the latest one again, nothing is announced now. */
  readonly announced?: Announced | undefined
}

/**
 * Writes a change: the cycle, the subscription (compare-and-set on version and state; a miss is a bug, the row is
 * locked), and its events with the versions that follow.
 * @returns the subscription as it is stored now
 */
export async function saveChange(
  tx: Tx,
  from: Locked,
  change: Change,
  { now, timeZone, provider }: { now: Temporal.Instant; timeZone: string; provider: string },
): Promise<Locked> {
  const { subscription, cycle } = change
  if (cycle) await saveCycle(tx, subscription.id, cycle, now)
  const latest = cycle ?? from.open
  const open = subscription.latestCycle.open && isOpenRecord(latest) ? latest : undefined
  if (subscription.latestCycle.open && open?.no !== subscription.latestCycle.no)
    throw new Error(`subscription ${subscription.id}: cycle ${subscription.latestCycle.no} has no record`)
  const version = from.version + change.events.length
  const saved: Locked = {
    ...from,
    subscription,
    version,
    open,
    lastChargedOn: change.chargedOn ?? from.lastChargedOn,
    announced: change.announced ?? from.announced,
    provider,
  }
  const columns = columnsOf(subscription)
  // Told of the charge, they are to be told again when it is in doubt once more.
  const isAnnounced = change.events.some(({ type }) => type === 'subscription.charge_upcoming')
  const { numAffectedRows } = await sql`
    update subscriptions.subscription set
      method_id = ${subscription.methodId}, provider = ${provider}, state = ${subscription.state}, version = ${version},
      schedule = ${columns.schedule}::jsonb, terms = ${columns.terms}::jsonb,
      pending_price = ${columns.pendingPrice}, pending_price_at = ${columns.pendingPriceAt},
      latest_cycle_no = ${subscription.latestCycle.no}, latest_cycle_due = ${subscription.latestCycle.due},
      latest_cycle_open = ${subscription.latestCycle.open}, last_charged_on = ${saved.lastChargedOn},
      waiting = ${columns.waiting}::jsonb, next_due = ${columns.nextDue},
      act_at = ${nextLook(subscription, open?.cycle ?? null, now, timeZone)},
      announced_cycle_no = ${saved.announced.no}, announced_due = ${saved.announced.due},
      announced_amount = ${saved.announced.amount},
      doubted_cycle_no = case when not ${isAnnounced}::boolean then doubted_cycle_no end,
      doubted_due = case when not ${isAnnounced}::boolean then doubted_due end, put_off_cycle_no = ${columns.putOffNo},
      put_off_due = ${columns.putOffDue}, put_off_to = ${columns.putOffTo}, cancelled_at = ${columns.cancelledAt},
      cancel_reason = ${columns.cancelReason}, cancelled_by = ${columns.cancelledBy}
    where id = ${subscription.id} and version = ${from.version} and state = ${from.subscription.state}`.execute(
    tx,
  )
  if (numAffectedRows !== 1n) throw new Error(`subscription ${subscription.id} is not as it was locked`)
  await appendEvents(tx, SOURCE, now, storedEvents(from, change, cycle ?? from.open))
  return saved
}

/**
 * Writes a new subscription with its first, paid cycle and its event.
 * @returns what is stored and locked now; undefined when this line has begun one before, and nothing was written
 */
export async function insertSubscription(
  tx: Tx,
  begun: Omit<Stored, 'version' | 'lastChargedOn' | 'announced'>,
  first: CycleRecord,
  events: readonly SubscriptionEvent[],
  now: Temporal.Instant,
): Promise<Locked | undefined> {
  const { subscription, firstOrderId, consent, provider } = begun
  const { id, itemId, customerId, methodId, latestCycle, schedule, startedAt } = subscription
  const columns = columnsOf(subscription)
  const { rows } = await sql`
    insert into subscriptions.subscription (
      id, order_id, item_id, customer_id, method_id, provider, state, version, anchor, schedule, terms, latest_cycle_no,
      latest_cycle_due, latest_cycle_open, last_charged_on, next_due, announced_cycle_no, consent_version,
      consented_at, started_at)
    values (
      ${id}, ${firstOrderId}, ${itemId}, ${customerId}, ${methodId}, ${provider}, ${subscription.state}, ${events.length},
      ${schedule.anchor}, ${columns.schedule}::jsonb, ${columns.terms}::jsonb, ${latestCycle.no}, ${latestCycle.due},
      false, ${latestCycle.due}, ${columns.nextDue}, ${latestCycle.no}, ${consent.version}, ${consent.at}, ${startedAt})
    on conflict on constraint subscription_once do nothing
    returning 1`.execute(tx)
  if (rows.length === 0) return undefined
  await saveCycle(tx, id, first, now)
  const unsaved: Locked = {
    ...begun,
    version: 0,
    lastChargedOn: latestCycle.due,
    announced: { no: latestCycle.no, due: null, amount: null },
    open: undefined,
  }
  await appendEvents(tx, SOURCE, now, storedEvents(unsaved, { subscription, events }, undefined))
  return { ...unsaved, version: events.length }
}

function columnsOf(subscription: Subscription) {
  const next = nextCharge(subscription)
  const putOff = putOffInForce(subscription)
  const ended = subscription.state === 'cancelled' ? subscription : undefined
  return {
    schedule: JSON.stringify(storeSchedule(subscription.schedule)),
    terms: JSON.stringify(storeTerms(subscription.terms)),
    pendingPrice: subscription.pendingPrice?.unitPrice ?? null,
    pendingPriceAt: subscription.pendingPrice?.proposedAt ?? null,
    waiting: subscription.state === 'past_due' ? JSON.stringify(subscription.waiting) : null,
    nextDue: next && chargeDay(subscription, next),
    putOffNo: putOff?.no ?? null,
    putOffDue: putOff?.due ?? null,
    putOffTo: putOff?.to ?? null,
    cancelledAt: ended?.cancelledAt ?? null,
    cancelReason: ended?.reason ?? null,
    cancelledBy: ended?.by ?? null,
  }
}

/** A row as its state's type. What a state must have and the row lacks is a bug (the table's checks forbid it). */
export function storedOf(row: SubscriptionTable): Stored {
  return {
    subscription: subscriptionOf(row),
    version: row.version,
    firstOrderId: row.order_id,
    lastChargedOn: row.last_charged_on,
    announced: announcedOf(row),
    provider: row.provider,
    consent: { version: row.consent_version, at: row.consented_at },
  }
}

function announcedOf({
  announced_cycle_no: no,
  announced_due: due,
  announced_amount: amount,
}: SubscriptionTable): Announced {
  return due === null || amount === null ? { no, due: null, amount: null } : { no, due, amount }
}

function subscriptionOf(row: SubscriptionTable): Subscription {
  const agreement: Agreement = {
    id: row.id,
    customerId: row.customer_id,
    itemId: row.item_id,
    methodId: row.method_id,
    schedule: readSchedule(row.schedule),
    terms: readTerms(row.terms),
    pendingPrice:
      row.pending_price === null
        ? null
        : { unitPrice: row.pending_price, proposedAt: has(row.pending_price_at, row) },
    latestCycle: { no: row.latest_cycle_no, due: row.latest_cycle_due, open: row.latest_cycle_open },
    putOff: putOffOf(row),
    startedAt: row.started_at,
  }
  switch (row.state) {
    case 'active':
      return { ...agreement, state: 'active' }
    case 'paused':
      // A paused subscription always keeps the pause that made it so, as the last one.
      return { ...agreement, state: 'paused', pause: has(agreement.schedule.pauses.at(-1) ?? null, row) }
    case 'past_due':
      return { ...agreement, state: 'past_due', waiting: waitingOf(has(row.waiting, row)) }
    case 'cancelled':
      return {
        ...agreement,
        state: 'cancelled',
        cancelledAt: has(row.cancelled_at, row),
        reason: has(row.cancel_reason, row),
        by: has(row.cancelled_by, row),
      }
  }
}

function putOffOf({ put_off_cycle_no: no, put_off_due: due, put_off_to: to }: SubscriptionTable) {
  return no === null || due === null || to === null ? null : { no, due, to }
}

function waitingOf(stored: StoredWaiting) {
  return stored.kind === 'retry'
    ? { kind: stored.kind, at: Temporal.Instant.from(stored.at) }
    : { kind: stored.kind, giveUpAt: Temporal.Instant.from(stored.giveUpAt) }
}

function has<T>(value: T | null, row: SubscriptionTable): T {
  if (value === null) throw new Error(`subscription ${row.id} lacks what the state ${row.state} must have`)
  return value
}

/** Has the billing worker look at a subscription not before an instant. The row is locked. */
export async function lookAgainAt(tx: Tx, subscriptionId: string, at: Temporal.Instant): Promise<void> {
  await sql`update subscriptions.subscription set act_at = ${at} where id = ${subscriptionId}`.execute(tx)
}
