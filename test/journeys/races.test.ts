import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { colleague, crowd, type Person } from '../support/people.ts'
import {
  adminItem,
  askOrder,
  askPayment,
  beginPayment,
  buy,
  changeItem,
  placeOrder,
  readOrder,
  readPayment,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { type ItemDetail, Order, OrderList, Payment } from '../support/views.ts'

const BUYERS = 200
const PIECES = 20

let system: System
let books: Books
let merchant: Person
let buyers: Person[]
let items: ItemDetail[]
beforeAll(async () => {
  system = await startSystem()
  items = await stockShelves(system, 12)
  merchant = await colleague(system, 'merchant')
  for (const { id } of items.slice(0, 6)) {
    await changeItem(merchant, id, { status: 'on_sale' })
    await setStock(merchant, id, id === items[0]?.id ? PIECES : 100)
  }
  books = await openBooks(system)
  buyers = await crowd(system, BUYERS)
})
afterAll(async () => {
  await system?.stop()
})

function take<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`there is no number ${index}`)
  return found
}

test(`${BUYERS} buyers want the last ${PIECES} pieces: exactly ${PIECES} get one`, async () => {
  const item = take(items, 0)
  const answers = await Promise.all(buyers.map((buyer) => askOrder(buyer, item.id)))
  const codes = Map.groupBy(answers, ({ status, code }) => `${status} ${code}`)
  expect(Object.fromEntries([...codes].map(([code, list]) => [code, list.length]))).toEqual({
    '201 ': PIECES,
    '409 out_of_stock': BUYERS - PIECES,
  })
  expect((await adminItem(merchant, item.id)).stock).toEqual({ onHand: PIECES, held: PIECES })

  // Half of them pay at the same moment, the others give up.
  const lucky = buyers.filter((_, at) => answers[at]?.status === 201)
  const orders = answers.flatMap((answer) => (answer.status === 201 ? [expectBody(answer, 201, Order)] : []))
  const ends = await Promise.all(
    orders.map(async (order, at) => {
      const buyer = take(lucky, at)
      if (at % 2 === 1) return (await buyer.api.post(`/api/orders/${order.id}/cancel`)).status
      const payment = await beginPayment(buyer, order.id)
      const back = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
      return expectBody(await system.api().get(back), 200, Payment).state
    }),
  )
  expect(ends.filter((end) => end === 'paid')).toHaveLength(PIECES / 2)
  expect(ends.filter((end) => end === 200)).toHaveLength(PIECES / 2)
  expect((await adminItem(merchant, item.id)).stock).toEqual({ onHand: PIECES / 2, held: 0 })
})

