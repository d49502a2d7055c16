/** Five years later: what the law lets go goes, what is open stays, and the ledger is what it was. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/database/database.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import type { RetentionRule } from '../../src/platform/retention/rule.ts'
import { countDue, runRetention } from '../../src/platform/retention/run-retention.ts'
import { virtualClock } from '../../src/platform/time/clock.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { arrive, askQuestion, buy, placeOrder, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { lostPayment } from '../support/trouble.ts'

let system: System
let database: Database
let merchant: Person
let minji: Person
let itemId: string
let rules: RetentionRule[]
beforeAll(async () => {
  // Nothing is looked up by itself: a payment in doubt stays in doubt.
  system = await startSystem({ settings: { PAYMENT_LOOK_SECONDS: '3600,3600,3600,3600' } })
  database = openDatabase({ url: system.databaseOf('shop'), poolSize: 4, statementTimeoutMs: 15_000 })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await setStock(merchant, itemId, 100)
  minji = await customer(system)
  const { subscriptions, orders, payments, questions } = system.services
  rules = [subscriptions, orders, payments, questions].flatMap(({ module }) => module.retention ?? [])
})
afterAll(async () => {
  await database?.close()
  await system?.stop()
})

const after = (years: number, days: number) => {
  const then = system.now().toZonedDateTimeISO('Asia/Seoul').add({ years }).add({ days }).toInstant()
  return { db: database.db, clock: virtualClock(then) }
}
const total = (counts: readonly { count: number }[]) => counts.reduce((sum, { count }) => sum + count, 0)
async function ledger(): Promise<unknown> {
  const { rows } = await sql`
    select account, sum(amount) as amount, count(*) as entries from payments.ledger_entry
    group by account order by account`.execute(database.db)
  return rows
}
const told = async (table: string, id: string) =>
  (await sql`select from ${sql.table(table)} where id = ${id}`.execute(database.db)).rows.length

test('old records go in batches, what is open or younger stays, and breaking off loses nothing', async () => {
  const delivered = (await buy(system, minji, itemId, 2)).order.id
  await arrive(merchant, delivered)
  const paidBack = (await buy(system, minji, itemId)).order.id
  await minji.api.post(`/api/orders/${paidBack}/cancel`, { key: true })
  await until(async () => (await readOrder(minji, paidBack)).state === 'refunded', {
    what: 'the refund',
    deadlineMs: 15_000,
  })
  const unsent = (await buy(system, minji, itemId)).order.id
  const unpaid = await placeOrder(minji, itemId)
  const inDoubt = await placeOrder(minji, itemId)
  const lost = await lostPayment(system, minji, inDoubt.id)
  const subscription = await subscribe(system, minji, itemId)
  await arrive(merchant, subscription.firstOrderId)
  const question = await askQuestion(minji, itemId, { isPrivate: true })
  const answered = await merchant.api.send('PUT', `/api/admin/questions/${question}/answer`, {
    json: { version: 1, body: '하루에 한 알입니다.' },
  })
  expect(answered.status).toBe(200)
  const open = await askQuestion(minji, itemId, { isPrivate: true })
  const before = await ledger()

  // A day too early nothing of it is over its term; the question is, of which the term is shorter.
  expect((await countDue(after(5, -1), rules)).filter(({ count }) => count > 0)).toEqual([
    { kind: 'questions.private', count: 1, more: false },
  ])
  const later = after(5, 2)
  const counts = await countDue(later, rules)
  expect(counts).toEqual(
    expect.arrayContaining([
      { kind: 'orders.contracts', count: 2, more: false },
      { kind: 'subscriptions.agreements', count: 0, more: false },
    ]),
  )

  // Killed in its second batch: the first one is done, and written down.
  let batches = 0
  const dying = rules.map((rule) => ({
    ...rule,
    clear: async (...args: Parameters<RetentionRule['clear']>) => {
      if (rule.kind === 'orders.contracts' && ++batches === 2) throw new Error('killed')
      await rule.clear(...args)
    },
  }))
  await expect(runRetention(later, dying, { batch: 1 })).rejects.toThrow('could not be cleared')
  expect((await Promise.all([delivered, paidBack].map((id) => told('orders.order', id)))).toSorted()).toEqual(
    [0, 1],
  )
  // The rest is done once, by two at the same time.
  await Promise.all([runRetention(later, rules, { batch: 1 }), runRetention(later, rules, { batch: 1 })])
  expect(total(await countDue(later, rules))).toBe(0)
  const { rows: noted } = await sql<{ kind: string; count: number }>`
    select subject_id as kind, sum((after->>'count')::int)::int as count from platform.audit_entry
    where action = 'records.cleared' group by subject_id`.execute(database.db)
  expect(noted.toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual(
    counts
      .filter(({ count }) => count > 0)
      .map(({ kind, count }) => ({ kind, count }))
      // Known whose they are as long as their orders are kept, and forgotten in the same night.
      .concat({ kind: 'payments.payments', count: 2 })
      .toSorted((a, b) => a.kind.localeCompare(b.kind)),
  )
  const { rows: ended } = await sql`
    select from platform.retention where finished_at is null`.execute(database.db)
  expect(ended).toEqual([])

  expect(await ledger()).toEqual(before)
  for (const id of [delivered, paidBack]) expect((await minji.api.get(`/api/orders/${id}`)).status).toBe(404)
  for (const id of [unsent, unpaid.id, inDoubt.id, subscription.firstOrderId])
    expect((await minji.api.get(`/api/orders/${id}`)).status).toBe(200)
  const { rows: doubted } = await sql<{ state: string; forgotten: boolean }>`
    select state, forgotten_at is not null as forgotten from payments.attempt where id = ${lost}`.execute(
    database.db,
  )
  expect(doubted).toEqual([{ state: 'unknown', forgotten: false }])
  const { rows: emptied } = await sql<{ order: string; owner: string; item: string }>`
    select order_id as "order", owner_id as owner, item_name as item from payments.attempt
    where forgotten_at is not null order by order_id`.execute(database.db)
  const nobody = { owner: '00000000-0000-0000-0000-000000000000', item: '' }
  expect(emptied).toEqual([delivered, paidBack].toSorted().map((order) => ({ order, ...nobody })))
  const mine = JSON.stringify((await minji.api.get('/api/questions/own')).body)
  expect([mine.includes(question), mine.includes(open)]).toEqual([false, true])
})

test('administrators see the terms, the last run and what would be cleared now', async () => {
  const admin = await colleague(system, 'admin')
  const { body } = await admin.api.get('/api/admin/retention')
  const data = at(body, 'data')
  if (!Array.isArray(data)) throw new Error('no terms')
  const kinds = data.map((one) => [at(one, 'kind'), at(one, 'term')])
  expect(kinds).toEqual(
    expect.arrayContaining([
      ['orders.contracts', 'P5Y'],
      ['questions.private', 'P3Y'],
      ['coupons.offers', 'P6M'],
      ['identity.logins', 'P3M'],
    ]),
  )
  expect(
    at(
      data.find((one) => at(one, 'kind') === 'orders.contracts'),
      'lastRun',
      'removed',
    ),
  ).toBe(2)
  expect(at(body, 'nextRunAt')).toMatch(/T19:30:00Z$/)
  const due = at((await admin.api.get('/api/admin/retention/due')).body, 'data')
  expect(due).toContainEqual({ kind: 'orders.contracts', count: 0, more: false })
})
