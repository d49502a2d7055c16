import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'

/** One line of the bank's journal about money. Amounts are won. */
export interface BankRow {
  seq: number
  provider: string
  /** KakaoPay's `tid`, Toss' `paymentKey`. */
  tid: string
  /** Our attempt. */
  partnerOrderId: string
  amount: number
  /** Of it, without VAT; left out: nothing. */
  taxFree?: number
  /** The bank's number of a charge or refund: `aid`, `transactionKey`. */
  aid: string
  /** A charge whose money came out of an account at Toss; left out: by card, or at KakaoPay. */
  byTransfer?: boolean
}

/** A cash receipt that the bank issued, or a part of one that it took back. */
interface BankReceipt {
  type: 'CONFIRM' | 'CANCEL'
  /** Our attempt. */
  partnerOrderId: string
  amount: number
}

/** Everything that must fit together, read at rest. */
export interface Snapshot {
  charges: BankRow[]
  bankRefunds: BankRow[]
  bankReceipts: BankReceipt[]
  orders: {
    id: string
    state: string
    total: number
    /** Given back so far; left out: nothing of a paid order. */
    refundedTotal?: number
    version: number
    paidAttemptId: string | null
    /** Subscription and number of the cycle it was made for; null for what a customer ordered. */
    cycle: string | null
    /** What a coupon took off; left out: none was used. */
    coupon?: { id: string; discount: number } | null
  }[]
  /** With the pieces of which the money went back in partial refunds, and which of these are in the house again. */
  lines: {
    orderId: string
    itemId: string
    quantity: number
    /** Is to come again and again; left out: it is not. */
    recurring?: boolean
    givenBack?: number
    restocked?: number
  }[]
  /** With the payment that was their first cycle. */
  subscriptions: { orderId: string; itemId: string; paidBy: string | null }[]
  attempts: {
    id: string
    orderId: string
    provider: string
    state: string
    total: number
    taxFree?: number
    refunded: number
  }[]
  refunds: {
    id: string
    attemptId: string
    amount: number
    taxFree?: number
    state: string
    providerRefundId: string | null
  }[]
  /** Cash receipts as we know them; what they stand for is in won. */
  receipts: { attemptId: string; state: string; standing: number }[]
  /** What orders gave parts back for, by the refund in payments. */
  partRefunds: { id: string; orderId: string; amount: number; state: string }[]
  returns: {
    id: string
    orderId: string
    kind: 'return' | 'exchange'
    state: string
    refundId: string | null
  }[]
  coupons: { id: string; budget: number | null; uses: number }[]
  couponUses: { couponId: string; orderId: string; customerId: string; discount: number; returned: boolean }[]
  /** Lines of carts of customers. */
  cartLines: { id: string; email: string; quantity: number }[]
  /** What carts remember of the lines that orders were made of. */
  orderedLines: { orderId: string; lineId: string; quantity: number }[]
  ledger: { transactionId: string; account: string; amount: number }[]
  stock: { itemId: string; onHand: number; held: number; sales: number }[]
  holds: { orderId: string; itemId: string; quantity: number }[]
  /** Kept answers of placed orders. */
  orderKeys: { key: string; orderId: string | null }[]
  events: { id: string; type: string; subject: string; version: number; delivered: boolean }[]
  inbox: { subscriber: string; eventId: string }[]
  parked: { subscriber: string; eventId: string; state: string; reason: string }[]
  deadCommands: { name: string; data: unknown }[]
  accounts: string[]
}

/** What the bank says. */
type BankSnapshot = Pick<Snapshot, 'charges' | 'bankRefunds' | 'bankReceipts'>

