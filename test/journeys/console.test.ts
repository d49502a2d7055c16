import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEvents } from '../../web/console/api/events.ts'
import { at, type Json } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { buy, placeOrder, stockShelves } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let admin: Person
let itemIds: string[]
beforeAll(async () => {
  system = await startSystem({
    settings: { TOSS_SECRET_KEY: 'a-secret-nobody-is-shown', TOSS_CLIENT_KEY: 'open' },
  })
  admin = await colleague(system, 'admin')
  itemIds = (await stockShelves(system, 3)).map(({ id }) => id)
})
afterAll(async () => {
  await system?.stop()
})

test('whoever works here hears which kinds of things happen, and nothing of whom', async () => {
  const merchant = await colleague(system, 'merchant')
  const { status, body } = await merchant.api.get('/api/admin/changes', { endless: true })
  expect([status, body]).toEqual([200, expect.stringContaining('event: ready')])

  const answer = await fetch(`${system.url}/api/admin/changes`, {
    headers: { authorization: `Bearer ${merchant.tokens.accessToken}` },
  })
  if (!answer.body) throw new Error('nothing is streamed')
  const owner = await customer(system)
  let order: string | undefined
  for await (const { name, data } of readEvents(answer.body)) {
    // Listening begins a moment after that is said, so there is more than one chance to hear.
    if (name === 'ready' || order === undefined) order = (await placeOrder(owner, itemIds[0] ?? '')).id
    if (name !== 'changed') continue
    expect(JSON.stringify(data)).not.toContain(owner.id)
    if (Array.isArray(data) && data.includes('shop.order.placed')) break
    await placeOrder(owner, itemIds[0] ?? '')
  }
})

const today = async (path: string): Promise<Json> => {
  const { status, body } = await admin.api.get(path)
  expect(status).toBe(200)
  const data = at(body, 'data')
  return Array.isArray(data) ? (data.at(-1) ?? null) : null
}

test('figures of the days count what happened, and a day of nothing is there as well', async () => {
  const before = await today('/api/admin/figures/orders?days=3')
  const minji = await customer(system)
  const { order } = await buy(system, minji, itemIds[1] ?? '')
  await placeOrder(minji, itemIds[1] ?? '')
  const { id } = await subscribe(system, minji, itemIds[2] ?? '')
  const { body } = await admin.api.get('/api/admin/figures/orders?days=3')
  expect(at(body, 'data')).toHaveLength(3)
  // Nothing of customers is read for it, so nobody is noted as having looked at them.
  expect(at(body, 'now', 'toSend')).toBeGreaterThanOrEqual(1)
  expect((await admin.api.get('/api/admin/figures/questions')).body).toEqual({ now: { unanswered: 0 } })
  const after = await today('/api/admin/figures/orders?days=3')
  const grown = (name: string) => Number(at(after, name)) - Number(at(before, name))
  expect([grown('placed'), grown('paid')]).toEqual([3, 2])
  expect(grown('revenue')).toBeGreaterThan(order.amounts.total)
  expect(await today('/api/admin/figures/payments?days=1')).toMatchObject({
    succeeded: 2,
    declined: 0,
    refunded: 0,
  })

  await minji.api.post(`/api/subscriptions/${id}/cancel`, { json: {} })
  const figures = await admin.api.get('/api/admin/figures/subscriptions?days=2')
  expect(at(figures.body, 'data')).toMatchObject([
    { started: 0, ended: 0 },
    { started: 1, ended: 1 },
  ])
  expect(at(figures.body, 'now')).toEqual({ active: 0, paused: 0, past_due: 0, cancelled: 1 })
  expect((await admin.api.get('/api/admin/figures/orders?days=93')).status).toBe(400)
})

test('operators see how the providers are reached, and how far events are behind', async () => {
  const providers = at((await admin.api.get('/api/admin/providers')).body, 'data')
  expect(providers).toContainEqual({
    name: 'kakaopay',
    breakers: expect.arrayContaining([{ operation: 'charge', state: 'closed' }]),
  })
  const { body } = await admin.api.get('/api/admin/delivery')
  expect(at(body, 'dead')).toBe(0)
  const subscribers = at(body, 'subscribers')
  expect(Array.isArray(subscribers) && subscribers.map((one) => at(one, 'name'))).toContain('notifications')
})

test('settings in force are shown to administrators, secrets to nobody', async () => {
  const answer = await admin.api.get('/api/admin/settings')
  const settings = at(answer.body, 'data')
  if (!Array.isArray(settings)) throw new Error('no settings are listed')
  const named = (name: string) => settings.find((one) => at(one, 'name') === name)
  expect(named('DATABASE_POOL_SIZE')).toMatchObject({ owner: 'process', isSecret: false })
  expect(named('TOSS_SECRET_KEY')).toMatchObject({ owner: 'shop', value: null, isSecret: true, isSet: true })
  expect(JSON.stringify(answer.body)).not.toContain('a-secret-nobody-is-shown')
})

test('those who work here are listed, and customers are not', async () => {
  const librarian = await colleague(system, 'librarian')
  const minji = await customer(system)
  const staff = at((await admin.api.get('/api/admin/accounts/staff')).body, 'data')
  if (!Array.isArray(staff)) throw new Error('nobody is listed')
  const ids = staff.map((one) => at(one, 'id'))
  expect(ids).toEqual(expect.arrayContaining([admin.id, librarian.id]))
  expect(ids).not.toContain(minji.id)
})

test('a dry run says what a run would do, and writes nothing', async () => {
  const runs = async () => (await admin.api.get('/api/admin/billing-runs')).body
  const before = await runs()
  const minji = await customer(system)
  const { nextCharge } = await subscribe(system, minji, itemIds[2] ?? '')
  const plan = await admin.api.get(`/api/admin/billing-plan?date=${nextCharge?.due}`)
  expect(plan.body).toMatchObject({ date: nextCharge?.due, due: 1, toCharge: { count: 1 }, withoutMethod: 0 })
  const now = await admin.api.get('/api/admin/billing-plan')
  expect(now.body).toMatchObject({ due: 0, toCharge: { count: 0, amount: 0 } })
  expect(await runs()).toEqual(before)
})

test('orders are found by whose they are', async () => {
  const [minji, other] = [await customer(system), await customer(system)]
  const { id } = await placeOrder(minji, itemIds[0] ?? '')
  await placeOrder(other, itemIds[0] ?? '')
  const merchant = await colleague(system, 'merchant')
  const account = await merchant.api.get(`/api/admin/accounts?email=${encodeURIComponent(minji.email)}`)
  expect(at(account.body, 'id')).toBe(minji.id)
  const found = await merchant.api.get(`/api/admin/orders?customerId=${minji.id}`)
  expect(at(found.body, 'data')).toMatchObject([{ id }])
})
