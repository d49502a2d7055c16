/** Cash receipts of what is paid out of an account, held against the bank's journal. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { openBooks } from '../support/books.ts'
import { at } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person, RECEIVER } from '../support/people.ts'
import { changeItem, placeOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { Payment } from '../support/views.ts'

let system: System
let merchant: Person
let admin: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({ toss: true })
  const [item] = await stockShelves(system, 6)
  itemId = item?.id ?? ''
  merchant = await colleague(system, 'merchant')
  admin = await colleague(system, 'admin')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
})
afterAll(() => system?.stop())

const PERSONAL = { use: 'deduction', number: '010-1234-5678' }

/** What a customer does on the page of Toss Payments. @returns where the browser is sent */
async function agree(page: string | null, means: 'card' | 'transfer'): Promise<string> {
  const url = new URL(page ?? '')
  const form = { ...Object.fromEntries(url.searchParams), ...(means === 'transfer' ? { method: means } : {}) }
  const target = `${url.origin}${url.pathname}/approve`
  const body = new URLSearchParams(form)
  const response = await fetch(target, { method: 'POST', redirect: 'manual', body })
  return response.headers.get('location') ?? ''
}

async function buy(person: Person, pieces: number, means: 'card' | 'transfer', cashReceipt?: object) {
  const order = await placeOrder(person, itemId, pieces)
  const json = { orderId: order.id, provider: 'toss', ...(cashReceipt ? { cashReceipt } : {}) }
  const begun = expectBody(await person.api.post('/api/payments', { key: true, json }), 201, Payment)
  expectBody(await system.api().get(await agree(begun.redirectUrl, means)), 200, Payment)
  return { order, paymentId: begun.id }
}

const receiptOf = async (person: Person, paymentId: string) =>
  at((await person.api.get(`/api/payments/${paymentId}`)).body, 'cashReceipt')

/** Waits until the receipt of a payment is in a state, and stands for so much. */
async function receiptIs(person: Person, paymentId: string, state: string, amount: number) {
  const is = async () => {
    const receipt = await receiptOf(person, paymentId)
    return at(receipt, 'state') === state && at(receipt, 'amount') === amount
  }
  await until(is, { what: `a receipt ${state} for ${amount}`, deadlineMs: 40_000, everyMs: 200 })
  return receiptOf(person, paymentId)
}

/** Sends forms as a browser does in which somebody is signed in. */
async function browserOf({ email }: Person) {
  const send = (method: 'GET' | 'POST', path: string, form: Record<string, string> = {}, cookie = '') =>
    fetch(new URL(path, system.url), {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', origin: system.url, cookie },
      ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
    })
  const opened = await send('POST', '/login', { email, password: PASSWORD })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  return (method: 'GET' | 'POST', path: string, form: Record<string, string> = {}) =>
    send(method, path, form, cookie)
}