/** Reads the database. */
export async function readDatabase(db: Db): Promise<Omit<Snapshot, keyof BankSnapshot>> {
  const rows = async <T>(query: ReturnType<typeof sql<T>>): Promise<T[]> => (await query.execute(db)).rows
  return {
    orders: await rows(sql<Snapshot['orders'][number]>`
      select id, state, total, refunded_total as "refundedTotal", version, paid_attempt_id as "paidAttemptId",
        case kind when 'cycle' then subscription_id || '/' || cycle_no end as cycle,
        case when coupon_id is not null
          then json_build_object('id', coupon_id, 'discount', coupon_discount) end as coupon
      from orders."order" order by id`),
    lines: await rows(sql<Snapshot['lines'][number]>`
      select l.order_id as "orderId", l.item_id as "itemId", l.quantity, l.period_unit is not null as recurring,
        coalesce(sum(p.pieces) filter (where r.state = 'given'), 0)::int as "givenBack",
        coalesce(sum(p.pieces) filter (where r.state = 'given' and r.restock), 0)::int as restocked
      from orders.order_line l
      left join orders.refund_line p on p.order_id = l.order_id and p.line_no = l.line_no
      left join orders.refund r on r.id = p.refund_id
      group by l.order_id, l.line_no`),
    subscriptions: await rows(sql<Snapshot['subscriptions'][number]>`
      select s.order_id as "orderId", s.item_id as "itemId",
        case when c.state = 'paid' then c.attempt_id end as "paidBy"
      from subscriptions.subscription s
      left join subscriptions.cycle c on c.subscription_id = s.id and c.cycle_no = 1`),
    attempts: await rows(sql<Snapshot['attempts'][number]>`
      select id, order_id as "orderId", provider, state, total, tax_free as "taxFree", refunded
      from payments.attempt order by id`),
    refunds: await rows(sql<Snapshot['refunds'][number]>`
      select id, attempt_id as "attemptId", amount, tax_free as "taxFree", state,
        provider_refund_id as "providerRefundId"
      from payments.refund order by id`),
    receipts: await rows(sql<Snapshot['receipts'][number]>`
      select attempt_id as "attemptId", state, standing from payments.cash_receipt order by attempt_id`),
    partRefunds: await rows(sql<Snapshot['partRefunds'][number]>`
      select id, order_id as "orderId", amount, state from orders.refund order by id`),
    returns: await rows(sql<Snapshot['returns'][number]>`
      select id, order_id as "orderId", kind, state, refund_id as "refundId" from orders.return_request order by id`),
    coupons: await rows(sql<Snapshot['coupons'][number]>`
      select id, budget, uses from coupons.coupon order by id`),
    couponUses: await rows(sql<Snapshot['couponUses'][number]>`
      select coupon_id as "couponId", order_id as "orderId", customer_id as "customerId", discount,
        returned_at is not null as returned
      from coupons.use order by order_id`),
    cartLines: await rows(sql<Snapshot['cartLines'][number]>`
      select l.id, a.email, l.quantity from cart.line l
      join cart.cart c on c.id = l.cart_id join identity.account a on a.id = c.customer_id`),
    orderedLines: await rows(sql<Snapshot['orderedLines'][number]>`
      select order_id as "orderId", line_id as "lineId", quantity from cart.ordered_line`),
    ledger: await rows(sql<Snapshot['ledger'][number]>`
      select transaction_id as "transactionId", account, amount from payments.ledger_entry`),
    stock: await rows(sql<Snapshot['stock'][number]>`
      select s.item_id as "itemId", on_hand as "onHand", held, n.sales_count as sales
      from catalog.stock s join catalog.item_numbers n using (item_id)`),
    holds: await rows(sql<Snapshot['holds'][number]>`
      select order_id as "orderId", item_id as "itemId", quantity from catalog.stock_hold`),
    orderKeys: await rows(sql<Snapshot['orderKeys'][number]>`
      select key, answer ->> 'id' as "orderId" from platform.idempotency_key where scope like 'orders:%'`),
    events: await rows(sql<Snapshot['events'][number]>`
      select event_id as id, type, subject, subject_version as version,
        event_id not in (select event_id from platform.undelivered) as delivered
      from platform.event order by pending, position`),
    inbox: await rows(sql<Snapshot['inbox'][number]>`
      select subscriber, event_id as "eventId" from platform.inbox`),
    parked: await rows(sql<Snapshot['parked'][number]>`
      select subscriber, event_id as "eventId", state, reason from platform.parked_event`),
    deadCommands: await rows(sql<Snapshot['deadCommands'][number]>`
      select name, data from pgboss.job where name = 'dead_letter'`),
    accounts: (
      await rows(sql<{ email: string }>`
      select email from identity.account where status = 'active'`)
    ).map(({ email }) => email),
  }
}

/** Reads the bank's journal: every charge, refund and cash receipt it ever made. */
export async function readBank(bankUrl: string): Promise<BankSnapshot> {
  const sessions = await rowsOf(bankUrl, 'session')
  const transfers = new Set(
    sessions.filter(({ method }) => method === 'transfer').map(({ paymentKey }) => paymentKey),
  )
  const charges = await readJournal(bankUrl, 'charge')
  return {
    charges: charges.map((row) => ({ ...row, byTransfer: transfers.has(row.tid) })),
    bankRefunds: await readJournal(bankUrl, 'refund'),
    bankReceipts: (await rowsOf(bankUrl, 'cash_receipt')).map((row) => ({
      type: row.type === 'CONFIRM' ? 'CONFIRM' : 'CANCEL',
      partnerOrderId: String(row.partnerOrderId),
      amount: Number(row.amount),
    })),
  }
}

/** Rows of one kind of the bank's journal. A refusal has no numbers of the bank. */
export async function readJournal(
  bankUrl: string,
  kind: 'charge' | 'refund' | 'declined',
): Promise<BankRow[]> {
  return (await rowsOf(bankUrl, kind)).map(bankRow)
}

async function rowsOf(bankUrl: string, kind: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${bankUrl}/journal?kind=${kind}`)
  const rows: unknown = await response.json()
  if (!Array.isArray(rows)) throw new Error('the bank did not answer its journal')
  return rows.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null)
}

function bankRow(row: Record<string, unknown>): BankRow {
  return {
    seq: Number(row.seq),
    provider: String(row.provider),
    tid: String(row.tid ?? row.paymentKey),
    partnerOrderId: String(row.partnerOrderId),
    amount: Number(row.amount),
    taxFree: Number(row.taxFree ?? 0),
    aid: String(row.aid ?? row.transactionKey),
  }
}
