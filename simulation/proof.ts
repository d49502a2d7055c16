import { type RawBuilder, sql } from 'kysely'
import { audit, type BankEntry, type ShopCycle } from './audit.ts'
import { type Diary, dayOfDate } from './expected.ts'
import type { SimulatedWorld } from './world.ts'

/** What an auditor finds who reads the shop's tables and the bank's journal side by side. Amounts in won. */
export interface Proof {
  /** Cycles by state, and by reason where there is one. */
  cycles: Record<string, number>
  subscriptions: Record<string, number>
  orders: Record<string, number>
  /** What customers expected to be charged, by their own diaries. */
  expected: { charges: number; charged: number }
  bank: { charges: number; charged: number; refunded: number }
  shop: { charges: number; charged: number; refunded: number }
  /** Charges whose outcome the shop does not know yet; the bank may have taken them or not. */
  open: number
  /** Every single disagreement; none is what must come out. */
  differences: string[]
}

type Row = Record<string, unknown>

/** Until when the shop was looked after. */
export interface LookedAfter {
  /** The last business day that was billed. */
  lastDay: Temporal.PlainDate
  /** The last one on which refused charges were tried again. */
  lastRetryDay: Temporal.PlainDate
}

/** @param diaries what customers agreed to and did, by themselves */
export async function prove(
  world: SimulatedWorld,
  { lastDay, lastRetryDay }: LookedAfter,
  diaries: readonly Diary[],
): Promise<Proof> {
  const { db } = world.runtime.database
  const rows = async <T extends Row>(query: RawBuilder<T>): Promise<T[]> => (await query.execute(db)).rows
  const attempts = await rows(sql<{ id: string; total: number; state: string }>`
    select id, total, state from payments.attempt
    where state in ('succeeded', 'succeeded_late', 'unknown', 'sent')`)
  const journal = await bankJournal(world)
  const audited = audit({
    lastDay: dayOfDate(lastDay.toString()),
    lastRetryDay: dayOfDate(lastRetryDay.toString()),
    diaries,
    bank: journal.entries,
    cycles: await shopCycles(rows),
  })
  const differences = [
    ...audited.differences,
    ...compareCharges(attempts, journal),
    ...(await breaches(world, lastDay)),
  ]

  const taken = attempts.filter(({ state }) => state === 'succeeded' || state === 'succeeded_late')
  const refunded = (
    await rows(sql<{ sum: number }>`
      select coalesce(sum(amount), 0)::bigint as sum from payments.refund where state = 'succeeded'`)
  )[0]?.sum
  const ledger = (
    await rows(sql<{ sum: number }>`
      select coalesce(sum(amount), 0)::bigint as sum from payments.ledger_entry where account like 'receivable:%'`)
  )[0]?.sum
  const shop = {
    charges: taken.length,
    charged: sumOf(taken.map(({ total }) => total)),
    refunded: refunded ?? 0,
  }
  const bank = {
    charges: journal.charges.length,
    charged: sumOf(journal.charges.map(({ amount }) => amount)),
    refunded: sumOf(journal.refunds),
  }
  if (ledger !== shop.charged - shop.refunded)
    differences.push(`the ledger says ${ledger}, the payments ${shop.charged - shop.refunded} won`)
  if (shop.refunded !== bank.refunded)
    differences.push(`refunds: ${shop.refunded} won here, ${bank.refunded} at the bank`)
  return {
    cycles: await counts(rows, sql`concat_ws(': ', state, reason)`, sql`subscriptions.cycle`),
    subscriptions: await counts(
      rows,
      sql`concat_ws(': ', state, cancel_reason)`,
      sql`subscriptions.subscription`,
    ),
    orders: await counts(rows, sql`concat_ws(' ', kind, state)`, sql`orders."order"`),
    expected: audited.expected,
    bank,
    shop,
    open: attempts.length - taken.length,
    differences,
  }
}

async function counts(
  rows: <T extends Row>(query: RawBuilder<T>) => Promise<T[]>,
  name: RawBuilder<unknown>,
  table: RawBuilder<unknown>,
): Promise<Record<string, number>> {
  const found = await rows(sql<{ name: string; count: number }>`
    select ${name} as name, count(*)::int as count from ${table} group by 1 order by 1`)
  return Object.fromEntries(found.map(({ name: key, count }) => [key, count]))
}

/** Every cycle the shop ever recorded, with days as numbers. */
async function shopCycles(rows: <T extends Row>(query: RawBuilder<T>) => Promise<T[]>): Promise<ShopCycle[]> {
  const found = await rows(sql<Omit<ShopCycle, 'due' | 'paidOn'> & { due: string; paidOn: string | null }>`
    select s.customer_id as "customerId", c.cycle_no as no, c.due::text, c.state, c.reason, c.amount,
      (c.paid_at at time zone 'Asia/Seoul')::date::text as "paidOn"
    from subscriptions.cycle c join subscriptions.subscription s on s.id = c.subscription_id`)
  return found.map(({ due, paidOn, ...cycle }) => ({
    ...cycle,
    due: dayOfDate(due),
    paidOn: paidOn === null ? null : dayOfDate(paidOn),
  }))
}

interface Journal {
  charges: { attemptId: string; amount: number }[]
  refunds: number[]
  /** What customers see on their statements, and what was refused to us by token. */
  entries: BankEntry[]
}

