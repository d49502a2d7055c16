import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Api, expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { registerMethod } from '../support/registrations.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import {
  type Subscription,
  SubscriptionDetail,
  SubscriptionList,
  skipToCharge,
  subscribe,
} from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'

/** Customers whose card ends: one notices in time, the other after the bank has refused it. */
let system: System
let books: Books
let admin: Api
let early: Person
let late: Person
const subscriptions: { early: Subscription[]; late: Subscription[] } = { early: [], late: [] }
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  const itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  // Orders of cycles come from the run, not from a key.
  books = await openBooks(system, { except: ['one key, one order'] })
  ;[early, late] = await Promise.all([customer(system), customer(system)])
  subscriptions.early = [await subscribe(system, early, itemId), await subscribe(system, early, itemId)]
  subscriptions.late = [await subscribe(system, late, itemId)]
})
afterAll(async () => {
  await system?.stop()
})

async function sidOf(person: Person, via: 'approve' | 'zero'): Promise<string> {
  const rows = await system.bank.journal(`?kind=sid_issued`)
  if (via === 'approve') return String(rows.find((row) => row.partnerUserId === person.id)?.sid)
  return String(rows.filter((row) => row.via === 'zero').at(-1)?.sid)
}
const charges = async (sid: string) =>
  (await system.bank.journal('?kind=charge')).filter((row) => row.sid === sid && row.via === 'subscription')
const detail = async (person: Person, { id }: { id: string }) =>
  expectBody(await person.api.get(`/api/subscriptions/${id}`), 200, SubscriptionDetail)

/** Everybody signs in again after a month. */
async function again(person: Person): Promise<Person> {
  const token = await system.token({ userId: person.id, roles: ['customer'], sessionId: person.id })
  return { ...person, api: system.api(token) }
}

async function bill(): Promise<void> {
  const started = await admin.post('/api/admin/billing-runs', { json: {} })
  await admin.get(`/api/admin/billing-runs/${String(at(started.body, 'id'))}/progress`)
}

test('a new card for one subscription, and then for all; nothing is paid for it', async () => {
  const before = await system.bank.money()
  const [one, other] = subscriptions.early
  const methodId = await registerMethod(system, early)
  // What runs keeps its method until the customer chooses.
  expect((await detail(early, one ?? { id: '' })).paymentMethodId).toBe(one?.paymentMethodId)
  const json = { paymentMethodId: methodId }
  await early.api.post(`/api/subscriptions/${one?.id}/method`, { json })
  expect((await detail(early, one ?? { id: '' })).paymentMethodId).toBe(methodId)
  expect((await detail(early, other ?? { id: '' })).paymentMethodId).toBe(other?.paymentMethodId)
  const all = await early.api.post(`/api/payment-methods/${methodId}/use`)
  for (const { paymentMethodId } of expectBody(all, 200, SubscriptionList).data)
    expect(paymentMethodId).toBe(methodId)
  const removed = await early.api.delete(`/api/payment-methods/${methodId}`)
  expect(removed).toMatchObject({ status: 409, code: 'payment_method_in_use' })
  expect(await system.bank.money()).toEqual(before)
})

test('the next cycles are charged by the new card', async () => {
  const refused = await sidOf(late, 'approve')
  await system.bank.limitToken(refused, { declines: 1, code: -751 })
  await skipToCharge(system, [
    ...subscriptions.early.map((one) => [early, one] as const),
    ...subscriptions.late.map((one) => [late, one] as const),
  ])
  ;[early, late] = await Promise.all([again(early), again(late)])
  admin = system.api(await system.token({ userId: early.id, roles: ['admin'], sessionId: early.id }))
  const sid = await sidOf(early, 'zero')
  await bill()
  // One method is charged for one cycle after the other.
  await until(async () => (await charges(sid)).length === 2, {
    what: 'both subscriptions to be charged by the new card',
    deadlineMs: 20_000,
  })
  expect((await charges(await sidOf(early, 'approve'))).length).toBe(0)
  expect((await detail(late, subscriptions.late[0] ?? { id: '' })).state).toBe('past_due')
})

test('who was refused registers a new card, and what is overdue is paid by it at once', async () => {
  const [overdue = { id: '' }] = subscriptions.late
  const methodId = await registerMethod(system, late)
  const settled = await until(
    async () => {
      const now = await detail(late, overdue)
      return now.state === 'active' ? now : undefined
    },
    { what: 'the overdue cycle to be paid', deadlineMs: 20_000 },
  )
  expect(settled.paymentMethodId).toBe(methodId)
  expect(await charges(await sidOf(late, 'zero'))).toHaveLength(1)
})

test('and the books agree with the bank', async () => {
  expect(await books.disagreements()).toEqual([])
})
