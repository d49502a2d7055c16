import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import {
  askReview,
  buy,
  changeItem,
  placeOrder,
  REVIEW_BODY,
  setStock,
  stockShelves,
  writeReview,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let merchant: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 1_000)
})
afterAll(async () => {
  await system?.stop()
})

const List = Type.Object({
  data: Type.Array(Type.Object({ id: Type.String(), stars: Type.Integer(), author: Type.String() })),
  stars: Type.Object({ reviewCount: Type.Integer(), starAverage: Type.Number() }),
  page: Type.Object({ totalElements: Type.Integer() }),
})
const reviews = async (more = '') =>
  expectBody(await system.api().get(`/api/reviews?itemId=${itemId}${more}`), 200, List)

/** What the catalogue says of the item's reviews, on its page and in lists. */
async function catalogued() {
  const { body } = await system.api().get(`/api/items/${itemId}`)
  return [at(body, 'reviewCount'), at(body, 'starAverage')]
}

const settled = (count: number, average: number) =>
  until(async () => (await catalogued()).join() === `${count},${average}`, {
    what: `the catalogue to know ${count} reviews of ${average} stars`,
    deadlineMs: 10_000,
  })

test('buyers review at the same time, change their minds and delete: item, list and reviews agree', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => customer(system)))
  const written = await Promise.all(
    people.map(async (person, n) => {
      const { order } = await buy(system, person, itemId)
      return { person, id: await writeReview(person, order.id, { stars: 1 + (n % 5) }) }
    }),
  )
  // 1 2 3 4 5 1 2 3
  await settled(8, 2.63)
  expect((await reviews('&sort=rating_desc&size=3')).data.map(({ stars }) => stars)).toEqual([5, 4, 3])
  await Promise.all(
    written.map(({ person, id }, n) =>
      n < 4
        ? person.api.patch(`/api/reviews/${id}`, { json: { stars: 5 } })
        : person.api.delete(`/api/reviews/${id}`),
    ),
  )
  await settled(4, 5)
  const list = await reviews()
  expect(list.stars).toMatchObject({ reviewCount: 4, starAverage: 5 })
  expect(list.page.totalElements).toBe(4)
  expect(list.data[0]?.author).toMatch(/^손\*\*$/)
  const best = await system.api().get('/api/items?sort=rating&size=1')
  const data = at(best.body, 'data')
  expect(Array.isArray(data) && at(data[0], 'id')).toBe(itemId)
})

test('only the buyer reviews, once, and in words', async () => {
  const [buyer, stranger] = [await customer(system), await customer(system)]
  const unpaid = await placeOrder(buyer, itemId)
  expect((await askReview(buyer, unpaid.id)).code).toBe('review_not_bought')
  const { order } = await buy(system, buyer, itemId)
  expect((await askReview(stranger, order.id)).code).toBe('not_found')
  expect((await askReview(buyer, order.id, { body: '좋아요' })).fields).toEqual(['body.body'])
  expect((await askReview(buyer, order.id, { stars: 6 })).fields).toEqual(['body.stars'])
  const id = await writeReview(buyer, order.id)
  expect((await askReview(buyer, order.id)).code).toBe('review_exists')
  const own = await buyer.api.get('/api/reviews/own')
  expect(own.body).toMatchObject({ data: [{ id, orderId: order.id, body: REVIEW_BODY }] })
  expect((await stranger.api.patch(`/api/reviews/${id}`, { json: { stars: 1 } })).code).toBe('not_found')
  expect((await stranger.api.delete(`/api/reviews/${id}`)).code).toBe('not_found')
})

test('a reported review is found and hidden by the merchant, and no longer counts', async () => {
  const [buyer, reader] = [await customer(system), await customer(system)]
  const { order } = await buy(system, buyer, itemId)
  const marked = `이 병은 뚜껑이 잘 열리지 않아 불편합니다 ${order.id}`
  const id = await writeReview(buyer, order.id, { stars: 1, body: marked })
  const report = () => reader.api.post(`/api/reviews/${id}/reports`, { json: { reason: 'false_claim' } })
  expect([(await report()).status, (await report()).status]).toEqual([204, 204])
  expect((await buyer.api.post(`/api/reviews/${id}/reports`, { json: { reason: 'spam' } })).code).toBe(
    'review_own',
  )
  const reported = await merchant.api.get('/api/admin/reviews')
  expect(reported.body).toMatchObject({ data: [{ id, reports: { false_claim: 1 } }] })
  const before = (await reviews()).stars.reviewCount
  const page = async () => (await fetch(`${system.url}/items/${itemId}`)).text()
  await until(async () => (await page()).includes(marked), {
    what: 'the page of the item to show the review',
    deadlineMs: 10_000,
  })
  const json = { reason: '질병 치료 효과를 주장함' }
  expect((await merchant.api.post(`/api/admin/reviews/${id}/hide`, { json })).status).toBe(200)
  expect((await reviews()).stars.reviewCount).toBe(before - 1)
  expect(await page()).not.toContain(marked)
  await until(async () => (await catalogued())[0] === before - 1, {
    what: 'the catalogue to forget the hidden review',
    deadlineMs: 10_000,
  })
  expect((await buyer.api.get('/api/reviews/own')).body).toMatchObject({
    data: [{ hideReason: json.reason }],
  })
  expect((await buyer.api.patch(`/api/reviews/${id}`, { json: { stars: 5 } })).code).toBe('review_hidden')
  expect((await merchant.api.post(`/api/admin/reviews/${id}/show`)).status).toBe(200)
  expect((await reviews()).stars.reviewCount).toBe(before)
  const admin = await colleague(system, 'admin')
  expect((await admin.api.get(`/api/admin/audit?subjectType=review&subjectId=${id}`)).body).toMatchObject({
    data: [
      { action: 'review.shown' },
      { action: 'review.hidden', reason: json.reason, actorId: merchant.id },
    ],
  })
})

test('an author who leaves is not named any more; the review stays', async () => {
  const buyer = await customer(system)
  const { order } = await buy(system, buyer, itemId)
  const id = await writeReview(buyer, order.id)
  expect((await buyer.api.delete('/api/users/me', { json: { password: PASSWORD } })).status).toBe(204)
  await until(async () => (await reviews()).data.find((review) => review.id === id)?.author === '', {
    what: 'the name to go',
    deadlineMs: 10_000,
  })
})
