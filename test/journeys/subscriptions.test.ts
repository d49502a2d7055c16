import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person, proveAddress, RECEIVER } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import {
  askSubscription,
  consentVersion,
  Subscription,
  SubscriptionDetail,
  SubscriptionList,
  subscribe,
} from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let minji: Person
let merchant: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  ;[minji, merchant] = await Promise.all([customer(system), colleague(system, 'merchant')])
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 1_000)
})
afterAll(async () => {
  await system?.stop()
})

const change = (person: Person, id: string, name: string, json: object) =>
  person.api.post(`/api/subscriptions/${id}/${name}`, { json })

async function changed(id: string, name: string, json: object): Promise<Subscription> {
  return expectBody(await change(minji, id, name, json), 200, Subscription)
}

async function detail(id: string) {
  return expectBody(await minji.api.get(`/api/subscriptions/${id}`), 200, SubscriptionDetail)
}

test('without consent, or for a period nobody offers, nothing is ordered', async () => {
  expect((await askSubscription(minji, itemId, {})).code).toBe('consent_required')
  const old = await askSubscription(minji, itemId, { consent: { version: '2020-01-01' } })
  expect(old.code).toBe('consent_required')
  const consent = { version: await consentVersion(system) }
  const never = await askSubscription(minji, itemId, { consent, period: { unit: 'days', count: 1 } })
  expect(never.code).toMatch(/^period_/)
  expect(expectBody(await minji.api.get('/api/subscriptions'), 200, SubscriptionList).data).toEqual([])
})

test('subscribe, change everything, skip, pause, and leave', async () => {
  const begun = await subscribe(system, minji, itemId)
  const { id } = begun
  expect(begun).toMatchObject({ state: 'active', quantity: 1, unitPrice: 30_000, period: { count: 30 } })
  const anchor = Temporal.PlainDate.from(begun.anchor)
  expect(begun.nextCharge?.due).toBe(anchor.add({ days: 30 }).toString())
  const methods = await minji.api.get('/api/payment-methods')
  expect(JSON.stringify(methods.body)).not.toContain('"token"')
  expect(at(methods.body, 'data', 0, 'id')).toBe(begun.paymentMethodId)

  expect((await changed(id, 'quantity', { quantity: 3 })).quantity).toBe(3)
  // Asking again changes nothing.
  expect((await changed(id, 'quantity', { quantity: 3 })).quantity).toBe(3)
  const slower = await changed(id, 'period', { period: { unit: 'days', count: 60 } })
  expect(slower.nextCharge?.due).toBe(anchor.add({ days: 60 }).toString())
  await changed(id, 'receiver', { receiver: { ...RECEIVER, phone: '010-9876-5432' } })
  expect((await detail(id)).receiver.phone).toBe('01098765432')
  await changed(id, 'method', { paymentMethodId: begun.paymentMethodId })

  const skipped = await changed(id, 'skip', {})
  expect(skipped.nextCharge?.due).toBe(anchor.add({ days: 120 }).toString())
  expect((await detail(id)).upcoming[0]).toMatchObject({ plan: 'skipped', quantity: 3 })
  const back = await changed(id, 'unskip', { due: slower.nextCharge?.due })
  expect(back.nextCharge?.due).toBe(slower.nextCharge?.due)

  await changed(id, 'pause', {})
  expect((await detail(id)).upcoming[0]?.plan).toBe('paused')
  const resumed = await changed(id, 'resume', {})
  expect(resumed.nextCharge?.due).toBe(slower.nextCharge?.due)

  const ended = await changed(id, 'cancel', {})
  expect(ended).toMatchObject({ state: 'cancelled', nextCharge: null, cancelReason: 'customer_wish' })
  expect((await changed(id, 'cancel', {})).state).toBe('cancelled')
  expect(await change(minji, id, 'quantity', { quantity: 1 })).toMatchObject({
    code: 'subscription_cancelled',
  })
  // What nobody uses any more is given back to the provider.
  await until(async () => (await system.bank.journal('?kind=sid_inactivated')).length === 1, {
    what: 'the token to be deactivated',
    deadlineMs: 15_000,
  })
})

