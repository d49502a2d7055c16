import Type from 'typebox'
import { photo } from '../../src/shop/pictures/pictures.fixture.ts'
import { type Answer, expectBody } from './api.ts'
import { type Person, RECEIVER } from './people.ts'
import type { System } from './system.ts'
import { AdminItem, ItemDetail, ItemList, Order, Payment } from './views.ts'

/** Puts so many invented items on the shelves: they do not come over HTTP. @returns all visible items */
export async function stockShelves(system: System, count: number): Promise<ItemDetail[]> {
  await system.services.catalog.seedItems({ count, seed: 'journeys' })
  const { api } = { api: system.api() }
  const list = expectBody(await api.get(`/api/items?size=100&sort=newest`), 200, ItemList)
  const items: ItemDetail[] = []
  for (const { id } of list.data) items.push(expectBody(await api.get(`/api/items/${id}`), 200, ItemDetail))
  return items
}

/** The merchant sets the number of pieces of an item, over HTTP. */
export async function setStock(merchant: Person, itemId: string, pieces: number): Promise<AdminItem> {
  const now = await adminItem(merchant, itemId)
  const delta = pieces - now.stock.onHand
  if (delta === 0) return now
  const json = { version: now.version, stock: { delta, reason: '재고 조사' } }
  return expectBody(await merchant.api.patch(`/api/admin/items/${itemId}`, { json }), 200, AdminItem)
}

export async function adminItem(merchant: Person, itemId: string): Promise<AdminItem> {
  return expectBody(await merchant.api.get(`/api/admin/items/${itemId}`), 200, AdminItem)
}

/** Changes an item at the version it has now. */
export async function changeItem(merchant: Person, itemId: string, change: object): Promise<AdminItem> {
  const { version } = await adminItem(merchant, itemId)
  const json = { version, ...change }
  return expectBody(await merchant.api.patch(`/api/admin/items/${itemId}`, { json }), 200, AdminItem)
}

/** Gives an item a picture. @returns all it has */
export async function photographItem(merchant: Person, itemId: string, shade = 1) {
  const ask = { raw: { body: await photo(shade, 1200, 900), type: 'image/jpeg' } }
  return expectBody(await merchant.api.post(`/api/admin/items/${itemId}/pictures`, ask), 201, Pictured)
    .pictures
}

const Pictured = Type.Object({
  pictures: Type.Array(Type.Object({ id: Type.String(), address: Type.String() })),
})

export function askOrder(
  person: Person,
  itemId: string,
  more: { quantity?: number; key?: string; expectedTotal?: number } = {},
): Promise<Answer> {
  const { quantity = 1, key = true, expectedTotal } = more
  return person.api.post('/api/orders', {
    key,
    json: {
      lines: [{ itemId, quantity }],
      receiver: RECEIVER,
      ...(expectedTotal === undefined ? {} : { expectedTotal }),
    },
  })
}

export async function placeOrder(person: Person, itemId: string, quantity = 1): Promise<Order> {
  return expectBody(await askOrder(person, itemId, { quantity }), 201, Order)
}

export function askPayment(person: Person, orderId: string, key: string | true = true): Promise<Answer> {
  return person.api.post('/api/payments', { key, json: { orderId, provider: 'kakaopay' } })
}

export async function beginPayment(person: Person, orderId: string): Promise<Payment> {
  return expectBody(await askPayment(person, orderId), 201, Payment)
}

/** The whole way: order, page of the bank, back to the shop. */
export async function buy(
  system: System,
  person: Person,
  itemId: string,
  quantity = 1,
): Promise<{ order: Order; payment: Payment }> {
  const order = await placeOrder(person, itemId, quantity)
  const begun = await beginPayment(person, order.id)
  const back = await system.bank.press(begun.redirectUrl, 'approve')
  if (back === undefined) throw new Error('the bank sent nobody back')
  return { order, payment: expectBody(await system.api().get(back), 200, Payment) }
}

/** The merchant sends all of an order, and it is there. */
export async function arrive(merchant: Person, orderId: string): Promise<void> {
  const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' }
  expectBody(await merchant.api.post(`/api/admin/orders/${orderId}/ship`, { json: parcel }), 200, Order)
  expectBody(await merchant.api.post(`/api/admin/orders/${orderId}/deliver`, { json: {} }), 200, Order)
}

export async function readOrder(person: Person, orderId: string): Promise<Order> {
  return expectBody(await person.api.get(`/api/orders/${orderId}`), 200, Order)
}

export async function readPayment(person: Person, paymentId: string): Promise<Payment> {
  return expectBody(await person.api.get(`/api/payments/${paymentId}`), 200, Payment)
}

export const REVIEW_BODY = '아침마다 먹기 편하고 속이 편안해서 다시 샀어요.'

/** Asks for a review of the first line of an order. */
export function askReview(
  person: Person,
  orderId: string,
  more: { stars?: number; body?: string } = {},
): Promise<Answer> {
  const json = { orderId, lineNo: 1, stars: 4, body: REVIEW_BODY, ...more }
  return person.api.post('/api/reviews', { key: true, json })
}

/** Reviews the first line of a paid order. @returns the review's id */
export async function writeReview(
  person: Person,
  orderId: string,
  more: { stars?: number; body?: string } = {},
): Promise<string> {
  return expectBody(await askReview(person, orderId, more), 201, Type.Object({ id: Type.String() })).id
}

export const QUESTION_BODY = '하루에 몇 알을 먹어야 하나요?'

/** Asks something about an item. @returns the question's id */
export async function askQuestion(
  person: Person,
  itemId: string,
  more: { body?: string; isPrivate?: boolean } = {},
): Promise<string> {
  const json = { itemId, body: QUESTION_BODY, ...more }
  const asked = await person.api.post('/api/questions', { key: true, json })
  return expectBody(asked, 201, Type.Object({ id: Type.String() })).id
}
