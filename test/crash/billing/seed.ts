import { sql } from 'kysely'
import type { Cipher } from '../../../src/platform/cipher.ts'
import { type Db, type Tx, transact } from '../../../src/platform/database/database.ts'
import { newId } from '../../../src/platform/ids.ts'
import { vatOf, type Won, won, ZERO_WON } from '../../../src/platform/money.ts'
import { DEFAULT_SUBSCRIPTION_SETTINGS } from '../../../src/shop/subscriptions/index.ts'
import { nextCharge } from '../../../src/shop/subscriptions/rules/subscription.ts'
import { newSubscription } from '../../../src/shop/subscriptions/rules/subscription-terms.ts'
import { storeSchedule, storeTerms } from '../../../src/shop/subscriptions/store/stored-schedule.ts'
import { RECEIVER } from '../people/accounts.ts'
import { between, randomFor } from '../plan.ts'

/** A subscription whose second cycle is due, and what that must cost. */
export interface Seed {
  subscriptionId: string
  customerId: string
  /** The first purchase, paid long ago. */
  orderId: string
  attemptId: string
  methodId: string
  /** As the bank knows it. */
  token: string
  itemId: string
  itemName: string
  quantity: number
  unitPrice: Won
}

export interface Seeded {
  seeds: readonly Seed[]
  initialStock: ReadonlyMap<string, number>
}

const ITEMS = 20
const PLENTY = 1_000_000
const PERIOD_DAYS = 30
const ROWS_AT_ONCE = 1_000

/**
 * Fills the shop with subscriptions begun one period before `today`, as their first payments left them, and tells the
 * bank their tokens.
 */
export async function seedSubscriptions(
  db: Db,
  bankUrl: string,
  cipher: Cipher,
  { count, seed, today }: { count: number; seed: number; today: Temporal.PlainDate },
): Promise<Seeded> {
  const random = randomFor(seed, 'subscriptions')
  const { rows: items } = await sql<{ id: string; name: string; price: number }>`
    select id, name, real_price as price from catalog.item where status = 'on_sale'
    order by statement_number limit ${ITEMS}`.execute(db)
  const seeds = Array.from({ length: count }, (_, n): Seed => {
    const item = items[n % items.length]
    if (item === undefined) throw new Error('the demo shop has nothing on sale')
    return {
      subscriptionId: newId(),
      customerId: newId(),
      orderId: newId(),
      attemptId: newId(),
      methodId: newId(),
      // As long as KakaoPay's.
      token: `S${String(n).padStart(19, '0')}`,
      itemId: item.id,
      itemName: item.name,
      quantity: between(random, 1, 3),
      unitPrice: won(item.price),
    }
  })
  await sql`update catalog.stock set on_hand = ${PLENTY}, held = 0`.execute(db)
  for (let from = 0; from < seeds.length; from += ROWS_AT_ONCE) {
    const some = seeds.slice(from, from + ROWS_AT_ONCE)
    await transact(db, (tx) => insert(tx, cipher, some, today))
    await tellBank(bankUrl, some)
  }
  await sql`analyze`.execute(db)
  const { rows } = await sql<{ itemId: string }>`select item_id as "itemId" from catalog.stock`.execute(db)
  return { seeds, initialStock: new Map(rows.map(({ itemId }) => [itemId, PLENTY])) }
}

