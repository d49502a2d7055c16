import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import { deliverAll } from '../../src/platform/events/deliver.ts'
import { envelopeOf, type OutboxRow } from '../../src/platform/events/outbox.ts'
import type { App } from '../../src/platform/http/app.ts'
import type { Runtime } from '../../src/runtime.ts'
import { capture } from '../measure/capture.ts'
import { withServices } from '../measure/in-process.ts'
import type { Shop } from '../measure/shop.ts'
import { type Basket, orderOf } from '../orders/basket.ts'

/** What one purchase asks the database, step by step and in order. */
export interface CapturedCheckout {
  readonly steps: readonly Step[]
  readonly orderId: string
  readonly attemptId: string
  readonly messageId: string
  /** What may exist only once, each as it stands in the statements. */
  readonly unique: readonly string[]
}

export interface Step {
  readonly name: string
  readonly statements: readonly string[]
}

/**
 * Buys some baskets by the real routes, subscribers and command on a database that is listened to; these purchases are
 * really made. The running server must stand still meanwhile, or it would handle their events itself.
 * @param bank where the simulated provider is
 */
export function captureCheckouts(
  shop: Shop,
  bank: string,
  customerId: string,
  baskets: readonly Basket[],
): Promise<CapturedCheckout[]> {
  const actor = { userId: customerId, roles: ['customer'] as const, sessionId: 'bench' }
  const atBank = { BANK_PORT: new URL(bank).port }
  return withServices(
    shop,
    actor,
    async (app, runtime) => {
      const captured: CapturedCheckout[] = []
      for (const basket of baskets) captured.push(await captureOne(shop.db, app, runtime, basket))
      return captured
    },
    atBank,
  )
}

async function captureOne(db: Db, app: App, runtime: Runtime, basket: Basket): Promise<CapturedCheckout> {
  const steps: Step[] = []
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    let result: { of: T } | undefined
    const heard = await capture(async () => {
      result = { of: await work() }
    })
    if (result === undefined) throw new Error(`${name} came to nothing`)
    // Purchases made at the same time share one wake-up.
    const statements = heard.filter((statement) => !statement.includes('pg_notify'))
    steps.push({ name, statements })
    return result.of
  }
  const send = async (url: string, payload: object, key: string) => {
    const headers = { authorization: 'Bearer bench', 'idempotency-key': key }
    const answer = await app.inject({ method: 'POST', url, headers, payload })
    if (answer.statusCode !== 201) throw new Error(`${url}: ${answer.body}`)
    return answer.json<{ id: string; orderNumber: string; redirectUrl: string }>()
  }
  const [orderKey, paymentKey] = [randomUUID(), randomUUID()]
  const order = await step('order', () => send('/api/orders', orderOf(basket), orderKey))
  const wish = { orderId: order.id, provider: 'kakaopay', device: 'pc' }
  const payment = await step('begin', () => send('/api/payments', wish, paymentKey))
  const back = new URL(await agreeTo(payment.redirectUrl))
  await step('return', async () => {
    const url = back.pathname + back.search
    const answer = await app.inject({ method: 'GET', url, headers: { accept: 'application/json' } })
    if (answer.json<{ state: string }>().state !== 'paid') throw new Error(`not paid: ${answer.body}`)
  })
  const events = await eventsOf(db, [order.id, payment.id])
  const { modules, clock } = runtime
  for (const event of events) {
    const delivery = { envelope: envelopeOf(event), position: event.position }
    for (const subscriber of modules.flatMap(({ subscribers = [] }) => subscribers)) {
      if (!subscriber.handlers.some(({ type }) => type === event.type)) continue
      await step(`${event.type} for ${subscriber.name}`, () =>
        deliverAll({ db: runtime.database.db, now: clock.now }, subscriber, [delivery], 1),
      )
    }
  }
  const messageId = await messageOf(db, events)
  const sender = modules
    .flatMap(({ handlers = [] }) => handlers)
    .find(({ command }) => command.name === 'notifications.send')
  if (sender === undefined) throw new Error('nobody sends letters')
  await step('letter', () => sender.run({ messageId }))
  const { rows } = await sql<{ provider_ref: string }>`
    select provider_ref from payments.attempt where id = ${payment.id}`.execute(db)
  const eventIds = events.map(({ event_id }) => event_id)
  const refs = rows.map(({ provider_ref }) => provider_ref)
  const unique = [order.id, payment.id, messageId, orderKey, paymentKey, ...eventIds, ...refs]
  return {
    steps,
    orderId: order.id,
    attemptId: payment.id,
    messageId,
    unique: [...unique, order.orderNumber],
  }
}

/** The customer agrees on the provider's page. @returns where their browser is sent */
async function agreeTo(page: string): Promise<string> {
  const answer = await fetch(`${page}/approve`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ method: 'CARD' }),
  })
  await answer.body?.cancel()
  const back = answer.headers.get('location')
  if (back === null) throw new Error(`the provider's page led nowhere: ${answer.status}`)
  return back
}

async function eventsOf(db: Db, subjects: readonly string[]): Promise<OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    select position, event_id, source, type, subject, subject_version, schema_version, occurred_at, data,
      request_id, traceparent
    from platform.event where subject = any(${subjects}::text[]) order by occurred_at, subject_version`.execute(
    db,
  )
  return rows
}

async function messageOf(db: Db, events: readonly OutboxRow[]): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from notifications.message where event_id = any(${events.map((one) => one.event_id)}::uuid[])`.execute(
    db,
  )
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`${rows.length} letters of a purchase`)
  return row.id
}

/** Whether a statement that stands alone changes something. */
const changes = (statement: string) => /\b(?:insert into|update|delete from)\b/i.test(statement)

/** How many statements there are, how many commits of changes, and how many of those wait for the disk. */
export function counted(statements: readonly string[]) {
  let commits = 0
  let waiting = 0
  let within = false
  let hurried = false
  for (const statement of statements) {
    const isEnd = /^\s*commit\b/i.test(statement)
    if (/^\s*begin\b/i.test(statement)) [within, hurried] = [true, false]
    if (statement.includes('synchronous_commit')) hurried = true
    if (!isEnd && (within || !changes(statement))) continue
    commits += 1
    if (!hurried) waiting += 1
    ;[within, hurried] = [false, false]
  }
  return { statements: statements.length, commits, waiting }
}
