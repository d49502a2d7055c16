/** Coupons and the discount of subscriptions, from the offer to the charge, held against the bank's journal. */
import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { openBooks } from '../support/books.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, crowd, customer, PASSWORD, type Person, RECEIVER } from '../support/people.ts'
import { beginPayment, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { Cart } from '../support/views.ts'

const Coupon = Type.Object({ id: Type.String(), uses: Type.Integer() })
const Placed = Type.Object({
  id: Type.String(),
  amounts: Type.Object({
    total: Type.Integer(),
    discountTotal: Type.Integer(),
    couponDiscount: Type.Integer(),
  }),
  lines: Type.Array(Type.Object({ couponDiscount: Type.Integer(), lineTotal: Type.Integer() })),
})

let system: System
let merchant: Person
let items: string[]
beforeAll(async () => {
  system = await startSystem({ settings: { SUBSCRIPTION_DISCOUNT: '5' } })
  items = (await stockShelves(system, 12)).slice(0, 2).map(({ id }) => id)
  merchant = await colleague(system, 'merchant')
  for (const [n, itemId] of items.entries()) {
    await changeItem(merchant, itemId, {
      status: 'on_sale',
      originPrice: n === 0 ? 30_000 : 9_999,
      discountPercent: 0,
    })
    await setStock(merchant, itemId, 500)
  }
})
afterAll(() => system?.stop())

const item = (n: number) => items[n] ?? ''
const terms = (more: object = {}) => ({
  name: '가을 쿠폰',
  off: { kind: 'amount', amount: 1_000 },
  minimum: 10_000,
  startsAt: system.now().subtract({ hours: 24 }).toString(),
  endsAt: system.now().add({ hours: 24 }).toString(),
  ...more,
})
const offer = async (more: object = {}) =>
  expectBody(await merchant.api.post('/api/admin/coupons', { key: true, json: terms(more) }), 201, Coupon)
const order = (person: Person, couponId: string, lines: object[], more: object = {}) =>
  person.api.post('/api/orders', { key: true, json: { lines, receiver: RECEIVER, couponId, ...more } })
const once = (n: number, quantity = 1) => ({ itemId: item(n), quantity })
const usesOf = async (id: string) =>
  (await execute(system.databaseUrl, `select uses from coupons.coupon where id = '${id}'`))[0]?.uses
const pay = async (person: Person, orderId: string) => {
  const begun = await beginPayment(person, orderId)
  await system.api().get((await system.bank.press(begun.redirectUrl, 'approve')) ?? '')
}

test('a coupon is divided over the lines, charged for, and given back with the order', async () => {
  const books = await openBooks(system)
  const hana = await customer(system)
  const coupon = await offer()
  const listed = await hana.api.get('/api/coupons')
  expect(at(listed.body, 'data', 0)).toMatchObject({ id: coupon.id, state: 'available' })
  const wrong = await order(hana, coupon.id, [once(0), once(1)], { expectedTotal: 39_999 })
  expect(wrong).toMatchObject({ code: 'total_changed', body: { currentTotal: 38_999 } })
  const placed = expectBody(
    await order(hana, coupon.id, [once(0), once(1)], { expectedTotal: 38_999 }),
    201,
    Placed,
  )
  expect(placed.lines.map(({ couponDiscount }) => couponDiscount)).toEqual([750, 250])
  expect(placed.amounts).toMatchObject({ total: 38_999, couponDiscount: 1_000, discountTotal: 1_000 })
  expect((await order(hana, coupon.id, [once(0)])).code).toBe('coupon_used')
  await pay(hana, placed.id)
  // A part: 30,000 less its part of the coupon.
  expect(
    (await hana.api.post(`/api/orders/${placed.id}/lines/1/cancel`, { key: true, json: {} })).status,
  ).toBe(202)
  const refunded = (amount: number) =>
    until(async () => (await readOrder(hana, placed.id)).amounts.refundedTotal === amount, {
      what: `${amount} won to be back`,
      deadlineMs: 15_000,
    })
  await refunded(29_250)
  expect(await usesOf(coupon.id)).toBe(1)
  expect(
    (await hana.api.post(`/api/orders/${placed.id}/lines/2/cancel`, { key: true, json: {} })).status,
  ).toBe(202)
  await refunded(38_999)
  await until(async () => (await usesOf(coupon.id)) === 0, { what: 'the coupon back', deadlineMs: 15_000 })
  const again = expectBody(await order(hana, coupon.id, [once(0)]), 201, Placed)
  expectBody(await hana.api.post(`/api/orders/${again.id}/cancel`), 200, Type.Object({ id: Type.String() }))
  await until(async () => (await usesOf(coupon.id)) === 0, { what: 'the coupon back', deadlineMs: 15_000 })
  expect(await books.disagreements()).toEqual([])
})

test('a budget is never exceeded, and each customer uses it once, however many ask at once', async () => {
  const coupon = await offer({ budget: 3 })
  const people = await crowd(system, 8)
  const answers = await Promise.all(people.map((person) => order(person, coupon.id, [once(0)])))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
  expect(answers.filter(({ code }) => code === 'coupon_not_valid')).toHaveLength(5)
  const [greedy] = await crowd(system, 1)
  if (!greedy) throw new Error('nobody came')
  const mine = await offer({ budget: 50 })
  const tries = await Promise.all(Array.from({ length: 8 }, () => order(greedy, mine.id, [once(0)])))
  expect(tries.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(tries.filter(({ code }) => code === 'coupon_used')).toHaveLength(7)
  const [counted] = await execute(
    system.databaseUrl,
    `select bool_and(uses = (select count(*) from coupons.use u where u.coupon_id = c.id and returned_at is null)) as same
     from coupons.coupon c`,
  )
  expect([await usesOf(coupon.id), await usesOf(mine.id), counted?.same]).toEqual([3, 1, true])
})

test('what is for a first order is for one, and nothing is used that cannot be', async () => {
  const hana = await customer(system)
  const [first, second] = [await offer({ firstOrder: true }), await offer({ firstOrder: true })]
  const lines = [once(0)]
  const answers = await Promise.all([order(hana, first.id, lines), order(hana, second.id, lines)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
  const waiting = await customer(system)
  const open = await waiting.api.post('/api/orders', { key: true, json: { lines, receiver: RECEIVER } })
  expectBody(open, 201, Placed)
  expect((await order(waiting, first.id, lines)).code).toBe('coupon_first_order_only')
  const bought = await customer(system)
  const plain = await bought.api.post('/api/orders', { key: true, json: { lines, receiver: RECEIVER } })
  await pay(bought, expectBody(plain, 201, Placed).id)
  expect((await order(bought, first.id, lines)).code).toBe('coupon_first_order_only')
  const states = (await bought.api.get('/api/coupons')).body
  expect(JSON.stringify(states)).toContain('not_first_order')

  const small = await offer({ minimum: 50_000 })
  expect((await order(bought, small.id, lines)).code).toBe('coupon_minimum')
  const ended = await offer()
  expectBody(await merchant.api.post(`/api/admin/coupons/${ended.id}/end`, { json: {} }), 200, Coupon)
  const planned = await offer({ startsAt: system.now().add({ hours: 1 }).toString() })
  for (const id of [ended.id, planned.id, ended.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
    expect((await order(bought, id, lines)).code).toBe('coupon_not_valid')
  for (const more of [{ minimum: 1_099 }, { endsAt: terms().startsAt }]) {
    const json = terms(more)
    const refused = await merchant.api.post('/api/admin/coupons', { key: true, json })
    expect(refused).toMatchObject({ status: 422, code: 'coupon_terms_wrong' })
  }
  const over = await merchant.api.get('/api/admin/coupons?state=over')
  expect(at(over.body, 'data', 0)).toMatchObject({ id: ended.id, state: 'over' })
  for (const state of ['planned', 'running', 'used_up'])
    expect((await merchant.api.get(`/api/admin/coupons?state=${state}`)).status).toBe(200)
})

test('what is for some categories is taken off these lines only', async () => {
  const hana = await customer(system)
  const categoriesOf = async (n: number) => {
    const found = at((await system.api().get(`/api/items/${item(n)}`)).body, 'categories')
    return Array.isArray(found) ? found.map(String) : []
  }
  const [mine, others] = [await categoriesOf(0), await categoriesOf(1)]
  const only = mine.filter((one) => !others.includes(one))
  expect(only).not.toEqual([])
  const coupon = await offer({ categories: only, minimum: 30_000 })
  expect((await order(hana, coupon.id, [once(1, 4)])).code).toBe('coupon_not_for_these')
  const placed = expectBody(await order(hana, coupon.id, [once(0), once(1, 4)]), 201, Placed)
  expect(placed.lines.map(({ couponDiscount }) => couponDiscount)).toEqual([1_000, 0])
  expect(placed.amounts.total).toBe(30_000 + 4 * 9_999 - 1_000)
  await pay(hana, placed.id)
  const listed = JSON.stringify((await hana.api.get('/api/coupons')).body)
  expect(listed).toContain(JSON.stringify(only))
})

test('a code shows a coupon to who types it, and to nobody else; once each, within its budget', async () => {
  const code = `WINTER${randomUUID().slice(0, 6).toUpperCase()}`
  const coupon = await offer({ code, budget: 2 })
  const taken = await merchant.api.post('/api/admin/coupons', { key: true, json: terms({ code }) })
  expect(taken).toMatchObject({ status: 409, code: 'coupon_code_taken' })
  const [hana, duri, seri] = await crowd(system, 3)
  if (!hana || !duri || !seri) throw new Error('nobody came')
  const own = async (person: Person) => JSON.stringify((await person.api.get('/api/coupons')).body)
  const claim = (person: Person, typed: string) =>
    person.api.post('/api/coupons/claims', { json: { code: typed } })
  expect(await own(hana)).not.toContain(coupon.id)
  // Its id alone is not enough, not for the discount and not for the use.
  expect((await order(hana, coupon.id, [once(0)])).code).toBe('coupon_not_valid')
  expect(await claim(hana, 'WINTERXXXXXX')).toMatchObject({ status: 404, code: 'coupon_code_unknown' })
  const claims = await Promise.all(
    [code, code.toLowerCase(), `${code.slice(0, 6)}-${code.slice(6)}`].map((typed) => claim(hana, typed)),
  )
  expect(claims.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await own(hana)).toContain(coupon.id)
  expect(await own(duri)).not.toContain(coupon.id)
  expect(JSON.stringify(claims[0]?.body)).not.toContain(code)
  for (const person of [duri, seri]) expect((await claim(person, code)).status).toBe(200)
  const tries = await Promise.all(
    [hana, hana, duri, seri].map((person) => order(person, coupon.id, [once(0)])),
  )
  expect(tries.filter(({ status }) => status === 201)).toHaveLength(2)
  expect(await usesOf(coupon.id)).toBe(2)
  expect((await claim(await customer(system), code)).code).toBe('coupon_code_unknown')
})

test('what is for who has bought before is for nobody else, also not with an order that waits', async () => {
  const coupon = await offer({ boughtBefore: true })
  const hana = await customer(system)
  const lines = [once(0)]
  expect((await order(hana, coupon.id, lines)).code).toBe('coupon_bought_before_only')
  expect(JSON.stringify((await hana.api.get('/api/coupons')).body)).toContain('not_bought_before')
  const first = expectBody(
    await hana.api.post('/api/orders', { key: true, json: { lines, receiver: RECEIVER } }),
    201,
    Placed,
  )
  expect((await order(hana, coupon.id, lines)).code).toBe('coupon_bought_before_only')
  await pay(hana, first.id)
  expect((await order(hana, coupon.id, lines)).status).toBe(201)
  const both = terms({ boughtBefore: true, firstOrder: true })
  const refused = await merchant.api.post('/api/admin/coupons', { key: true, json: both })
  expect(refused).toMatchObject({ status: 422, code: 'coupon_terms_wrong' })
})

test('who offered a coupon and who ended it is written down, once', async () => {
  const coupon = await offer({ name: '감사에 남는 쿠폰' })
  const end = () => merchant.api.post(`/api/admin/coupons/${coupon.id}/end`, { json: {} })
  await Promise.all([end(), end(), end()])
  const rows = await execute(
    system.databaseUrl,
    `select action, actor_id, after->>'name' as name, before->>'endedAt' as before, after->>'endedAt' as after
     from platform.audit_entry where subject_type = 'coupon' and subject_id = '${coupon.id}' order by at, id`,
  )
  expect(rows).toEqual([
    { action: 'coupon.offered', actor_id: merchant.id, name: '감사에 남는 쿠폰', before: null, after: null },
    {
      action: 'coupon.ended',
      actor_id: merchant.id,
      name: '감사에 남는 쿠폰',
      before: null,
      after: expect.any(String),
    },
  ])
})

test('what comes again costs less in the cart, the order, the consent and every delivery', async () => {
  const hana = await customer(system)
  const period = { unit: 'days', count: 30 }
  const line = { itemId: item(1), quantity: 2, subscription: period }
  const added = await hana.api.post('/api/cart/lines', { key: true, json: line })
  const { amounts, lines } = expectBody(added, 200, Cart)
  // 9,999 less 5 %, of which a share of a won stays with the shop.
  expect([lines[0]?.lineTotal, amounts?.total]).toEqual([19_000, 19_000])
  const consent = (await hana.api.get('/api/consents/recurring-payment')).body
  expect(JSON.stringify(consent)).toContain('판매가에서 5% 할인한 가격')
  const subscription = await subscribe(system, hana, item(1))
  expect(subscription.unitPrice).toBe(9_500)
  const first = await readOrder(hana, subscription.firstOrderId)
  expect(first.amounts).toMatchObject({ total: 9_500, originTotal: 9_999, discountTotal: 499 })
  const detail = (await hana.api.get(`/api/subscriptions/${subscription.id}`)).body
  expect(at(detail, 'upcoming', 0)).toMatchObject({ amount: 9_500 })
  // A coupon is not for it.
  const coupon = await offer({ minimum: 0, off: { kind: 'percent', percent: 10 } })
  const version = at(consent, 'version')
  const refused = await order(hana, coupon.id, [line], { consent: { version } })
  expect(refused.code).toBe('coupon_minimum')
})

test('a browser chooses a coupon, and pays that much less', async () => {
  const hana = await customer(system)
  const coupon = await offer({ name: '브라우저 쿠폰', off: { kind: 'percent', percent: 10, most: 2_000 } })
  const send = (method: 'GET' | 'POST', path: string, form: Record<string, string> = {}, cookie = '') =>
    fetch(new URL(path, system.url), {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', origin: system.url, cookie },
      ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
    })
  const opened = await send('POST', '/login', { email: hana.email, password: PASSWORD })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  const html = async (path: string) => (await send('GET', path, {}, cookie)).text()
  expect(await html('/account/coupons')).toContain('10% 할인(최대 2,000원)')
  const coded = await offer({ name: '코드 쿠폰', code: `PAGE${randomUUID().slice(0, 6).toUpperCase()}` })
  expect(await html('/account/coupons')).not.toContain('코드 쿠폰')
  const wrongCode = await send('POST', '/account/coupons', { code: 'NOSUCHCODE' }, cookie)
  expect(wrongCode.headers.get('location')).toContain('trouble=coupon_code_unknown')
  expect(await html('/account/coupons?trouble=coupon_code_unknown')).toContain(
    '쓸 수 있는 쿠폰의 코드가 아닙니다',
  )
  const [row] = await execute(system.databaseUrl, `select code from coupons.coupon where id = '${coded.id}'`)
  const typed = await send('POST', '/account/coupons', { code: String(row?.code) }, cookie)
  expect(typed.headers.get('location')).toContain('done=claimed')
  expect(await html('/account/coupons?done=claimed')).toContain('코드 쿠폰')
  const checkout = `/checkout?item=${item(0)}&quantity=1`
  expect(await html(checkout)).toContain(`coupon=${coupon.id}`)
  expect(await html(`${checkout}&coupon=${coupon.id}`)).toContain('28,000원 결제하기')
  const ordered = await send(
    'POST',
    '/checkout',
    {
      name: '김하나',
      phone: '010-1111-2222',
      ...RECEIVER.address,
      line: `${item(0)}*1`,
      total: '28000',
      key: 'coupon-journey-order-1',
      provider: 'kakaopay',
      coupon: coupon.id,
    },
    cookie,
  )
  expect(ordered.status).toBe(303)
  // It is used now: the page goes on without it, and says why.
  const again = await html(`${checkout}&coupon=${coupon.id}`)
  expect(again).toContain('이미 사용한 쿠폰입니다.')
  expect(again).toContain('30,000원 결제하기')
  expect(await html('/account/coupons')).toContain('사용한 주문 보기')
})
