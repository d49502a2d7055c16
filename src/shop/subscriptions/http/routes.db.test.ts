import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { openShop, receiver, type Shop, START } from '../subscriptions.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

async function call(...request: Parameters<Shop['send']>) {
  const reply = await shop.send(...request)
  return { status: reply.statusCode, json: reply.json() }
}

/** Every change a customer may ask for, with a body that is right. */
const changes: [string, object][] = [
  ['quantity', { quantity: 2 }],
  ['period', { period: { unit: 'days', count: 60 } }],
  ['receiver', { receiver }],
  ['method', { paymentMethodId: newId() }],
  ['skip', {}],
  ['unskip', { due: '2027-02-09' }],
  ['pause', {}],
  ['resume', {}],
  ['accept-price', { unitPrice: 10_000 }],
  ['cancel', {}],
]
const operatorChanges: [string, object][] = [
  ['cancel', { reason: 'merchant_decision' }],
  ['price', { unitPrice: 12_000 }],
  ['retry', {}],
]

describe.each(changes)('POST /api/subscriptions/{id}/%s', (name, body) => {
  it('is for the signed-in owner only: for anybody else it does not exist', async () => {
    const { id } = await shop.subscriber()
    const before = await shop.stored(id)
    const url = `/api/subscriptions/${id}/${name}`
    expect(await call('POST', url, { body })).toMatchObject({ status: 401 })
    expect(await call('POST', url, { as: `${newId()}.service`, body })).toMatchObject({ status: 403 })
    for (const as of [newId(), `${newId()}.merchant`, `${newId()}.admin`])
      expect(await call('POST', url, { as, body })).toMatchObject({
        status: 404,
        json: { code: 'not_found' },
      })
    expect(await shop.stored(id)).toEqual(before)
  })

  it('refuses unknown members and broken ids', async () => {
    const { id, customerId: as } = await shop.subscriber()
    const more = await call('POST', `/api/subscriptions/${id}/${name}`, {
      as,
      body: { ...body, customerId: as },
    })
    expect(more).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    expect(await call('POST', `/api/subscriptions/1/${name}`, { as, body })).toMatchObject({
      status: 400,
    })
  })
})

describe.each(operatorChanges)('POST /api/admin/subscriptions/{id}/%s', (name, body) => {
  it('is for merchants and administrators only', async () => {
    const { id, customerId } = await shop.subscriber()
    const url = `/api/admin/subscriptions/${id}/${name}`
    expect(await call('POST', url, { body })).toMatchObject({ status: 401 })
    for (const as of [customerId, `${newId()}.service`, `${newId()}.librarian`])
      expect(await call('POST', url, { as, body })).toMatchObject({ status: 403 })
    expect((await shop.stored(id)).version).toBe(1)
    expect((await call('POST', url, { as: `${newId()}.admin`, body })).status).toBe(
      name === 'retry' ? 409 : 200,
    )
  })
})

