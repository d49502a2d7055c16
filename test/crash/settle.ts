import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import type { Account } from './accounts.ts'
import { type Acknowledged, noteOrder } from './acknowledged.ts'
import { asOrder } from './views.ts'

/** What is still under way, by name; all zero when everything has settled. */
export type Unsettled = Readonly<Record<string, number>>

export interface Settling {
  db: Db
  shopUrl: string
  log: Acknowledged
  accountOf(email: string): Account | undefined
  told(unsettled: Unsettled, elapsedMs: number): void
  patienceMs: number
}

/** An order that ends by itself within this time is left to the expiry sweep. */
const SOON_SECONDS = 65

/**
 * Waits until nothing is under way any more. Orders that the bank's page would keep open for another quarter of an
 * hour are cancelled by the API, as customer service would do. Answers what is left when the patience ends: empty
 * when everything has settled.
 */
export async function settle(settling: Settling): Promise<Unsettled> {
  const startedAt = performance.now()
  for (;;) {
    const unsettled = await stillUnderWay(settling.db)
    const elapsedMs = performance.now() - startedAt
    settling.told(unsettled, elapsedMs)
    if (Object.keys(unsettled).length === 0 || elapsedMs > settling.patienceMs) return unsettled
    await cancelLongWaits(settling)
    await new Promise((done) => setTimeout(done, 500))
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
    select 'event to deliver', count(*) from platform.outbox where delivered_at is null having count(*) > 0
    union all
    select 'event ' || state, count(*) from platform.parked_event where state <> 'dead' group by state
  `.execute(db)
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]))
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
