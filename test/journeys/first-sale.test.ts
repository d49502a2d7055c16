import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { newcomer, RECEIVER, signIn } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { ItemDetail, ItemList, Order, OrderList, Payment, PaymentList, Profile } from '../support/views.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ demo: true })
})
afterAll(async () => {
  await system?.stop()
})

async function salesOf(itemId: string): Promise<number> {
  const answer = await system.api().get(`/api/items/${itemId}`)
  return expectBody(answer, 200, ItemDetail).salesCount
}

async function awaitSales(itemId: string, count: number): Promise<void> {
  await until(async () => (await salesOf(itemId)) === count, { what: `${count} sales`, deadlineMs: 10_000 })
}

test('a stranger signs up, finds, orders, pays, and gets the money back', async () => {
  const nobody = system.api()

  // Sign up and in.
  const data = newcomer()
  const profile = expectBody(await nobody.post('/api/users', { json: data }), 201, Profile)
  expect(profile.email).toBe(data.email)
  const { api } = await signIn(system, data.email)
  expect(expectBody(await api.get('/api/users/me'), 200, Profile).id).toBe(profile.id)

  // Find an item of the public register: by its Korean name without its blanks, and by initial consonants.
  const everything = expectBody(await nobody.get('/api/items?size=100&sort=newest'), 200, ItemList)
  const wanted = everything.data.find(
    ({ name, status }) => /[가-힣]{2} [가-힣]{2}/.test(name) && status === 'on_sale',
  )
  expect(wanted).toBeDefined()
  const keyword = (wanted?.name ?? '').replaceAll(' ', '')
  const found = expectBody(
    await nobody.get(`/api/items?keyword=${encodeURIComponent(keyword)}`),
    200,
    ItemList,
  )
  expect(found.data.map(({ id }) => id)).toContain(wanted?.id)
  const initials = expectBody(
    await nobody.get(`/api/items?keyword=${encodeURIComponent('ㅎㅅ')}&size=100`),
    200,
    ItemList,
  )
  expect(initials.data.length).toBeGreaterThan(0)
  const item = expectBody(await nobody.get(`/api/items/${wanted?.id}`), 200, ItemDetail)
  const soldBefore = item.salesCount

  // Order three pieces: all amounts come from the server.
  const placed = await api.post('/api/orders', {
    key: true,
    json: {
      lines: [{ itemId: item.id, quantity: 3 }],
      receiver: RECEIVER,
      expectedTotal: item.realPrice * 3,
    },
  })
  const order = expectBody(placed, 201, Order)
  expect(placed.headers.get('location')).toBe(`/api/orders/${order.id}`)
  expect(order.state).toBe('awaiting_payment')
  expect(order.amounts).toEqual({
    total: item.realPrice * 3,
    deliveryFee: 0,
    couponDiscount: 0,
    originTotal: item.originPrice * 3,
    discountTotal: (item.originPrice - item.realPrice) * 3,
    taxFree: 0,
    taxable: item.realPrice * 3,
    vat: Math.round((item.realPrice * 3) / 11),
    refundedTotal: 0,
  })
  expect(order.lines).toMatchObject([{ itemId: item.id, name: item.name, quantity: 3 }])
  expect(order.receiver).toMatchObject({ phone: '01012345678', deliveryNote: RECEIVER.deliveryNote })
  const whileWaiting = expectBody(await nobody.get(`/api/items/${item.id}`), 200, ItemDetail)
  expect(whileWaiting.available).toBe(item.available - 3)

  // Pay on KakaoPay's page.
  const begun = expectBody(
    await api.post('/api/payments', { key: true, json: { orderId: order.id, provider: 'kakaopay' } }),
    201,
    Payment,
  )
  expect(begun).toMatchObject({ state: 'awaiting_customer', total: order.amounts.total })
  const page = await fetch(begun.redirectUrl ?? '')
  expect(await page.text()).toContain('결제하기')
  const back = await system.bank.press(begun.redirectUrl, 'approve')
  const result = await nobody.get(back ?? '', { headers: { accept: 'text/html' }, follow: true })
  expect(result.status).toBe(200)
  expect(result.body).toContain('결제가 완료되었습니다')
  const english = await nobody.get(back ?? '', {
    headers: { accept: 'text/html', 'accept-language': 'en' },
    follow: true,
  })
  expect(english.body).toContain('Payment complete')

  // Paid, everywhere.
  const payment = expectBody(await api.get(`/api/payments/${begun.id}`), 200, Payment)
  expect(payment).toMatchObject({ state: 'paid', total: order.amounts.total, refunded: 0 })
  const ofOrder = expectBody(await api.get(`/api/payments?orderId=${order.id}`), 200, PaymentList)
  expect(ofOrder.data.map(({ id }) => id)).toEqual([payment.id])
  const list = expectBody(await api.get('/api/orders?state=paid'), 200, OrderList)
  expect(list.data.map(({ id, state }) => ({ id, state }))).toEqual([{ id: order.id, state: 'paid' }])
  expect(await system.bank.money(payment.id)).toEqual({
    charges: 1,
    charged: order.amounts.total,
    refunds: 0,
    refunded: 0,
  })
  await awaitSales(item.id, soldBefore + 3)

  // Everything back.
  const asked = await api.post(`/api/payments/${payment.id}/refunds`, {
    key: true,
    json: { reason: '단순 변심' },
  })
  expect(expectBody(asked, 202, Payment).refunds).toMatchObject([{ amount: order.amounts.total }])
  const refunded = await until(
    async () => {
      const now = expectBody(await api.get(`/api/payments/${payment.id}`), 200, Payment)
      return now.state === 'refunded' && now
    },
    { what: 'the refund', deadlineMs: 15_000 },
  )
  expect(refunded).toMatchObject({ refunded: order.amounts.total, refunds: [{ state: 'refunded' }] })
  const closed = expectBody(await api.get(`/api/orders/${order.id}`), 200, Order)
  expect(closed).toMatchObject({ state: 'refunded', amounts: { refundedTotal: order.amounts.total } })
  expect(await system.bank.money(payment.id)).toMatchObject({ refunds: 1, refunded: order.amounts.total })
  await awaitSales(item.id, soldBefore)
  await until(
    async () =>
      expectBody(await nobody.get(`/api/items/${item.id}`), 200, ItemDetail).available === item.available,
    { what: 'the pieces to be for sale again', deadlineMs: 10_000 },
  )
})

test('the shop window: home, categories, brands, and answers that are asked for again', async () => {
  const nobody = system.api()
  for (const path of [
    '/api/home',
    '/api/categories',
    '/api/brands?prefix=',
    '/api/items?category=EYE&onSale=true',
  ]) {
    const answer = await nobody.get(path)
    expect(answer.status).toBe(200)
    const etag = answer.headers.get('etag') ?? ''
    expect((await nobody.get(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
  }
  expect((await nobody.get('/.well-known/jwks.json')).status).toBe(200)
  expect((await nobody.get('/api/items?minPrice=5000&maxPrice=1000')).code).toBe('price_range_reversed')
  expect((await nobody.get('/api/items?page=100000&size=100')).code).not.toBe('')
  expect((await nobody.get('/api/items/00000000-0000-0000-0000-000000000000')).code).toBe('not_found')
  expect((await nobody.get('/api/items?sort=cheapest&size=1000')).fields).toEqual(
    expect.arrayContaining(['query.sort', 'query.size']),
  )
})
