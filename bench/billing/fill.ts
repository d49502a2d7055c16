import { sql } from 'kysely'
import type { Cipher } from '../../src/platform/cipher.ts'
import { type Db, transact } from '../../src/platform/database/database.ts'
import { newSchedule } from '../../src/shop/subscriptions/rules/billing-calendar.ts'
import { nextCharge } from '../../src/shop/subscriptions/rules/subscription.ts'
import { storeSchedule } from '../../src/shop/subscriptions/store/stored-schedule.ts'
import { findSubscription } from '../../src/shop/subscriptions/store/subscription-store.ts'

/** How many subscriptions, and how many of them have to be charged today. */
export interface Volume {
  readonly subscriptions: number
  readonly due: number
}

const PERIOD_DAYS = 60
const BATCH = 5_000
/** Every id ends in twelve digits, so that a yardstick can name the next row by counting. */
const FIRST_SUFFIX = 100_000_000_000
const SUBSCRIPTION = '8000'
const METHOD = '8001'
const CUSTOMER = '8002'
const ORDER = '8003'
const ATTEMPT = '8004'

/** The part all ids of one filling share; another filling gets others, because orders and payments stay. */
const prefixOf = (filledAt: string) => `${filledAt.slice(0, 8)}-${filledAt.slice(8)}-7000`
const idOf = (filledAt: string, kind: string, n: number) =>
  `${prefixOf(filledAt)}-${kind}-${FIRST_SUFFIX + n}`
/** At most twenty characters, as KakaoPay gives them. */
const tokenOf = (filledAt: string, n: number) => `S${filledAt.slice(2)}${n}`

/** The number a subscription was filled with, from its id. */
export const numberIn = (id: string) => Number(id.slice(-12)) - FIRST_SUFFIX

/** The token of the method that pays a subscription that is due, and whose it is, as the bank has to know them. */
export function bankTokenOf(subscriptionId: string): { token: string; partnerUserId: string } {
  const filledAt = subscriptionId.slice(0, 13).replace('-', '')
  const n = numberIn(subscriptionId)
  return { token: tokenOf(filledAt, n), partnerUserId: idOf(filledAt, CUSTOMER, n) }
}

/** @returns whether what is stored is of today, large enough, and not used up */
export async function isFilled(db: Db, today: Temporal.PlainDate, wanted: Volume): Promise<boolean> {
  const { rows } = await sql<{ total: number; due: number; late: number }>`
    select (select count(*)::int from subscriptions.subscription) as total,
      count(*) filter (where next_due = ${today})::int as due, count(*) filter (where next_due < ${today})::int as late
    from subscriptions.subscription where next_due <= ${today} and not latest_cycle_open`.execute(db)
  const found = rows[0]
  if (!found) return false
  return found.total === wanted.subscriptions && found.late === 0 && found.due >= wanted.due * 0.75
}

/**
 * Subscriptions as the store writes them, in bulk: every customer has one payment method and the same number of
 * subscriptions, each for another item, one of them due today and the others within the next two months. Their first
 * orders are not made.
 */
