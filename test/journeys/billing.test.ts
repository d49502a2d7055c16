import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type Subscription, SubscriptionDetail, skipToCharge, subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { OrderList } from '../support/views.ts'

const Run = Type.Object({ id: Type.String(), state: Type.String(), date: Type.String() })
const Replayed = Type.Object({ outcome: Type.String() })

let system: System
let books: Books
let loyal: Person
let broke: Person
let admin: Api
let first: Subscription
let second: Subscription
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, item?.id ?? '', { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, item?.id ?? '', 100)
  // Orders of cycles come from the run, not from a key.
  books = await openBooks(system, { except: ['one key, one order'] })
  ;[loyal, broke] = await Promise.all([customer(system), customer(system)])
  first = await subscribe(system, loyal, item?.id ?? '')
  second = await subscribe(system, broke, item?.id ?? '')
  // A month later everybody signs in again.
  await skipToCharge(system, [
    [loyal, first],
    [broke, second],
  ])
  loyal = await again(loyal)
  broke = await again(broke)
  admin = system.api(await system.token({ userId: loyal.id, roles: ['admin'], sessionId: loyal.id }))
})
afterAll(async () => {
  await system?.stop()
})

async function again(person: Person): Promise<Person> {
  const token = await system.token({ userId: person.id, roles: ['customer'], sessionId: person.id })
  return { ...person, api: system.api(token) }
}

async function paidOrders(person: Person): Promise<number> {
  const list = await person.api.get('/api/orders?state=paid&size=100')
  return expectBody(list, 200, OrderList).data.length
}

const detail = async (person: Person, { id }: Subscription) =>
  expectBody(await person.api.get(`/api/subscriptions/${id}`), 200, SubscriptionDetail)

/** Starts the run of today, or joins it, and watches until it has ended. */
async function bill(): Promise<{ id: string; progress: string }> {
  const { id } = expectBody(await admin.post('/api/admin/billing-runs', { json: {} }), 202, Run)
  const watched = await admin.get(`/api/admin/billing-runs/${id}/progress`)
  expect(watched.headers.get('content-type')).toContain('text/event-stream')
  return { id, progress: String(watched.body) }
}

test('a month later both are due: one is charged, the other’s card says no', async () => {
  const sids = await system.bank.journal('?kind=sid_issued')
  const sid = sids.find((row) => row.partnerUserId === broke.id)?.sid
  await system.bank.limitToken(String(sid), { declines: 2, code: -782 })
  const { id, progress } = await bill()
  expect(progress).toMatch(/^event: progress\n/)
  const run = await admin.get(`/api/admin/billing-runs/${id}`)
  expect(at(run.body, 'run', 'state')).toBe('complete')
  expect(at(run.body, 'now', 'charged')).toEqual({ count: 1, amount: 30_000 })
  const refused = { class: 'retryable', code: '-782:LACK_BALANCE', amount: 30_000 }
  expect(at(run.body, 'run', 'report', 'declined', 'byReason')).toEqual([{ ...refused, count: 1 }])
  // Tried again at once.
  expect(at(run.body, 'run', 'report', 'refusals')).toEqual([
    { ...refused, count: 2, amount: 60_000, paidAfterAll: 0 },
  ])
  expect(await paidOrders(loyal)).toBe(2)
  expect(await paidOrders(broke)).toBe(1)
  expect((await detail(loyal, first)).nextCharge?.cycleNo).toBeGreaterThan(first.nextCharge?.cycleNo ?? 0)
  expect((await detail(broke, second)).state).toBe('past_due')
})

test('another run of the same day charges nobody again', async () => {
  const before = (await system.bank.journal('?kind=charge')).length
  await bill()
  expect((await system.bank.journal('?kind=charge')).length).toBe(before)
  expect(await paidOrders(loyal)).toBe(2)
})

test('an operator tries the refused one again: paid, and active as before', async () => {
  const cycleNo = second.nextCharge?.cycleNo
  const replay = (no: number | undefined) => admin.post(`/api/admin/billing-cycles/${second.id}/${no}/replay`)
  expectBody(await replay(cycleNo), 200, Replayed)
  expect((await detail(broke, second)).state).toBe('active')
  expect(await paidOrders(broke)).toBe(2)
  expect(await replay(cycleNo)).toMatchObject({ status: 409, code: 'cycle_not_open' })
  expect((await replay(99)).status).toBe(404)
})

test('runs are listed, and what is over cannot be paused', async () => {
  const list = await admin.get('/api/admin/billing-runs?size=5')
  const id = String(at(list.body, 'data', 0, 'id'))
  for (const verb of ['pause', 'resume']) {
    const answer = await admin.post(`/api/admin/billing-runs/${id}/${verb}`)
    expect(answer).toMatchObject({ status: 409, code: 'billing_run_ended' })
  }
  const future = await admin.post('/api/admin/billing-runs', { json: { date: '2099-01-01' } })
  expect(future).toMatchObject({ status: 422, code: 'billing_date_in_future' })
  const nothing = '01890000-0000-7000-8000-000000000000'
  expect((await admin.get(`/api/admin/billing-runs/${nothing}`)).status).toBe(404)
  expect((await admin.get(`/api/admin/billing-runs/${nothing}/progress`)).status).toBe(404)
})

test('and the books agree with the bank', async () => {
  expect((await system.bank.journal('?kind=charge')).length).toBe(4)
  expect(await books.disagreements()).toEqual([])
})