async function bankJournal({ bankUrl }: SimulatedWorld): Promise<Journal> {
  const read = async (kind: string) => {
    const answer = await fetch(`${bankUrl}/journal?kind=${kind}`)
    const rows: unknown = await answer.json()
    if (!answer.ok || !Array.isArray(rows)) throw new Error(`no journal of the bank: ${answer.status}`)
    return rows.map((row: unknown) => Object.fromEntries(Object.entries(row ?? {})))
  }
  const entry = (kind: BankEntry['kind'], row: Record<string, unknown>): BankEntry => ({
    customerId: String(row.partnerUserId),
    at: Date.parse(String(row.at)),
    amount: Number(row.amount),
    kind,
  })
  const charges = await read('charge')
  const refusals = (await read('declined')).filter(({ operation }) => operation === 'subscription')
  return {
    charges: charges.map(({ partnerOrderId, amount }) => ({
      attemptId: String(partnerOrderId),
      amount: Number(amount),
    })),
    refunds: (await read('refund')).map(({ amount }) => Number(amount)),
    entries: [
      ...charges.map((row) => entry('charge', row)),
      ...refusals.map((row) => entry(row.unheard === true ? 'unheard' : 'refusal', row)),
    ],
  }
}

/** Every charge of the bank is one attempt of ours, and the other way round, to the won. */
function compareCharges(
  attempts: readonly { id: string; total: number; state: string }[],
  { charges }: Journal,
): string[] {
  const differences: string[] = []
  const atBank = new Map<string, number>()
  for (const { attemptId, amount } of charges) {
    if (atBank.has(attemptId)) differences.push(`the bank charged attempt ${attemptId} twice`)
    atBank.set(attemptId, amount)
  }
  const ours = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  for (const [attemptId, amount] of atBank) {
    const attempt = ours.get(attemptId)
    if (!attempt) differences.push(`the bank took ${amount} won for ${attemptId}, which is not paid here`)
    else if (attempt.total !== amount)
      differences.push(`attempt ${attemptId}: ${attempt.total} won here, ${amount} at the bank`)
  }
  for (const { id, total, state } of attempts) {
    if (state.startsWith('succeeded') && !atBank.has(id))
      differences.push(`attempt ${id} counts as paid (${total} won), but the bank took nothing`)
  }
  return differences
}

/** More pieces than anybody orders and others have put aside at one time. */
const PLENTY = 50

/** What must never be, as queries that must find nothing. */
async function breaches({ runtime }: SimulatedWorld, lastDay: Temporal.PlainDate): Promise<string[]> {
  const rules: readonly (readonly [string, RawBuilder<Row>])[] = [
    [
      'a paid cycle without its paid order and its successful charge',
      sql`select c.subscription_id as id from subscriptions.cycle c
        left join orders."order" o on o.id = c.order_id and o.paid_attempt_id = c.attempt_id
          and o.state in ('paid', 'preparing', 'shipped', 'delivered')
        left join payments.attempt a on a.id = c.attempt_id and a.state = 'succeeded' and a.order_id = c.order_id
          and a.total = o.total
        where c.state = 'paid' and (o.id is null or a.id is null)`,
    ],
    [
      'a paid order of a cycle whose cycle is not paid',
      sql`select o.id from orders."order" o
        left join subscriptions.cycle c on c.order_id = o.id and c.state = 'paid'
        where o.kind = 'cycle' and o.paid_attempt_id is not null and c.order_id is null`,
    ],
    [
      'a purchase that was paid and began no subscription',
      sql`select o.id from orders."order" o left join subscriptions.subscription s on s.order_id = o.id
        where o.kind = 'purchase' and o.paid_attempt_id is not null and s.id is null`,
    ],
    [
      'a gap between cycles',
      sql`select c.subscription_id as id from subscriptions.cycle c
        join subscriptions.subscription s on s.id = c.subscription_id
        group by c.subscription_id, s.latest_cycle_no
        having count(*) <> s.latest_cycle_no or max(c.cycle_no) <> s.latest_cycle_no or min(c.cycle_no) <> 1`,
    ],
    [
      'a due cycle that nobody handled',
      sql`select id from subscriptions.subscription where next_due <= ${lastDay} and not latest_cycle_open`,
    ],
    [
      'two charges of one subscription on one day',
      sql`select subscription_id as id from subscriptions.cycle where state = 'paid'
        group by subscription_id, (paid_at at time zone 'Asia/Seoul')::date having count(*) > 1`,
    ],
    [
      'a charge before its day',
      sql`select subscription_id as id from subscriptions.cycle
        where state = 'paid' and (paid_at at time zone 'Asia/Seoul')::date < due`,
    ],
    [
      'a charge after the customer had cancelled',
      sql`select c.subscription_id as id from subscriptions.cycle c
        join subscriptions.subscription s on s.id = c.subscription_id
        where c.state = 'paid' and c.created_at > s.cancelled_at`,
    ],
    [
      // Nothing is delivered to the shelves here; fewer pieces may have been put aside for others then.
      'a delivery left out for want of stock that is still there',
      sql`select c.subscription_id as id from subscriptions.cycle c
        join subscriptions.subscription s on s.id = c.subscription_id
        join catalog.stock k on k.item_id = s.item_id
        where c.state = 'skipped' and c.reason = 'out_of_stock' and k.on_hand >= ${PLENTY}`,
    ],
    [
      'stock that is held for nobody, or not held for somebody',
      sql`select s.item_id as id from catalog.stock s
        where s.held <> (select coalesce(sum(h.quantity), 0) from catalog.stock_hold h where h.item_id = s.item_id)
          or s.held > s.on_hand`,
    ],
    ['an event nobody could handle', sql`select event_id as id from platform.parked_event`],
  ]
  const found: string[] = []
  for (const [what, query] of rules) {
    const { rows } = await query.execute(runtime.database.db)
    for (const row of rows.slice(0, 20)) found.push(`${what}: ${String(row.id)}`)
    if (rows.length > 20) found.push(`${what}: and ${rows.length - 20} more`)
  }
  return found
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0)
}