export async function fillSubscriptions(
  db: Db,
  today: Temporal.PlainDate,
  { subscriptions, due }: Volume,
  items: readonly string[],
): Promise<string> {
  const filledAt = Temporal.Now.plainDateTimeISO('UTC').toString().replaceAll(/\D/g, '').slice(0, 12)
  const id = (kind: string, n: string) =>
    sql.raw(`('${prefixOf(filledAt)}-${kind}-' || (${FIRST_SUFFIX} + ${n}))::uuid`)
  const anchor = today.subtract({ days: PERIOD_DAYS })
  const schedule = storeSchedule(newSchedule(anchor, { unit: 'days', count: PERIOD_DAYS }))
  const terms = {
    quantity: 1,
    unitPrice: 19_900,
    receiver: {
      name: '홍길동',
      phone: '01012345678',
      city: '서울특별시 중구',
      addressDetail: '세종대로 110',
      postalCode: '04524',
      deliveryNote: '',
    },
  }
  await transact(db, async (tx) => {
    await sql`set local statement_timeout = 0`.execute(tx)
    await sql`truncate subscriptions.subscription, subscriptions.billing_run cascade`.execute(tx)
    await sql`
      insert into subscriptions.subscription (
        id, order_id, item_id, customer_id, method_id, provider, state, version, anchor, schedule, terms, latest_cycle_no,
        latest_cycle_due, latest_cycle_open, last_charged_on, next_due, announced_cycle_no, consent_version,
        consented_at, started_at)
      select ${id(SUBSCRIPTION, 'n')}, ${id(ORDER, `n % ${due}`)},
        (${items}::uuid[])[1 + (n % ${due}::int + n / ${due}::int) % ${items.length}::int],
        ${id(CUSTOMER, `n % ${due}`)}, ${id(METHOD, `n % ${due}`)}, 'kakaopay', 'active', 1, first,
        replace(${JSON.stringify(schedule)}, ${anchor.toString()}, first::text)::jsonb,
        jsonb_build_array(jsonb_build_object('from', first) || ${JSON.stringify(terms)}::jsonb),
        1, first, false, first, first + ${PERIOD_DAYS}::int, 2, '2026-01', first + time '12:00', first + time '12:00'
      from (select n, ${anchor}::date + case when n < ${due}::int then 0 else 1 + n % ${PERIOD_DAYS}::int end as first
        from generate_series(0, ${subscriptions - 1}::int) as n) as numbered`.execute(tx)
    await sql`
      insert into subscriptions.cycle (
        subscription_id, cycle_no, due, state, order_id, attempt_id, method_id, paid_at, created_at, updated_at)
      select id, 1, anchor, 'paid', order_id, overlay(order_id::text placing ${ATTEMPT} from 20)::uuid, method_id,
        started_at, started_at, started_at
      from subscriptions.subscription`.execute(tx)
  })
  await checkSamples(db)
  await sql`vacuum analyze subscriptions.subscription, subscriptions.cycle`.execute(db)
  return filledAt
}

/** What was filled in bulk must read as what the rules would have written. */
async function checkSamples(db: Db): Promise<void> {
  const { rows } = await sql<{ id: string; next_due: Temporal.PlainDate }>`
    (select id, next_due from subscriptions.subscription order by id limit 50) union all
    (select id, next_due from subscriptions.subscription order by id desc limit 50)`.execute(db)
  for (const { id, next_due: nextDue } of rows) {
    const stored = await findSubscription(db, id)
    const charge = stored && nextCharge(stored.subscription)
    if (charge?.due.toString() !== nextDue.toString() || charge.no !== 2)
      throw new Error(`subscription ${id} was not filled in right`)
  }
}

/** The customers' payment methods, encrypted as the payments do it, each issued by a payment. */
export async function fillMethods(db: Db, cipher: Cipher, filledAt: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => from + n)
    const rows = numbers.map((n) => {
      const id = idOf(filledAt, METHOD, n)
      return {
        id,
        owner: idOf(filledAt, CUSTOMER, n),
        attempt: idOf(filledAt, ATTEMPT, n),
        order: idOf(filledAt, ORDER, n),
        token: cipher.encrypt(tokenOf(filledAt, n), id),
      }
    })
    const given = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as given (id uuid, owner uuid, attempt uuid, "order" uuid, token text)`
    const at = sql`now() - interval '60 days'`
    await sql`
      insert into payments.attempt (
        id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity, buyer_ref, return_key,
        provider_ref, send_no, sent_at, method, paid_at, created_at, updated_at)
      select attempt, "order", owner, 'kakaopay', 'checkout', 'pay_and_issue_token', 'succeeded', 19900, 1809,
        '정기배송', 1, owner::text, attempt::text, 'T' || attempt, 1, ${at}, 'MONEY', ${at}, ${at}, ${at}
      from ${given}`.execute(db)
    await sql`
      insert into payments.method (
        id, owner_id, provider, buyer_ref, token, display, state, issued_by, last_charged_at, created_at, updated_at)
      select id, owner, 'kakaopay', owner::text, token, '카카오페이머니', 'active', attempt, ${at}, ${at}, ${at}
      from ${given}`.execute(db)
  }
  await sql`vacuum analyze payments.attempt, payments.method`.execute(db)
}