test('issued once, also when the answer is lost, and taken back with the money', async () => {
  const books = await openBooks(system)
  const minji = await customer(system)
  // The bank issues each, and of the second one nobody hears.
  await system.bank.faults({
    match: { provider: 'toss', operation: 'receipt_issue', amount: 90_000 },
    effect: { kind: 'reset_after' },
  })
  const [some, lost, unasked] = [
    await buy(minji, 2, 'transfer', PERSONAL),
    await buy(minji, 3, 'transfer', { use: 'expenditure', number: '123-45-67891' }),
    await buy(minji, 4, 'transfer'),
  ]
  expect(await receiptIs(minji, some.paymentId, 'issued', 60_000)).toMatchObject({
    use: 'deduction',
    number: '010-****-5678',
    selfIssued: false,
    issueNumber: expect.stringMatching(/^\d{9}$/),
    url: expect.stringContaining('/toss/receipt/R'),
  })
  expect(await receiptIs(minji, unasked.paymentId, 'issued', 120_000)).toMatchObject({ selfIssued: true })
  await receiptIs(minji, lost.paymentId, 'issued', 90_000)

  const cancel = { key: true, json: { quantity: 1 } } as const
  expect((await minji.api.post(`/api/orders/${some.order.id}/lines/1/cancel`, cancel)).status).toBe(202)
  await receiptIs(minji, some.paymentId, 'issued', 30_000)
  expect((await minji.api.post(`/api/orders/${some.order.id}/lines/1/cancel`, cancel)).status).toBe(202)
  await receiptIs(minji, some.paymentId, 'cancelled', 0)

  const rows = async (id: string) =>
    (await system.bank.journal(`?kind=cash_receipt&partnerOrderId=${id}`)).map(
      ({ type, amount, purpose }) => ({
        type,
        amount,
        purpose,
      }),
    )
  expect(await rows(some.paymentId)).toEqual([
    { type: 'CONFIRM', amount: 60_000, purpose: '소득공제' },
    { type: 'CANCEL', amount: 30_000, purpose: '소득공제' },
    { type: 'CANCEL', amount: 30_000, purpose: '소득공제' },
  ])
  expect(await rows(lost.paymentId)).toEqual([{ type: 'CONFIRM', amount: 90_000, purpose: '지출증빙' }])
  expect(await rows(unasked.paymentId)).toHaveLength(1)
  const seen = (await admin.api.get(`/api/admin/payments/${lost.paymentId}`)).body
  expect(at(seen, 'payment', 'cashReceipt')).toMatchObject({
    state: 'settled',
    target: 90_000,
    standing: 90_000,
    number: '123-**-*7891',
  })
  const text = JSON.stringify(seen)
  for (const number of ['1234567891', '123-45-67891']) expect(text).not.toContain(number)
  expect(await books.disagreements()).toEqual([])
})

test('a card has none, and the pages say so; a wrong number is told before anything is ordered', async () => {
  const hana = await customer(system)
  const send = await browserOf(hana)
  const page = await (await send('GET', `/checkout?item=${itemId}&quantity=1`)).text()
  expect(page).toContain('소득공제용(휴대전화 번호)')
  expect(page).toContain('카드 결제는 발급 대상이 아니고')
  const form = {
    name: '김하나',
    phone: '010-1111-2222',
    ...RECEIVER.address,
    line: `${itemId}*1`,
    total: '30000',
    key: 'cash-receipt-order-1',
    provider: 'toss',
  }
  const wrong = await send('POST', '/checkout', { ...form, receipt: 'expenditure', number: '123-45-67890' })
  expect(wrong.status).toBe(422)
  const again = await wrong.text()
  expect(again).toContain('사업자등록번호 10자리를 확인해 주세요')
  expect(again).toContain('value="123-45-67890"')
  expect((await hana.api.get('/api/orders')).body).toMatchObject({ data: [] })

  const sent = await send('POST', '/checkout', { ...form, receipt: 'deduction', number: '010 1234 5678' })
  expect(sent.status).toBe(303)
  const back = await agree(sent.headers.get('location'), 'card')
  await send('GET', new URL(back).pathname + new URL(back).search)
  const orderId = String(at((await hana.api.get('/api/orders')).body, 'data', 0, 'id'))
  const order = await (await send('GET', `/orders/${orderId}`)).text()
  expect(order).toContain('카드 등으로 결제해 발급하지 않았습니다.')
  expect(order).not.toContain('5678')
  const english = await (await send('GET', `/en/orders/${orderId}`)).text()
  expect(english).toContain('Not issued, as you paid by card')
})

