import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../platform/http/actor.ts'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { actor, openShop, receiver, type Shop, START } from '../orders.fixture.ts'

let shop: Shop
let app: App
beforeAll(async () => {
  shop = await openShop()
  const { module } = shop.orders
  app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [module.problems ?? {}],
    routes: module.routes ? [module.routes] : [],
    // The token is the user id, with a role behind a dot.
    authenticate: async (token) => {
      const [userId = '', role] = token.split('.')
      return actor(userId, ...(role ? [role as Role] : []))
    },
    readiness: {},
    draining: () => false,
  })
})
afterAll(async () => {
  await app.close()
  await shop.drop()
})

interface Call {
  as?: string | undefined
  key?: string | undefined
  body?: unknown
  language?: string
}

async function call(method: 'GET' | 'POST', url: string, { as, key, body, language }: Call = {}) {
  const headers = {
    ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(language === undefined ? {} : { 'accept-language': language }),
  }
  const reply = await app.inject({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { payload: body as object }),
  })
  return { status: reply.statusCode, headers: reply.headers, json: reply.json() }
}

const bodyOf = (itemId: string, quantity = 1, more: object = {}) => ({
  lines: [{ itemId, quantity }],
  receiver,
  ...more,
})

async function ordered(as: string, itemId: string): Promise<string> {
  const reply = await call('POST', '/api/orders', { as, key: newId(), body: bodyOf(itemId) })
  expect(reply.status).toBe(201)
  return reply.json.id
}

describe('POST /api/orders', () => {
  it('answers 201 with the order and its place, which can be read there; a repeat gets the same', async () => {
    const as = newId()
    const itemId = await shop.addItem(5, 10_000)
    const request = { as, key: newId(), body: bodyOf(itemId.toUpperCase(), 2, { expectedTotal: 20_000 }) }
    const reply = await call('POST', '/api/orders', request)
    expect(reply.status).toBe(201)
    expect(reply.json).toMatchObject({ state: 'awaiting_payment', amounts: { total: 20_000, vat: 1_818 } })
    expect(reply.headers.location).toBe(`/api/orders/${reply.json.id}`)
    const read = await call('GET', String(reply.headers.location), { as })
    expect(read).toMatchObject({ status: 200, json: reply.json })
    const again = await call('POST', '/api/orders', request)
    expect(again).toMatchObject({
      status: 201,
      json: reply.json,
      headers: { location: reply.headers.location },
    })
  })

  it('needs a signed-in customer and an idempotency key', async () => {
    const itemId = await shop.addItem(5)
    expect(await call('POST', '/api/orders', { key: newId(), body: bodyOf(itemId) })).toMatchObject({
      status: 401,
    })
    expect(await call('POST', '/api/orders', { as: newId(), body: bodyOf(itemId) })).toMatchObject({
      status: 400,
      json: { code: 'idempotency_key_required' },
    })
  })

  it.each([
    ['an unknown member', (body: object) => ({ ...body, userId: newId() })],
    ['no lines', (body: object) => ({ ...body, lines: [] })],
    ['a quantity of 0', (body: object) => ({ ...body, lines: [{ itemId: newId(), quantity: 0 }] })],
    ['a quantity of 100', (body: object) => ({ ...body, lines: [{ itemId: newId(), quantity: 100 }] })],
    ['a quantity as text', (body: object) => ({ ...body, lines: [{ itemId: newId(), quantity: '1' }] })],
    [
      'a price of the client',
      (body: object) => ({ ...body, lines: [{ itemId: newId(), quantity: 1, unitPrice: 1 }] }),
    ],
    [
      'a broken item id',
      (body: object) => ({ ...body, lines: [{ itemId: `urn:uuid:${newId()}`, quantity: 1 }] }),
    ],
    ['51 lines', (body: object) => ({ ...body, lines: Array(51).fill({ itemId: newId(), quantity: 1 }) })],
  ])('refuses %s', async (_, spoil) => {
    const reply = await call('POST', '/api/orders', {
      as: newId(),
      key: newId(),
      body: spoil(bodyOf(newId())),
    })
    expect(reply).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
  })

  it('names every broken field of the receiver in the reader’s language', async () => {
    const itemId = await shop.addItem(5)
    const body = bodyOf(itemId, 1, { receiver: { ...receiver, phone: '1588-1234', name: '\u0007' } })
    const reply = await call('POST', '/api/orders', { as: newId(), key: newId(), body, language: 'en' })
    expect(reply).toMatchObject({
      status: 400,
      json: {
        errors: [
          { field: 'body.receiver.name', code: 'name' },
          { field: 'body.receiver.phone', message: expect.stringContaining('Korean phone number') },
        ],
      },
    })
  })

  it('says what is wrong with the items, with the facts', async () => {
    const as = newId()
    const post = (body: object) => call('POST', '/api/orders', { as, key: newId(), body })
    const missing = newId()
    expect(await post(bodyOf(missing))).toMatchObject({
      status: 422,
      json: { code: 'item_not_found', itemId: missing },
    })
    const scarce = await shop.addItem(3)
    expect(await post(bodyOf(scarce, 4))).toMatchObject({
      status: 409,
      json: { code: 'out_of_stock', itemId: scarce, available: 3 },
    })
    expect(await post(bodyOf(scarce, 1, { expectedTotal: 1 }))).toMatchObject({
      status: 409,
      json: { code: 'total_changed', currentTotal: 10_000 },
    })
    await shop.changeItem(scarce, { status: 'hidden' })
    expect(await post(bodyOf(scarce))).toMatchObject({ status: 409, json: { code: 'item_not_on_sale' } })
  })

  it('refuses a key that was used for something else', async () => {
    const itemId = await shop.addItem(5)
    const request = { as: newId(), key: newId() }
    expect((await call('POST', '/api/orders', { ...request, body: bodyOf(itemId, 1) })).status).toBe(201)
    const other = await call('POST', '/api/orders', { ...request, body: bodyOf(itemId, 2) })
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } })
  })
})