describe('changing over HTTP', () => {
  it('answers the subscription and the first charge the change holds for', async () => {
    const { id, customerId: as, itemId, orderId } = await shop.subscriber()
    const change = (name: string, body: object) =>
      call('POST', `/api/subscriptions/${id}/${name}`, { as, body })
    const takesEffect = { cycleNo: 2, due: '2027-02-09' }
    expect(await change('quantity', { quantity: 3 })).toMatchObject({
      status: 200,
      json: {
        id,
        quantity: 3,
        unitPrice: 10_000,
        amount: 30_000,
        item: { id: itemId, enterprise: '건강제약' },
        takesEffect,
        firstOrderId: orderId,
      },
    })
    expect((await change('period', { period: { unit: 'days', count: 60 } })).json).toMatchObject({
      period: { unit: 'days', count: 60 },
      nextCharge: { cycleNo: 2, due: '2027-03-11' },
      takesEffect: { cycleNo: 2, due: '2027-03-11' },
    })
    expect((await change('pause', { until: '2027-04-01' })).json).toMatchObject({
      state: 'paused',
      pause: { from: '2027-01-11', until: '2027-04-01' },
      nextCharge: { cycleNo: 3, due: '2027-05-10' },
    })
    expect((await change('resume', {})).json).toMatchObject({ state: 'active', pause: null })
    expect((await change('skip', {})).json).toMatchObject({
      takesEffect: { cycleNo: 2, due: '2027-03-11' },
      nextCharge: { cycleNo: 3, due: '2027-05-10' },
    })
    expect((await change('unskip', { due: '2027-03-11' })).json.nextCharge.due).toBe('2027-03-11')
    expect((await change('cancel', {})).json).toMatchObject({
      state: 'cancelled',
      cancelReason: 'customer_wish',
      cancelledBy: 'customer',
      cancelledAt: START.toString(),
      nextCharge: null,
      takesEffect: null,
    })
  })

  it('refuses with a code and words in the customer’s language', async () => {
    const { id, customerId: as } = await shop.subscriber()
    const change = (name: string, body: object, language = 'ko') =>
      call('POST', `/api/subscriptions/${id}/${name}`, { as, body, language })
    const cases: [string, object, number, string, RegExp][] = [
      ['period', { period: { unit: 'days', count: 31 } }, 422, 'period_not_offered', /주기/],
      ['period', { period: { unit: 'days', count: 3 } }, 422, 'period_malformed', /주기/],
      ['skip', { due: '2027-02-10' }, 422, 'not_a_due_date', /예정일/],
      ['skip', { due: '2027-01-10' }, 409, 'after_cut_off', /마감/],
      ['pause', { until: '2026-12-01' }, 422, 'pause_ends_before_it_starts', /종료일/],
      ['method', { paymentMethodId: newId() }, 409, 'payment_method_gone', /결제수단/],
      ['accept-price', { unitPrice: 1 }, 409, 'price_not_proposed', /가격/],
    ]
    for (const [name, body, status, code, words] of cases) {
      const reply = await change(name, body)
      expect([name, reply.status, reply.json.code]).toEqual([name, status, code])
      expect(reply.json.title).toMatch(words)
    }
    expect((await change('skip', { due: '2027-02-10' }, 'en')).json.title).toBe(
      'No charge is due on this day.',
    )
    expect(await change('quantity', { quantity: 0 })).toMatchObject({ status: 400 })
    expect(await change('receiver', { receiver: { ...receiver, phone: '1' } })).toMatchObject({
      status: 400,
      json: { errors: [{ field: 'body.receiver.phone' }] },
    })
    await change('cancel', {})
    expect(await change('resume', {})).toMatchObject({
      status: 409,
      json: { code: 'subscription_cancelled' },
    })
  })
})

