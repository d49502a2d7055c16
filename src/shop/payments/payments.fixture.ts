/** For the tests of payments only: payments on a real database, with small orders of the test's own. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { createCipher } from '../../platform/cipher.ts'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import type { Actor, Role } from '../../platform/http/actor.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { refused } from '../../platform/refusal.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { type Clock, type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import type { PaymentsDeps } from './deps.ts'
import { beginCheckout } from './flows/begin-checkout.ts'
import { returnedFromCheckout } from './flows/checkout-visit.ts'
import { closeOpenAttempt } from './flows/close-attempt.ts'
import { refundPayment } from './flows/refund-payment.ts'
import { paymentsSchema } from './index.ts'
import type { AttemptNews, Payable } from './payable.ts'
import type { PaymentProvider } from './provider.ts'
import { lookUpDue } from './recovery/look-up.ts'
import { sweepAttempts } from './recovery/sweep-attempts.ts'
import { sweepRefunds } from './recovery/sweep-refunds.ts'
import type { ReceiptWish } from './rules/cash-receipt.ts'
import { LOOK_DELAYS_SECONDS } from './rules/look.ts'
import { sendRefund } from './sending/send-refund.ts'
import type { Attempt } from './store/attempt-store.ts'
import { type PaymentDetail, paymentDetail } from './store/queries.ts'

export const START = Temporal.Instant.from('2026-11-20T16:00:00Z')

const TABLES = `
  create schema testing;
  create table testing.purchase (
    id uuid primary key, owner_id uuid not null, total bigint not null, tax_free bigint not null default 0, state text not null,
    shipped boolean not null default false, expires_at timestamptz not null, refunded bigint not null default 0,
    paid_by uuid, refund_asked boolean not null default false, recurring boolean not null default false);
  create table testing.command (refund_id text primary key);
  create table testing.revocation (method_id text not null);
  create table testing.news (
    no serial primary key, order_id uuid not null, attempt_id uuid not null, kind text not null, detail jsonb not null);
`

interface Purchase {
  id: string
  owner_id: string
  total: number
  tax_free: number
  state: 'waiting' | 'paid' | 'closed' | 'refunded'
  shipped: boolean
  expires_at: Temporal.Instant
  refunded: number
  recurring: boolean
}

async function lock(tx: Tx, id: string): Promise<Purchase | undefined> {
  const { rows } = await sql<Purchase>`select * from testing.purchase where id = ${id} for update`.execute(tx)
  return rows[0]
}

function payableFor(clock: Clock): Payable {
  const view = (order: Purchase) => ({
    kind: 'payable' as const,
    orderId: order.id,
    ownerId: order.owner_id,
    total: won(order.total),
    taxFree: won(order.tax_free),
    itemName: '오메가3 외 1건',
    quantity: 2,
    recurring: order.recurring,
  })
  /** In the payment's own transaction, so that it is undone with it. */
  const hear = async (tx: Tx, kind: string, { orderId, attemptId }: AttemptNews, detail: object) => {
    await sql`insert into testing.news (order_id, attempt_id, kind, detail)
      values (${orderId}, ${attemptId}, ${kind}, ${JSON.stringify(detail)})`.execute(tx)
  }
  return {
    lockForPayment: async (tx, id, payerId) => {
      const order = await lock(tx, id)
      if (!order || (payerId !== undefined && payerId !== order.owner_id)) return refused('not_found')
      if (order.state === 'paid' || order.state === 'refunded') return refused('order_already_paid')
      const over = Temporal.Instant.compare(order.expires_at, clock.now()) <= 0
      return order.state === 'closed' || over ? refused('order_closed') : view(order)
    },
    keepOpenUntil: async (tx, id, until) => {
      await sql`update testing.purchase set expires_at = greatest(expires_at, ${until}) where id = ${id}`.execute(
        tx,
      )
    },
    ended: (tx, { origin, outcome, ...news }) => hear(tx, 'ended', news, { origin, outcome }),
    postponed: (tx, { retryAfterMs, ...news }) => hear(tx, 'postponed', news, { retryAfterMs }),
    doubted: (tx, news) => hear(tx, 'doubted', news, {}),
    stillWanted: async (tx, { orderId }) => (await lock(tx, orderId))?.state === 'waiting',
    paid: async (tx, { orderId, attemptId, paymentMethodId = null, at }) => {
      const order = await lock(tx, orderId)
      await hear(tx, 'paid', { orderId, attemptId, at }, { paymentMethodId })
      if (order?.state !== 'waiting') return 'too_late'
      await sql`update testing.purchase set state = 'paid', paid_by = ${attemptId} where id = ${orderId}`.execute(
        tx,
      )
      return 'accepted'
    },
    lockForRefund: async (tx, id) => {
      const order = await lock(tx, id)
      if (!order) return refused('not_found')
      return order.state === 'paid'
        ? { ...view(order), shipped: order.shipped }
        : refused('order_not_refundable')
    },
    refundRequested: async (tx, { orderId }) => {
      await sql`update testing.purchase set refund_asked = true where id = ${orderId}`.execute(tx)
    },
    refundDeclined: async (tx, { orderId }) => {
      await sql`update testing.purchase set refund_asked = false where id = ${orderId}`.execute(tx)
    },
    refunded: async (tx, { orderId, amount, remaining }) => {
      const order = await lock(tx, orderId)
      if (order?.state !== 'paid') throw new Error(`order ${orderId} was not paid`)
      if (order.refunded + amount !== order.total - remaining) throw new Error('the sums do not go on')
      await sql`
        update testing.purchase set refunded = refunded + ${amount},
          state = case when ${remaining}::bigint = 0 then 'refunded' else state end
        where id = ${orderId}`.execute(tx)
    },
    stillKept: async (db, ids) => {
      const { rows } = await sql<{ id: string }>`
        select id from testing.purchase where id = any(${ids}::uuid[])`.execute(db)
      return rows.map(({ id }) => id)
    },
  }
}