describe('GET /api/orders', () => {
  it('lists only one’s own, newest first, page by page without gaps', async () => {
    const as = newId()
    const itemId = await shop.addItem(50)
    const made: string[] = []
    for (let n = 0; n < 7; n++) {
      // Two of them at the same instant.
      if (n !== 3) shop.clock.advance({ seconds: 1 })
      made.push(await ordered(as, itemId))
    }
    await ordered(newId(), itemId)
    const pages = await Promise.all(
      [1, 2, 3].map((page) => call('GET', `/api/orders?page=${page}&size=3`, { as })),
    )
    const listed = pages.flatMap((page) => page.json.data.map((order: { id: string }) => order.id))
    expect(listed).toEqual(made.toReversed())
    expect(pages[2]?.json.page).toEqual({ number: 3, size: 3, totalElements: 7, totalPages: 3 })
    expect(pages[0]?.json.data[0].lines).toHaveLength(1)
  })

  it('filters by state and by the days of Seoul, both ends included', async () => {
    const as = newId()
    const itemId = await shop.addItem(50)
    const at = async (instant: string) => {
      shop.clock.set(Temporal.Instant.from(instant))
      return ordered(as, itemId)
    }
    const lastOf20 = await at('2026-11-20T14:59:59.999Z')
    const firstOf21 = await at('2026-11-20T15:00:00Z')
    const lastOf21 = await at('2026-11-21T14:59:59.999Z')
    const firstOf22 = await at('2026-11-21T15:00:00Z')
    shop.clock.set(START)
    const ids = async (query: string) => {
      const reply = await call('GET', `/api/orders?${query}`, { as })
      return reply.json.data.map((order: { id: string }) => order.id)
    }
    expect(await ids('from=2026-11-21&to=2026-11-21')).toEqual([lastOf21, firstOf21])
    expect(await ids('to=2026-11-20')).toEqual([lastOf20])
    expect(await ids('from=2026-11-22')).toEqual([firstOf22])
    await call('POST', `/api/orders/${lastOf21}/cancel`, { as })
    expect(await ids('state=cancelled')).toEqual([lastOf21])
    expect(await ids('state=awaiting_payment&from=2026-11-21')).toEqual([firstOf22, firstOf21])
  })

  it.each(['size=0', 'size=101', 'page=0', 'state=lost', 'from=2026-02-30', 'from=0000-01-01', 'user=1'])(
    'refuses ?%s',
    async (query) => {
      expect(await call('GET', `/api/orders?${query}`, { as: newId() })).toMatchObject({
        status: 400,
        json: { code: 'invalid_request' },
      })
    },
  )
})

describe('one order', () => {
  it('is seen and cancelled by its customer only; merchants and admins see it', async () => {
    const owner = newId()
    const id = await ordered(owner, await shop.addItem(5))
    const url = `/api/orders/${id}`
    const status = async (as?: string) => (await call('GET', url, { as })).status
    expect([await status(owner), await status(newId()), await status()]).toEqual([200, 404, 401])
    expect([await status(`${newId()}.merchant`), await status(`${newId()}.admin`)]).toEqual([200, 200])
    expect(await status(`${newId()}.librarian`)).toBe(404)
    for (const stranger of [newId(), `${newId()}.merchant`]) {
      expect(await call('POST', `${url}/cancel`, { as: stranger })).toMatchObject({ status: 404 })
    }
    expect(await call('POST', `${url}/cancel`, { as: owner })).toMatchObject({
      status: 200,
      json: { state: 'cancelled', closeReason: 'cancelled_by_customer', closedAt: expect.any(String) },
    })
    expect(await call('POST', `${url}/cancel`, { as: owner })).toMatchObject({ status: 200 })
  })

  it('shows its payment', async () => {
    const owner = newId()
    const attemptId = newId()
    const id = await ordered(owner, await shop.addItem(5))
    await shop.pay(id, 10_000, attemptId)
    expect((await call('GET', `/api/orders/${id}`, { as: owner })).json).toMatchObject({
      state: 'paid',
      paidAt: shop.clock.now().toString(),
      payment: { attemptId, provider: 'toss' },
    })
  })

  it('tells when to try again while a payment is under way', async () => {
    const owner = newId()
    const id = await ordered(owner, await shop.addItem(5))
    shop.payments.attempts.set(id, 'in_flight')
    expect(await call('POST', `/api/orders/${id}/cancel`, { as: owner })).toMatchObject({
      status: 409,
      json: { code: 'payment_in_progress' },
      headers: { 'retry-after': '5' },
    })
  })

  it('is not found under an unknown id, and refused under a broken one', async () => {
    const as = newId()
    expect((await call('GET', `/api/orders/${newId()}`, { as })).status).toBe(404)
    expect((await call('POST', `/api/orders/${newId()}/cancel`, { as })).status).toBe(404)
    expect((await call('GET', `/api/orders/urn:uuid:${newId()}`, { as })).status).toBe(400)
  })
})