describe('reading', () => {
  it('one’s own subscriptions only, newest first, by state', async () => {
    const { customerId: as, id: first } = await shop.subscriber()
    shop.clock.advance({ hours: 1 })
    const { id: orderId, total } = await shop.order(as, [
      { itemId: await shop.addItem(), subscription: { unit: 'days', count: 90 } },
    ])
    await shop.pay(orderId, total, null)
    await shop.pump()
    await call('POST', `/api/subscriptions/${first}/cancel`, { as, body: {} })
    const { json } = await call('GET', '/api/subscriptions', { as })
    expect(json.page).toEqual({ number: 1, size: 20, totalElements: 2, totalPages: 1 })
    expect(json.data.map(({ state }: { state: string }) => state)).toEqual(['active', 'cancelled'])
    const cancelled = await call('GET', '/api/subscriptions?state=cancelled', { as })
    expect(cancelled.json.data).toMatchObject([{ id: first }])
    expect((await call('GET', '/api/subscriptions', { as: newId() })).json.data).toEqual([])
    expect(await call('GET', '/api/subscriptions')).toMatchObject({ status: 401 })
  })

  it('one of them with what comes and what was; merchants may, strangers do not find it', async () => {
    const { id, customerId: as, orderId } = await shop.subscriber({ quantity: 2 })
    const url = `/api/subscriptions/${id}`
    await call('POST', `${url}/skip`, { as, body: { due: '2027-03-11' } })
    const { status, json } = await call('GET', url, { as })
    expect(status).toBe(200)
    expect(json.upcoming).toHaveLength(6)
    expect(json.upcoming.slice(0, 2)).toEqual([
      {
        cycleNo: 2,
        due: '2027-02-09',
        chargeOn: '2027-02-09',
        plan: 'charge',
        quantity: 2,
        amount: 20_000,
        changeableUntil: '2027-02-08T09:00:00Z',
      },
      {
        cycleNo: 3,
        due: '2027-03-11',
        chargeOn: '2027-03-11',
        plan: 'skipped',
        quantity: 2,
        amount: 20_000,
        changeableUntil: '2027-03-10T09:00:00Z',
      },
    ])
    expect(json.cycles).toEqual([
      { cycleNo: 1, due: '2027-01-10', state: 'paid', orderId, paidAt: START.toString(), reason: null },
    ])
    expect(json.receiver).toEqual({ ...receiver, phone: '01012345678' })
    expect(json.consent).toEqual({ version: await shop.consentVersion(), at: START.toString() })
    expect((await call('GET', url, { as: `${newId()}.merchant` })).status).toBe(200)
    for (const stranger of [newId(), `${newId()}.librarian`])
      expect(await call('GET', url, { as: stranger })).toMatchObject({ status: 404 })
    expect(await call('GET', url)).toMatchObject({ status: 401 })
    expect(await call('GET', `/api/subscriptions/${newId()}`, { as })).toMatchObject({ status: 404 })
  })

  it('an overdue one says what is owed and what it waits for', async () => {
    const { id, customerId: as } = await shop.subscriber()
    shop.clock.set(Temporal.Instant.from('2027-02-08T17:00:00Z'))
    await shop.settle(id, await shop.charge(id), { kind: 'declined', class: 'final', code: 'no' })
    expect((await call('GET', `/api/subscriptions/${id}`, { as })).json).toMatchObject({
      state: 'past_due',
      needsMethod: true,
      overdue: {
        cycleNo: 2,
        due: '2027-02-09',
        amount: 10_000,
        waitingFor: 'new_method',
        until: '2027-02-11T17:00:00Z',
      },
      cycles: [
        { cycleNo: 2, state: 'declined' },
        { cycleNo: 1, state: 'paid' },
      ],
    })
  })

  it('everybody’s, for operators only, by customer and state', async () => {
    const { customerId, id } = await shop.subscriber()
    await shop.subscriber()
    const url = `/api/admin/subscriptions?customerId=${customerId}&state=active`
    const { json } = await call('GET', url, { as: `${newId()}.merchant` })
    expect(json.data).toMatchObject([{ id, customerId }])
    const all = await call('GET', '/api/admin/subscriptions?size=2', { as: `${newId()}.admin` })
    expect(all.json.data).toHaveLength(2)
    expect(all.json.page.totalElements).toBeGreaterThan(2)
    expect(await call('GET', url, { as: customerId })).toMatchObject({ status: 403 })
    expect(await call('GET', url)).toMatchObject({ status: 401 })
  })

  it('one’s own payment methods, with how many subscriptions use them', async () => {
    const { customerId: as, methodId } = await shop.subscriber()
    const idle = shop.payments.addMethod(as)
    const { json } = await call('GET', '/api/payment-methods', { as })
    expect(
      json.data.toSorted((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)),
    ).toMatchObject([
      { id: methodId, provider: 'kakaopay', state: 'active', subscriptions: 1, createdAt: START.toString() },
      { id: idle, subscriptions: 0 },
    ])
    expect((await call('GET', '/api/payment-methods', { as: newId() })).json.data).toEqual([])
    expect(await call('GET', '/api/payment-methods')).toMatchObject({ status: 401 })
  })
})