export function actor(userId: string, ...roles: Role[]): Actor {
  return { userId, roles: roles.length > 0 ? roles : ['customer'], sessionId: 'session' }
}

export interface World {
  database: TestDatabase
  db: Db
  clock: VirtualClock
  depsWith(...providers: PaymentProvider[]): PaymentsDeps
  /** What a test leaves unfinished never comes due in the tests after it. */
  leaveBehind(): Promise<void>
}

/** A database with payments and the test's orders, and a clock that stands still. */
export async function paymentsWorld(options: { poolSize?: number } = {}): Promise<World> {
  const database = await testDatabase([paymentsSchema], options)
  await sql.raw(TABLES).execute(database.db)
  const clock = virtualClock(START)
  return {
    database,
    db: database.db,
    clock,
    leaveBehind: async () => {
      const never = Temporal.Instant.from('9999-01-01T00:00:00Z')
      await sql`update payments.attempt set lease_until = ${never}, next_look_at = ${never}, expires_at = ${never}
        where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown')`.execute(database.db)
      await sql`update payments.refund set lease_until = ${never}, next_look_at = ${never}
        where state in ('requested', 'sent', 'unknown')`.execute(database.db)
      await sql`update payments.cash_receipt set lease_until = ${never}, next_look_at = ${never}
        where state in ('due', 'sent', 'unknown')`.execute(database.db)
      await sql`update payments.registration set lease_until = ${never}, next_look_at = ${never}, expires_at = ${never}
        where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown')`.execute(database.db)
      await sql`delete from testing.command`.execute(database.db)
      await sql`delete from testing.revocation`.execute(database.db)
    },
    depsWith: (...providers) => ({
      db: database.db,
      clock,
      log: createLog('silent'),
      providers: new Map(providers.map((provider) => [provider.name, provider])),
      payable: payableFor(clock),
      enqueue: async (tx, { name }, data) => {
        const { refundId, methodId } =
          typeof data === 'object' && data !== null ? Object.fromEntries<unknown>(Object.entries(data)) : {}
        if (name === 'payments.refund')
          await sql`insert into testing.command values (${refundId}) on conflict do nothing`.execute(tx)
        else await sql`insert into testing.revocation values (${methodId})`.execute(tx)
      },
      random: () => 0.5,
      resultPages: {
        payment: () => '/paid',
        registration: () => '/registered',
        visitor: async () => undefined,
        signIn: () => '/login',
      },
      cipher: createCipher(randomBytes(32).toString('base64url')),
      settings: {
        publicUrl: 'https://shop.test',
        lookDelaysSeconds: LOOK_DELAYS_SECONDS,
        tokenSettleWindow: Temporal.Duration.from({ hours: 24 }),
        unchangedEvidence: 'review',
        aloneUpTo: won(1_000_000),
        settlementTableHour: 12,
      },
    }),
  }
}