test('one key 50 times at once: one order, one answer', async () => {
  const [buyer, item] = [take(buyers, 0), take(items, 1)]
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 50 }, () => askOrder(buyer, item.id, { key })))
  const texts = new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`))
  expect([...texts]).toHaveLength(1)
  expect(take(answers, 0).status).toBe(201)
  expect((await adminItem(merchant, item.id)).stock.held).toBe(1)
  const order = expectBody(take(answers, 0), 201, Order)
  await buyer.api.post(`/api/orders/${order.id}/cancel`)
})

test('one order, paying begun 20 times at once: one page', async () => {
  const [buyer, item] = [take(buyers, 1), take(items, 1)]
  const order = await placeOrder(buyer, item.id)
  const answers = await Promise.all(Array.from({ length: 20 }, () => askPayment(buyer, order.id)))
  const begun = answers.flatMap((answer) => (answer.status === 201 ? [expectBody(answer, 201, Payment)] : []))
  expect(new Set(begun.map(({ id }) => id)).size).toBe(1)
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect(answer).toMatchObject({ status: 409, code: 'payment_in_progress' })
  }
  const pages = (await system.bank.journal('?kind=ready')).filter(
    (row) => row.partnerOrderId === take(begun, 0).id,
  )
  expect(pages).toHaveLength(1)
  await buyer.api.post(`/api/orders/${order.id}/cancel`)
})

test('coming back twice, and the bank calling five times beside it: one approval', async () => {
  const [buyer, item] = [take(buyers, 2), take(items, 2)]
  const order = await placeOrder(buyer, item.id)
  const payment = await beginPayment(buyer, order.id)
  await system.bank.faults({
    match: { operation: 'page_approve', partnerOrderId: payment.id },
    effect: { kind: 'duplicate_callback', copies: 5 },
  })
  const back = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
  const answers = await Promise.all([system.api().get(back), system.api().get(back)])
  await system.bank.heal()
  for (const answer of answers) expect(expectBody(answer, 200, Payment).state).toBe('paid')
  expect(await system.bank.money(payment.id)).toMatchObject({ charges: 1 })
  const declined = await system.bank.journal(`?kind=declined&partnerOrderId=${payment.id}`)
  expect(declined).toEqual([])
})

test('two refunds and a cancel at once: the money goes back once', async () => {
  const [buyer, item] = [take(buyers, 3), take(items, 3)]
  const { order, payment } = await buy(system, buyer, item.id, 2)
  const refund = () =>
    buyer.api.post(`/api/payments/${payment.id}/refunds`, { key: true, json: { reason: '두 번 누름' } })
  const answers = await Promise.all([
    refund(),
    refund(),
    buyer.api.post(`/api/orders/${order.id}/cancel`),
    refund(),
  ])
  expect(answers.filter(({ status }) => status < 300).length).toBeGreaterThanOrEqual(1)
  for (const { status } of answers) expect([200, 202, 409]).toContain(status)
  const settled = await until(
    async () => {
      const now = await readPayment(buyer, payment.id)
      return now.state === 'refunded' && now
    },
    { what: 'the refund', deadlineMs: 15_000 },
  )
  expect(settled.refunds.map(({ amount, state }) => ({ amount, state }))).toEqual([
    { amount: payment.total, state: 'refunded' },
  ])
  expect(await system.bank.money(payment.id)).toMatchObject({ refunds: 1, refunded: payment.total })
})

test('cancelling in the very moment of paying: either nothing was taken, or it goes back', async () => {
  const item = take(items, 4)
  const rounds = await Promise.all(
    buyers.slice(10, 30).map(async (buyer) => {
      const order = await placeOrder(buyer, item.id)
      const payment = await beginPayment(buyer, order.id)
      const back = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
      const [returned, cancelled] = await Promise.all([
        system.api().get(back),
        buyer.api.post(`/api/orders/${order.id}/cancel`),
      ])
      return { buyer, order, payment, returned, cancelled }
    }),
  )
  for (const { buyer, order, payment, returned, cancelled } of rounds) {
    expect(returned.status).toBe(200)
    if (cancelled.status === 409) expect(cancelled.code).toBe('payment_in_progress')
    const end = await until(
      async () => {
        const { state } = await readOrder(buyer, order.id)
        const refundUnderWay = state === 'paid' && cancelled.status === 200
        return state !== 'awaiting_payment' && !refundUnderWay && state
      },
      { what: 'the end of the race', deadlineMs: 15_000 },
    )
    const money = await system.bank.money(payment.id)
    const taken = { paid: [1, 0], refunded: [1, 1], cancelled: [0, 0] }[end]
    expect([money.charges, money.refunds]).toEqual(taken)
    expect(end === 'paid').toBe(cancelled.status === 409)
  }
})

test('two merchants change one item at once: one of them is told to look again', async () => {
  const item = take(items, 5)
  const { version } = await adminItem(merchant, item.id)
  const change = (originPrice: number) =>
    merchant.api.patch(`/api/admin/items/${item.id}`, { json: { version, originPrice } })
  const answers = await Promise.all([change(11_000), change(12_000), change(13_000)])
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409])
  expect(answers.find(({ status }) => status === 409)?.code).toBe('item_changed_meanwhile')
})

test('one phone number, ten sign-ups at once: one account', async () => {
  const person = (n: number) => ({
    email: `race${n}@journey.test`,
    password: 'Race-test1!',
    displayName: `경주${n}`,
    realName: '홍길동',
    phone: '010-8888-0001',
    address: { city: '서울특별시', detail: '1층', postalCode: '04524' },
  })
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => system.api().post('/api/users', { json: person(n) })),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(answers.filter(({ code }) => code === 'already_taken')).toHaveLength(9)
})

test('and the books agree with the bank', async () => {
  const waiting = await Promise.all(
    buyers.map(
      async (buyer) =>
        expectBody(await buyer.api.get('/api/orders?state=awaiting_payment'), 200, OrderList).data.length,
    ),
  )
  expect(waiting.every((count) => count === 0)).toBe(true)
  expect(await books.disagreements()).toEqual([])
})