test('asked for when an order is paid later, and shown on its page', async () => {
  const hana = await customer(system)
  const send = await browserOf(hana)
  const order = await placeOrder(hana, itemId, 1)
  const pay = { key: 'cash-receipt-pay-later', provider: 'toss', receipt: 'deduction' }
  const wrong = await send('POST', `/orders/${order.id}/pay`, { ...pay, number: '1' })
  expect(wrong.status).toBe(422)
  const typed = await wrong.text()
  for (const part of ['휴대전화 번호를 입력해 주세요', 'value="1"', 'aria-invalid="true"'])
    expect(typed).toContain(part)
  expect(typed).toMatch(/<input type="radio" name="receipt"[^>]*checked=""[^>]*value="deduction"/)
  const sent = await send('POST', `/orders/${order.id}/pay`, { ...pay, number: '010-1234-5678' })
  const back = new URL(await agree(sent.headers.get('location'), 'transfer'))
  await send('GET', back.pathname + back.search)
  const shown = async () => (await send('GET', `/orders/${order.id}`)).text()
  await until(async () => (await shown()).includes('발급되었습니다.'), {
    what: 'the page to say that it is issued',
    deadlineMs: 20_000,
    everyMs: 200,
  })
  const page = await shown()
  for (const part of ['010-****-5678', '승인번호', '/toss/receipt/R']) expect(page).toContain(part)
})

test('what the tax office refuses waits for a person, who corrects the number or gives it up', async () => {
  const minji = await customer(system)
  const decline = { kind: 'decline', code: 'INVALID_REQUEST', message: '없는 번호입니다.' }
  const refusedOne = async (pieces: number) => {
    const match = { provider: 'toss', operation: 'receipt_issue', amount: pieces * 30_000 }
    await system.bank.faults({ match, effect: decline })
    const { paymentId } = await buy(minji, pieces, 'transfer', PERSONAL)
    const path = `/api/admin/payments/${paymentId}`
    const state = async () => at((await admin.api.get(path)).body, 'payment', 'cashReceipt', 'state')
    const what = 'the receipt to wait for a person'
    await until(async () => (await state()) === 'refused', { what, deadlineMs: 20_000, everyMs: 200 })
    await system.bank.heal()
    return { paymentId, path }
  }
  const reason = '고객이 전화로 알려 준 번호'
  const wrong = await refusedOne(1)
  const again = (number: string) =>
    merchant.api.post(`${wrong.path}/cash-receipt/again`, {
      json: { reason, cashReceipt: { use: 'expenditure', number } },
    })
  expect(await again('1')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect((await again('123-45-67891')).status).toBe(200)
  expect(await again('123-45-67891')).toMatchObject({
    status: 409,
    body: { code: 'cash_receipt_not_refused' },
  })
  expect(await receiptIs(minji, wrong.paymentId, 'issued', 30_000)).toMatchObject({
    use: 'expenditure',
    number: '123-**-*7891',
  })
  expect(await system.bank.journal(`?kind=cash_receipt&partnerOrderId=${wrong.paymentId}`)).toHaveLength(1)

  const other = await refusedOne(2)
  const waiting = async () =>
    at((await admin.api.get('/api/admin/figures/payments')).body, 'now', 'receiptsInReview')
  expect(await waiting()).toBe(1)
  const ended = await merchant.api.post(`${other.path}/cash-receipt/give-up`, { json: { reason } })
  expect(at(ended.body, 'cashReceipt')).toMatchObject({ state: 'given_up', standing: 0 })
  expect(await waiting()).toBe(0)
  await receiptIs(minji, other.paymentId, 'not_issued', 0)
})

test('what cannot be a number is refused, and what is no choice, too', async () => {
  const minji = await customer(system)
  const order = await placeOrder(minji, itemId, 1)
  const ask = (cashReceipt: object) =>
    minji.api.post('/api/payments', { key: true, json: { orderId: order.id, provider: 'toss', cashReceipt } })
  expect(await ask({ use: 'deduction', number: '02-123-4567' })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', errors: [{ field: 'body.cashReceipt.number' }] },
  })
  expect((await ask({ use: 'other', number: '010-1234-5678' })).status).toBe(400)
  expect((await ask({ use: 'deduction', number: '0'.repeat(41) })).status).toBe(400)
})