/** What customers, operators and timers do, in the words of the tests. */
export function shopOf(world: World, deps: PaymentsDeps) {
  const { db, clock } = world
  const provider = [...deps.providers.keys()][0] ?? 'kakaopay'

  const place = async (total = 21_000, owner: string = newId(), recurring = false, taxFree = 0) => {
    const id = newId()
    await sql`
      insert into testing.purchase (id, owner_id, total, tax_free, state, expires_at, recurring)
      values (${id}, ${owner}, ${total}, ${taxFree}, 'waiting', ${clock.now().add({ minutes: 30 })}, ${recurring})`.execute(
      db,
    )
    return { id, owner }
  }
  const begin = (
    order: { id: string; owner: string },
    key: string = newId(),
    by = provider,
    cashReceipt?: ReceiptWish,
  ) =>
    beginCheckout(deps, {
      actor: actor(order.owner),
      orderId: order.id,
      provider: by,
      device: 'pc',
      idempotencyKey: key,
      cashReceipt,
    })
  const begun = async (order: { id: string; owner: string }, receipt?: ReceiptWish): Promise<Attempt> => {
    const attempt = await begin(order, newId(), provider, receipt)
    if ('kind' in attempt) throw new Error(`not begun: ${attempt.code}`)
    return attempt
  }
  const back = (
    attempt: Attempt,
    target: 'success' | 'cancel' | 'fail' = 'success',
    query: Record<string, string> = { token: 't' },
  ) => returnedFromCheckout(deps, { id: attempt.id, returnKey: attempt.return_key, target, query })
  const read = async (id: string): Promise<PaymentDetail> => {
    const found = await paymentDetail(db, id)
    if (!found) throw new Error('no such payment')
    return found
  }
  const state = async (id: string) => (await read(id)).attempt.state
  const order = async (id: string) => {
    const { rows } = await sql<Purchase & { refund_asked: boolean }>`
      select * from testing.purchase where id = ${id}`.execute(db)
    if (!rows[0]) throw new Error('no such order')
    return rows[0]
  }
  /** The order waits for another hour. */
  const keep = async (id: string) => {
    const until = clock.now().add({ hours: 1 })
    await sql`update testing.purchase set expires_at = ${until} where id = ${id}`.execute(db)
  }
  /** The order is cancelled by its customer, or by its timer when it is due; what orders do in one transaction. */
  const close = (id: string) =>
    transact(db, async (tx) => {
      const locked = await lock(tx, id)
      if (locked?.state !== 'waiting') return 'none'
      const attempt = await closeOpenAttempt(deps, tx, id, 'order_cancelled')
      if (attempt === 'in_flight') return attempt
      await sql`update testing.purchase set state = 'closed' where id = ${id}`.execute(tx)
      return attempt
    })
  const refund = (attempt: Attempt, by: Actor = actor(attempt.owner_id), key: string = newId()) =>
    refundPayment(deps, { actor: by, paymentId: attempt.id, reason: '단순 변심', idempotencyKey: key })
  /** Works the stored commands; those that throw stay. @returns how many were done */
  const work = async () => {
    const { rows } = await sql<{ refund_id: string }>`select refund_id from testing.command`.execute(db)
    const results = await Promise.allSettled(
      rows.map(async ({ refund_id }) => {
        await sendRefund(deps, refund_id)
        await sql`delete from testing.command where refund_id = ${refund_id}`.execute(db)
      }),
    )
    return results.filter(({ status }) => status === 'fulfilled').length
  }
  const sweep = async () => {
    await sweepAttempts(deps)
    await lookUpDue(deps)
    await sweepRefunds(deps)
  }
  const pass = async (duration: Temporal.DurationLike) => {
    clock.advance(duration)
    await sweep()
  }
  const events = async (attemptId: string) => {
    const { rows } = await sql<{ type: string; data: Record<string, unknown> }>`
      select type, data from platform.outbox where subject = ${attemptId} order by position`.execute(db)
    return rows.map(({ type, data }) => ({ type: type.replace('shop.payment.', ''), ...data }))
  }
  /** What the order was told of an attempt, oldest first. */
  const news = async (attemptId: string) => {
    const { rows } = await sql<{ kind: string; detail: Record<string, unknown> }>`
      select kind, detail from testing.news where attempt_id = ${attemptId} order by no`.execute(db)
    return rows.map(({ kind, detail }) => ({ kind, ...detail }))
  }
  /** Balance by account of one payment; empty when nothing was posted. */
  const ledger = async (attemptId: string) => {
    const { rows } = await sql<{ account: string; balance: number }>`
      select account, sum(amount)::bigint as balance from payments.ledger_entry
      where attempt_id = ${attemptId} group by account order by account`.execute(db)
    return Object.fromEntries(rows.map(({ account, balance }) => [account, balance]))
  }
  /** A payment that went through. */
  const paid = async (
    total?: number,
    { taxFree = 0, receipt }: { taxFree?: number; receipt?: ReceiptWish } = {},
  ) => {
    const placed = await place(total, undefined, undefined, taxFree)
    const attempt = await back(await begun(placed, receipt))
    if (attempt?.state !== 'succeeded') throw new Error(`not paid: ${attempt?.state}`)
    return { order: placed, attempt }
  }
  return {
    deps,
    place,
    begin,
    begun,
    back,
    read,
    state,
    order,
    keep,
    close,
    refund,
    work,
    sweep,
    pass,
    events,
    news,
    ledger,
    paid,
  }
}