async function insert(tx: Tx, cipher: Cipher, seeds: readonly Seed[], today: Temporal.PlainDate) {
  const anchor = today.subtract({ days: PERIOD_DAYS })
  const paidAt = anchor.toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '10:00' }).toInstant()
  const rows = JSON.stringify(seeds.map((seed) => rowOf(seed, cipher, anchor, paidAt)))
  const given = sql`jsonb_to_recordset(${rows}::jsonb) as g(
    subscription uuid, customer uuid, purchase uuid, attempt uuid, method uuid, token text, item uuid, name text,
    number text, quantity int, price bigint, total bigint, vat bigint, schedule jsonb, terms jsonb, due date)`
  const { name, phone, address } = RECEIVER
  await sql`
    insert into orders.consent_text (version, ko, en, kept_at)
    values ('2026-01', '정기결제에 동의합니다.', 'I agree to recurring payment.', ${paidAt})
    on conflict do nothing`.execute(tx)
  await sql`
    insert into orders."order" (id, order_number, customer_id, state, version, origin_total, discount_total, total,
      item_count, receiver_name, receiver_phone, city, address_detail, postal_code, placed_at, expires_at, paid_at,
      paid_attempt_id, paid_provider, consent_version, consented_at)
    select purchase, number, customer, 'paid', 2, total, 0, total, 1, ${name}, ${phone.replaceAll('-', '')},
      ${address.city}, ${address.detail}, ${address.postalCode}, ${paidAt}, ${paidAt.add({ minutes: 30 })}, ${paidAt},
      attempt, 'kakaopay', '2026-01', ${paidAt} from ${given}`.execute(tx)
  await sql`
    insert into orders.order_line (order_id, line_no, item_id, name, enterprise, quantity, origin_unit_price,
      discount_unit_price, unit_price, line_total, period_unit, period_count)
    select purchase, 1, item, name, '건강제약', quantity, price, 0, price, total, 'days', ${PERIOD_DAYS}::int
    from ${given}`.execute(tx)
  await sql`
    insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
      buyer_ref, return_key, provider_ref, send_no, sent_at, paid_at, created_at, updated_at)
    select attempt, purchase, customer, 'kakaopay', 'checkout', 'pay_and_issue_token', 'succeeded', total, vat, name,
      quantity, customer::text, 'key', 'T-' || attempt, 1, ${paidAt}, ${paidAt}, ${paidAt}, ${paidAt}
    from ${given}`.execute(tx)
  await sql`
    insert into payments.ledger_entry (transaction_id, account, amount, attempt_id, posted_at)
    select attempt, e.account, e.amount, attempt, ${paidAt} from ${given}
    cross join lateral (values ('receivable:kakaopay', total), ('sales', vat - total), ('vat', -vat)) e(account, amount)
    where e.amount <> 0`.execute(tx)
  await sql`
    insert into payments.method (id, owner_id, provider, buyer_ref, token, display, state, issued_by, last_charged_at,
      created_at, updated_at)
    select method, customer, 'kakaopay', customer::text, token, '카카오페이', 'active', attempt, ${paidAt}, ${paidAt},
      ${paidAt} from ${given}`.execute(tx)
  // The charge of today was announced days ago.
  await sql`
    insert into subscriptions.subscription (id, order_id, item_id, customer_id, method_id, state, version, anchor,
      schedule, terms, latest_cycle_no, latest_cycle_due, latest_cycle_open, last_charged_on, next_due,
      announced_cycle_no, consent_version, consented_at, started_at)
    select subscription, purchase, item, customer, method, 'active', 2, ${anchor}, schedule, terms, 1, ${anchor}, false,
      ${anchor}, due, 2, '2026-01', ${paidAt}, ${paidAt} from ${given}`.execute(tx)
  await sql`
    insert into subscriptions.cycle (subscription_id, cycle_no, due, state, order_id, attempt_id, method_id, amount,
      paid_at, created_at, updated_at)
    select subscription, 1, ${anchor}, 'paid', purchase, attempt, method, total, ${paidAt}, ${paidAt}, ${paidAt}
    from ${given}`.execute(tx)
}

/** What the rules of subscriptions and payments make of a first payment. */
function rowOf(seed: Seed, cipher: Cipher, anchor: Temporal.PlainDate, firstPaidAt: Temporal.Instant) {
  const { subscriptionId, customerId, itemId, methodId, quantity, unitPrice } = seed
  const { name, phone, address } = RECEIVER
  const begun = newSubscription(
    {
      id: subscriptionId,
      customerId,
      itemId,
      methodId,
      quantity,
      period: { unit: 'days', count: PERIOD_DAYS },
      unitPrice,
      receiver: {
        name,
        phone: phone.replaceAll('-', ''),
        city: address.city,
        addressDetail: address.detail,
        postalCode: address.postalCode,
        deliveryNote: '',
      },
      firstPaidAt,
    },
    { now: firstPaidAt, policy: DEFAULT_SUBSCRIPTION_SETTINGS.calendar },
  )
  if (begun.kind === 'refused') throw new Error(`no subscription: ${begun.code}`)
  const { subscription } = begun
  const total = won(unitPrice * quantity)
  return {
    subscription: subscriptionId,
    customer: customerId,
    purchase: seed.orderId,
    attempt: seed.attemptId,
    method: methodId,
    token: cipher.encrypt(seed.token, methodId),
    item: itemId,
    name: seed.itemName,
    number: orderNumber(seed, anchor),
    quantity,
    price: unitPrice,
    total,
    vat: vatOf(total, ZERO_WON),
    schedule: storeSchedule(subscription.schedule),
    terms: storeTerms(subscription.terms),
    due: nextCharge(subscription)?.due.toString(),
  }
}

/** The day, and the number of the token in digits that order numbers have. */
function orderNumber({ token }: Seed, day: Temporal.PlainDate): string {
  return `${day.toString().replaceAll('-', '')}-${token.slice(-6)}`
}

async function tellBank(bankUrl: string, seeds: readonly Seed[]): Promise<void> {
  const tokens = seeds.map(({ token, customerId }) => ({ token, partnerUserId: customerId }))
  const answer = await fetch(`${bankUrl}/tokens`, {
    method: 'POST',
    body: JSON.stringify({ provider: 'kakaopay', tokens }),
  })
  if (!answer.ok) throw new Error(`the bank did not take the tokens: ${await answer.text()}`)
}