test('a new price is charged only after the customer has accepted it', async () => {
  const { id } = await subscribe(system, minji, itemId)
  const accept = (unitPrice: number) => change(minji, id, 'accept-price', { unitPrice })
  expect((await accept(33_000)).code).toBe('price_not_proposed')
  const propose = await merchant.api.post(`/api/admin/subscriptions/${id}/price`, {
    json: { unitPrice: 33_000 },
  })
  expect(expectBody(propose, 200, Subscription)).toMatchObject({
    unitPrice: 30_000,
    pendingPrice: { unitPrice: 33_000 },
  })
  expect((await accept(32_000)).code).toBe('price_not_proposed')
  expect(expectBody(await accept(33_000), 200, Subscription)).toMatchObject({
    unitPrice: 33_000,
    pendingPrice: null,
  })
})

test('the merchant sees all, ends one, and retries only what is held fast', async () => {
  const { id } = await subscribe(system, minji, itemId)
  const list = await merchant.api.get(`/api/admin/subscriptions?customerId=${minji.id}&state=active&size=100`)
  expect(expectBody(list, 200, SubscriptionList).data.map((found) => found.id)).toContain(id)
  const ofItem = (more: string) =>
    merchant.api.get(`/api/admin/subscriptions?itemId=${itemId}&isLiving=true&size=100${more}`)
  const living = async () => expectBody(await ofItem(''), 200, SubscriptionList).data.map((found) => found.id)
  expect(await living()).toContain(id)
  expect(expectBody(await ofItem('&state=cancelled'), 200, SubscriptionList).data).toEqual([])
  const retry = await merchant.api.post(`/api/admin/subscriptions/${id}/retry`, { json: {} })
  expect(retry).toMatchObject({ status: 409, code: 'nothing_to_retry' })
  const json = { reason: 'item_discontinued' }
  const ended = await merchant.api.post(`/api/admin/subscriptions/${id}/cancel`, { json })
  expect(expectBody(ended, 200, Subscription)).toMatchObject({
    state: 'cancelled',
    cancelReason: json.reason,
  })
  expect(await living()).not.toContain(id)
})

test('what makes no sense is refused', async () => {
  const { id, nextCharge } = await subscribe(system, minji, itemId)
  const other = await customer(system)
  expect((await change(other, id, 'cancel', {})).status).toBe(404)
  expect((await other.api.get(`/api/subscriptions/${id}`)).status).toBe(404)
  expect((await change(minji, id, 'quantity', { quantity: 0 })).fields).toEqual(['body.quantity'])
  expect((await change(minji, id, 'period', { period: { unit: 'weeks', count: 2 } })).status).toBe(400)
  const wrongDay = Temporal.PlainDate.from(nextCharge?.due ?? '').add({ days: 1 })
  expect((await change(minji, id, 'skip', { due: wrongDay.toString() })).code).toBe('not_a_due_date')
  expect((await change(minji, id, 'pause', { until: '2026-02-31' })).status).toBe(400)
  const stranger = '01890000-0000-7000-8000-000000000000'
  expect((await change(minji, id, 'method', { paymentMethodId: stranger })).status).toBeGreaterThanOrEqual(
    404,
  )
  expect((await minji.api.get(`/api/subscriptions/${stranger}`)).status).toBe(404)
})

test('one is told what happened, in one’s language, and reads it once', async () => {
  const message = await until(
    async () => {
      const { body } = await minji.api.get('/api/notifications?unread=true&size=1')
      return at(body, 'data', 0)
    },
    { what: 'a message', deadlineMs: 10_000 },
  )
  expect(at(message, 'title')).toMatch(/[가-힣]/)
  const path = `/api/notifications/${String(at(message, 'id'))}/read`
  const read = await minji.api.post(path, { headers: { 'accept-language': 'en' } })
  expect(at(read.body, 'title')).toMatch(/^[A-Z][a-z]+ /)
  const again = await minji.api.post(path)
  expect(at(again.body, 'readAt')).toBe(at(read.body, 'readAt'))
  const other = await customer(system)
  expect((await other.api.post(path)).status).toBe(404)
})

test('who leaves is told that the subscription has ended, although the address is gone', async () => {
  const leaver = await customer(system)
  // Letters go to proved addresses alone.
  await proveAddress(system, leaver)
  await subscribe(system, leaver, itemId)
  expect((await leaver.api.delete('/api/users/me', { json: { password: PASSWORD } })).status).toBe(204)
  const letter = `select state, drop_reason from notifications.message
    where recipient_id = '${leaver.id}' and kind = 'subscription_cancelled'`
  const sent = await until(
    async () => {
      const [row] = await execute(system.databaseOf('notifications'), letter)
      return row?.state !== 'queued' && row?.state !== 'sending' && row
    },
    { what: 'the last letter', deadlineMs: 20_000 },
  )
  expect(sent).toEqual({ state: 'sent', drop_reason: null })
})
