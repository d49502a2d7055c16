import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askLoan, askReturn, borrow, Loan, registerBook } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { at, type Json } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { adminItem, placeOrder, stockShelves } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let merchant: Person
let admin: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  merchant = await colleague(system, 'merchant')
  admin = await colleague(system, 'admin')
  itemId = (await stockShelves(system, 1))[0]?.id ?? ''
})
afterAll(async () => {
  await system?.stop()
})

async function entries(query: string): Promise<Json[]> {
  const data = at((await admin.api.get(`/api/admin/audit?${query}`)).body, 'data')
  return Array.isArray(data) ? data : []
}

test('a changed price stands in the audit, with who, before and after', async () => {
  const { version, originPrice } = await adminItem(merchant, itemId)
  const json = { version, originPrice: originPrice + 500, stock: { delta: 3, reason: '재고 실사' } }
  expect((await merchant.api.patch(`/api/admin/items/${itemId}`, { json })).status).toBe(200)
  const [entry] = await entries(`action=item.changed&actorId=${merchant.id}`)
  expect(entry).toMatchObject({
    actorId: merchant.id,
    subject: { type: 'item', id: itemId },
    reason: '재고 실사',
    before: { originPrice },
    after: { originPrice: originPrice + 500 },
  })
  // What was asked for stands there as well, also when it is refused.
  const stale = await merchant.api.patch(`/api/admin/items/${itemId}`, { json })
  expect(stale.status).toBe(409)
  const asked = await entries(`action=operation.change_item&subjectId=${itemId}`)
  expect(asked.map((one) => at(one, 'after', 'asked', 'originPrice'))).toEqual([
    originPrice + 500,
    originPrice + 500,
  ])
  expect(await entries(`action=item.changed&actorId=${merchant.id}`)).toHaveLength(1)
})

test('a look at the order of somebody else stands in the audit, one at one’s own does not', async () => {
  const owner = await customer(system)
  const { id } = await placeOrder(owner, itemId)
  await owner.api.get(`/api/orders/${id}`)
  expect(await entries(`subjectType=order&subjectId=${id}`)).toEqual([])
  await merchant.api.get(`/api/orders/${id}`)
  expect(await entries(`subjectType=order&subjectId=${id}`)).toMatchObject([
    { action: 'order.read', actorId: merchant.id },
  ])
  await merchant.api.get('/api/admin/payments?size=1')
  expect(await entries(`action=operation.list_payments&actorId=${merchant.id}`)).toHaveLength(1)
})

test('a screen that asks again and again stands there once; another page, or reader, by itself', async () => {
  const [one, other] = [await colleague(system, 'merchant'), await colleague(system, 'merchant')]
  const { id } = await placeOrder(await customer(system), itemId)
  for (let n = 0; n < 5; n += 1) {
    await one.api.get('/api/admin/orders?page=1&state=awaiting_payment')
    await one.api.get(`/api/orders/${id}`)
  }
  const looks = async ({ id: actorId }: Person) =>
    (await entries(`actorId=${actorId}`)).map((entry) => [
      at(entry, 'action'),
      at(entry, 'after', 'asked', 'page'),
    ])
  expect(await looks(one)).toEqual([
    ['order.read', undefined],
    ['operation.list_admin_orders', '1'],
  ])
  await one.api.get('/api/admin/orders?page=2&state=awaiting_payment')
  await other.api.get(`/api/orders/${id}`)
  expect((await looks(one))[0]).toEqual(['operation.list_admin_orders', '2'])
  expect(await looks(other)).toEqual([['order.read', undefined]])
})

test('who works here leaves a trace on what belongs to others, where owners leave none', async () => {
  const owner = await customer(system)
  const librarian = await colleague(system, 'librarian')
  const { id: bookId } = await registerBook(librarian, 2)
  const loan = await borrow(owner, bookId)
  const renew = (person: Person) => person.api.post(`/api/loans/${loan.id}/renew`, { key: true, json: {} })
  await owner.api.get(`/api/loans/${loan.id}`)
  await owner.api.get(`/api/loans?patronId=${owner.id}`)
  expect((await renew(owner)).status).toBe(200)
  expect(await entries(`actorId=${owner.id}`)).toEqual([])

  await librarian.api.get(`/api/loans/${loan.id}`)
  await librarian.api.get(`/api/loans?patronId=${owner.id}`)
  expect((await renew(librarian)).status).toBe(200)
  expect((await askReturn(librarian, loan.id)).status).toBe(200)
  const traces = async (query: string) => (await entries(query)).map((one) => at(one, 'action'))
  expect(await traces(`actorId=${librarian.id}&subjectType=loan&subjectId=${loan.id}`)).toEqual([
    'loan.returned',
    'loan.renewed',
    'loan.read',
  ])
  expect(await traces(`subjectType=patron&subjectId=${owner.id}`)).toEqual(['loans.read'])

  const made = expectBody(await askLoan(librarian, bookId, { patronId: owner.id }), 201, Loan)
  expect(await entries(`subjectType=loan&subjectId=${made.id}`)).toMatchObject([
    { action: 'loan.made', actorId: librarian.id, after: { patronId: owner.id } },
  ])
})

test('a look at the subscription of somebody else, and what was looked for, stand in the audit', async () => {
  const owner = await customer(system)
  const { id } = await subscribe(system, owner, itemId)
  await owner.api.get(`/api/subscriptions/${id}`)
  expect(await entries(`subjectType=subscription&subjectId=${id}&actorId=${owner.id}`)).toEqual([])
  await merchant.api.get(`/api/subscriptions/${id}`)
  expect(await entries(`action=subscription.read&subjectId=${id}`)).toMatchObject([{ actorId: merchant.id }])

  await merchant.api.get(`/api/admin/orders?customerId=${owner.id}&phone=0104321`)
  const [search] = await entries(`action=operation.list_admin_orders&actorId=${merchant.id}`)
  expect(at(search, 'after', 'asked', 'customerId')).toBe(owner.id)
  expect(at(search, 'after', 'asked', 'phone', 'mark')).toMatch(/^[0-9a-f]{64}$/)
  expect(JSON.stringify(search)).not.toContain('0104321')
  // There are few phones: whoever reads the audit could try all of them against a plain hash.
  expect(JSON.stringify(search)).not.toContain(createHash('sha256').update('0104321').digest('hex'))

  await admin.api.get('/api/admin/dead-letters')
  expect(await entries(`action=operation.list_dead_letters&actorId=${admin.id}`)).toHaveLength(1)
})

test('roles that are given stand in the audit', async () => {
  expect(await entries(`subjectType=account&subjectId=${merchant.id}`)).toMatchObject([
    { action: 'account.roles_given', actorId: 'system', after: { roles: ['customer', 'merchant'] } },
  ])
})

test('a time that no calendar of the database has is refused', async () => {
  const answer = await admin.api.get('/api/admin/audit?from=0000-01-01T00:00:00Z')
  expect([answer.status, answer.code]).toEqual([400, 'invalid_request'])
})

test('the audit is read page by page', async () => {
  const first = (await admin.api.get('/api/admin/audit?size=2')).body
  const next = String(at(first, 'page', 'next') ?? '')
  const second = (await admin.api.get(`/api/admin/audit?size=2&after=${next}`)).body
  const ids = [first, second].flatMap((page) => [at(page, 'data', 0, 'id'), at(page, 'data', 1, 'id')])
  expect(ids.every((id) => typeof id === 'string')).toBe(true)
  expect(ids.toSorted().toReversed()).toEqual(ids)
})