it('declares a problem for every code, and sweeps for expiry and for receivers', () => {
  expect(shop.orders.module.sweeps?.map((sweep) => sweep.name)).toEqual([
    'orders.expire',
    'orders.forget-receivers',
    'orders.count-arrivals',
  ])
  for (const problem of Object.values(shop.orders.module.problems ?? {})) {
    expect(problem.status).toBeGreaterThanOrEqual(400)
    expect(problem.title.ko).toMatch(/[가-힣]/)
  }
})

describe('recurring lines', () => {
  const EVERY_30_DAYS = { unit: 'days', count: 30 }
  const recurring = (itemId: string, more: object = {}, period: object = EVERY_30_DAYS) => ({
    ...bodyOf(itemId),
    lines: [{ itemId, quantity: 1, subscription: period }],
    ...more,
  })
  async function consent() {
    const { status, json } = await call('GET', '/api/consents/recurring-payment')
    expect(status).toBe(200)
    expect(json.text.ko).toMatch(/정기결제/)
    expect(json.text.en).toMatch(/recurring/)
    return { version: json.version }
  }

  it('are ordered with the consent in force, and payments are told to leave a method behind', async () => {
    const as = newId()
    const itemId = await shop.addItem(5)
    const accepted = await consent()
    const reply = await call('POST', '/api/orders', {
      as,
      key: newId(),
      body: recurring(itemId, { consent: accepted }),
    })
    expect(reply).toMatchObject({
      status: 201,
      json: { kind: 'purchase', consentVersion: accepted.version, lines: [{ subscription: EVERY_30_DAYS }] },
    })
    const { id } = reply.json
    expect((await call('GET', `/api/orders/${id}`, { as })).json).toEqual(reply.json)
    const locked = await shop.db.transaction().execute((tx) => shop.orders.payable.lockForPayment(tx, id))
    expect(locked).toMatchObject({ recurring: true })
    const basis = await shop.db.transaction().execute((tx) => shop.orders.subscriptionBasis(tx, id))
    expect(basis).toMatchObject({
      customerId: as,
      consentVersion: accepted.version,
      attemptId: null,
      receiver: { name: '김하늘', phone: '01012345678' },
      lines: [{ itemId, quantity: 1, unitPrice: 10_000, subscription: EVERY_30_DAYS }],
    })
  })

  it('need it: none, or of another version, orders nothing and puts nothing aside', async () => {
    const itemId = await shop.addItem(5)
    const { version } = await consent()
    for (const more of [{}, { consent: { version: '2020-01-01' } }]) {
      const reply = await call('POST', '/api/orders', {
        as: newId(),
        key: newId(),
        body: recurring(itemId, more),
      })
      expect(reply).toMatchObject({ status: 422, json: { code: 'consent_required', version } })
    }
    expect(await shop.stock(itemId)).toMatchObject({ held: 0 })
  })

  it('come in periods on offer, and not mixed with one bought once', async () => {
    const itemId = await shop.addItem(5)
    const more = { consent: await consent() }
    const order = (body: object) => call('POST', '/api/orders', { as: newId(), key: newId(), body })
    expect(await order(recurring(itemId, more, { unit: 'days', count: 31 }))).toMatchObject({
      status: 422,
      json: { code: 'period_not_offered' },
    })
    for (const period of [{ unit: 'weeks', count: 4 }, { unit: 'days', count: 0 }, { unit: 'days' }, {}])
      expect((await order(recurring(itemId, more, period))).status).toBe(400)
    const lines = [
      { itemId, quantity: 1 },
      { itemId, quantity: 1, subscription: EVERY_30_DAYS },
    ]
    expect(await order({ ...recurring(itemId, more), lines })).toMatchObject({
      status: 400,
      json: { errors: [{ code: 'mixed_periods' }] },
    })
  })

  it('are no basis of anything in an order bought once', async () => {
    const as = newId()
    const id = await ordered(as, await shop.addItem(5))
    expect(await shop.db.transaction().execute((tx) => shop.orders.subscriptionBasis(tx, id))).toBeUndefined()
    const locked = await shop.db.transaction().execute((tx) => shop.orders.payable.lockForPayment(tx, id))
    expect(locked).toMatchObject({ recurring: false })
    expect(
      await shop.db.transaction().execute((tx) => shop.orders.payable.lockForPayment(tx, id, newId())),
    ).toMatchObject({ code: 'not_found' })
  })
})
