import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import { type Acknowledged, noteOrder } from './acknowledged.ts'
import type { Account } from './people/accounts.ts'
import { insist, type Trouble } from './people/insist.ts'
import { operatorToken } from './people/operators.ts'
import { asOrder } from './views.ts'

/** What is still under way, by name; all zero when everything has settled. */
export type Unsettled = Readonly<Record<string, number>>

export interface Settling {
  db: Db
  shopUrl: string
  log: Acknowledged
  trouble: Trouble
  accountOf(email: string): Account | undefined
  told(unsettled: Unsettled, elapsedMs: number): void
  patienceMs: number
}

export interface Settled {
  /** What was still under way when the patience ended: nothing, if all is well. */
  unsettled: Unsettled
  /** Refunds and payments that waited for a person, who then asked the bank again. */
  askedByOperator: number
}

/** An order that ends by itself within this time is left to the expiry sweep. */
const SOON_SECONDS = 65

/**
 * Waits until nothing is under way any more. Orders that the bank's page would keep open for another quarter of an
 * hour are cancelled by the API, as customer service would do; what waits for a person gets one. For
 * registrations of payment methods the time passes at once.
 */
export async function settle(settling: Settling): Promise<Settled> {
  const startedAt = performance.now()
  const asked = new Set<string>()
  for (;;) {
    const underWay = await stillUnderWay(settling.db)
    const elapsedMs = performance.now() - startedAt
    settling.told(underWay, elapsedMs)
    if (Object.keys(underWay).length === 0 || elapsedMs > settling.patienceMs)
      return { unsettled: underWay, askedByOperator: asked.size }
    await cancelLongWaits(settling)
    await passTime(settling.db)
    for (const id of await askAgain(settling)) asked.add(id)
    await new Promise((next) => setTimeout(next, 500))
  }
}

async function stillUnderWay(db: Db): Promise<Unsettled> {
  const { rows } = await sql<{ what: string; n: number }>`
    select 'order ' || state as what, count(*) as n from orders."order"
    where state = 'awaiting_payment' group by state
    union all
    select 'payment ' || state, count(*) from payments.attempt
    where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown') group by state
    union all
    select 'refund ' || state, count(*) from payments.refund
    where state in ('requested', 'sent', 'unknown') group by state
    union all
    select 'registration ' || state, count(*) from payments.registration
    where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown') group by state
    union all
    select 'method ' || state, count(*) from payments.method where state = 'revoking' group by state
    union all
    select 'cash receipt ' || state, count(*) from payments.cash_receipt
    where state in ('asked', 'due', 'sent', 'unknown', 'refused') group by state
    union all
    select 'event to deliver', count(*) from platform.undelivered having count(*) > 0
    union all
    select 'event ' || state, count(*) from platform.parked_event where state <> 'dead' group by state
  `.execute(db)
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]))
}

/** The operator's part: has the bank asked again about everything that was put before a person. */
async function askAgain({ db, shopUrl, trouble }: Settling): Promise<string[]> {
  const { rows } = await sql<{ kind: string; id: string }>`
    select 'payments' as kind, id from payments.attempt where needs_review
    union all
    select 'refunds', id from payments.refund where needs_review`.execute(db)
  if (rows.length === 0) return []
  const token = await operatorToken(shopUrl, 'admin', trouble)
  for (const { kind, id } of rows)
    await insist({ method: 'POST', url: `${shopUrl}/api/admin/${kind}/${id}/lookup`, token }, trouble, 10_000)
  return rows.map(({ id }) => id)
}

/**
 * Pages of customers who never came back are over now, and so are the minutes that a look or a sending of a dead process
 * is waited for: it was taken more than ten seconds ago, and a living one takes two. What follows is the server's affair.
 */
async function passTime(db: Db): Promise<void> {
  await sql`
    update payments.registration set expires_at = now() where state = 'awaiting_customer' and expires_at > now()`.execute(
    db,
  )
  await sql`
    update payments.registration set next_look_at = now()
    where state in ('authorised', 'unknown')
      and next_look_at between now() + interval '10 seconds' and now() + interval '50 seconds'`.execute(db)
  await sql`
    update payments.cash_receipt set next_look_at = now()
    where state = 'due' and next_look_at between now() + interval '10 seconds' and now() + interval '50 seconds'
      or state = 'unknown' and next_look_at between now() + interval '10 seconds' and now() + interval '590 seconds'`.execute(
    db,
  )
}

async function cancelLongWaits({ db, shopUrl, log, accountOf }: Settling): Promise<void> {
  const { rows } = await sql<{ id: string; email: string }>`
    select o.id, a.email from orders."order" o join identity.account a on a.id = o.customer_id
    where o.state = 'awaiting_payment' and o.expires_at > now() + make_interval(secs => ${SOON_SECONDS})
      and not exists (
        select 1 from payments.attempt t where t.order_id = o.id and t.state in ('sent', 'unknown'))
  `.execute(db)
  await Promise.all(
    rows.map(async ({ id, email }) => {
      const url = `${shopUrl}/api/orders/${id}/cancel`
      const answer = await accountOf(email)?.send({ method: 'POST', url }, 10_000)
      const order = answer?.status === 200 ? asOrder(answer.body) : undefined
      if (order !== undefined) noteOrder(log, order)
    }),
  )
}
