import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { createPayments, type PaymentsDeps } from '../index.ts'
import { actor, paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { scriptedProvider, timeout, unavailable } from '../testing-provider.ts'

const played = scriptedProvider('kakaopay')
const { script } = played
let world: World
let app: App
/** The same of a process that has no pages for results. */
let bare: App
let shop: ReturnType<typeof shopOf>

beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 10 })
  const deps = world.depsWith(played.provider)
  shop = shopOf(world, deps)
  app = await serverOf(deps)
  bare = await serverOf({ ...deps, resultPages: undefined })
})
afterAll(async () => {
  await app.close()
  await bare.close()
  await world.database.drop()
})

async function serverOf(deps: PaymentsDeps): Promise<App> {
  const { module } = createPayments(deps)
  const server = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: '0.0.0',
    problems: [module.problems ?? {}],
    routes: module.routes ? [module.routes] : [],
    // A token is the user's id, with the role of an operator behind a dot.
    authenticate: async (token) => {
      const [userId = '', role] = token.split('.')
      if (userId === 'old') return 'expired'
      return role === 'merchant' || role === 'admin' ? actor(userId, role) : actor(userId)
    },
    readiness: {},
    draining: () => false,
  })
  await server.ready()
  return server
}

interface Call {
  as?: string
  key?: string | null
  body?: object
  headers?: Record<string, string>
}

async function call(
  method: 'GET' | 'POST',
  url: string,
  { as, key = newId(), body, headers = {} }: Call = {},
) {
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(method === 'POST' && key !== null ? { 'idempotency-key': key } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  })
  const json = String(answer.headers['content-type']).includes('json')
  const parsed: Record<string, unknown> = json ? answer.json() : {}
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: parsed }
}

const MERCHANT = `${newId()}.merchant`
const begin = async (placed: { id: string; owner: string }, more: Call = {}) =>
  call('POST', '/api/payments', {
    as: placed.owner,
    body: { orderId: placed.id, provider: 'kakaopay' },
    ...more,
  })
const returnPath = async (id: unknown, target: string) => {
  const { attempt } = await shop.read(String(id))
  return `/api/payments/return/${attempt.id}/${attempt.return_key}/${target}`
}

describe('paying over HTTP', () => {
  it('begins, comes back, is seen, and is given back', async () => {
    const placed = await shop.place()
    const begun = await begin(placed)
    expect(begun.status).toBe(201)
    expect(begun.headers.location).toBe(`/api/payments/${begun.json.id}`)
    expect(begun.json).toEqual({
      id: expect.any(String),
      orderId: placed.id,
      provider: 'kakaopay',
      state: 'awaiting_customer',
      total: 21_000,
      taxFree: 0,
      vat: 1_909,
      refunded: 0,
      redirectUrl: expect.stringMatching(/^https:\/\/pay\.test\//),
      expiresAt: world.clock.now().add({ minutes: 15 }).toString(),
      method: null,
      paidAt: null,
      declineCode: null,
      declineMessage: null,
      createdAt: world.clock.now().toString(),
      refunds: [],
      cashReceipt: null,
    })
    const back = await call('GET', `${await returnPath(begun.json.id, 'success')}?token=t`)
    expect(back).toMatchObject({ status: 200, json: { state: 'paid', redirectUrl: null, expiresAt: null } })
    const refund = await call('POST', `/api/payments/${begun.json.id}/refunds`, {
      as: placed.owner,
      body: { reason: '변심' },
    })
    expect(refund).toMatchObject({
      status: 202,
      json: {
        state: 'refund_processing',
        refunds: [{ state: 'processing', amount: 21_000, finishedAt: null }],
      },
    })
    await shop.work()
    const seen = await call('GET', `/api/payments/${begun.json.id}`, { as: placed.owner })
    expect(seen.json).toMatchObject({ state: 'refunded', refunded: 21_000, refunds: [{ state: 'refunded' }] })
    const list = await call('GET', `/api/payments?orderId=${placed.id}`, { as: placed.owner })
    expect(list.json).toEqual({ data: [seen.json], page: { size: 20, next: null } })
  })

  it('never shows where the browser comes back to, nor what it brought, nor the buyer', async () => {
    const placed = await shop.place()
    const { json } = await begin(placed)
    const { attempt } = await shop.read(String(json.id))
    const shown = [
      (await call('GET', `/api/payments/${json.id}`, { as: placed.owner })).text,
      (await call('GET', `/api/admin/payments/${json.id}`, { as: MERCHANT })).text,
      (await call('GET', '/api/admin/payments', { as: MERCHANT })).text,
    ]
    for (const text of shown) expect(text).not.toContain(attempt.return_key)
  })

  it('a repeat with the same key gets the same payment; another body is refused', async () => {
    const placed = await shop.place()
    const key = newId()
    const first = await begin(placed, { key })
    expect((await begin(placed, { key })).json.id).toBe(first.json.id)
    const other = await begin({ ...(await shop.place()), owner: placed.owner }, { key })
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } })
  })

  it('looks an unknown payment up when its owner asks and a look-up is due', async () => {
    const placed = await shop.place()
    const { json } = await begin(placed)
    script.complete.push({ answer: timeout })
    const back = await call('GET', `${await returnPath(json.id, 'success')}?token=t`)
    expect(back.json.state).toBe('processing')
    expect((await call('GET', `/api/payments/${json.id}`, { as: placed.owner })).json.state).toBe(
      'processing',
    )
    world.clock.advance({ seconds: 10 })
    expect((await call('GET', `/api/payments/${json.id}`, { as: placed.owner })).json.state).toBe('paid')
  })

  it('pages through one’s own payments', async () => {
    const owner = newId()
    for (let n = 0; n < 3; n++) await begin(await shop.place(1_000, owner))
    const first = await call('GET', '/api/payments?size=2', { as: owner })
    const page: unknown = first.json.page
    expect(first.json.data).toHaveLength(2)
    const next = typeof page === 'object' && page !== null && 'next' in page ? page.next : ''
    const second = await call('GET', `/api/payments?size=2&after=${next}`, { as: owner })
    expect(second.json.data).toHaveLength(1)
    expect(second.json.page).toEqual({ size: 2, next: null })
  })
})

describe('every refusal', () => {
  const code = (answer: { status: number; json: Record<string, unknown> }) => [
    answer.status,
    answer.json.code,
  ]

  it('of beginning', async () => {
    const placed = await shop.place()
    expect(code(await begin(placed, { as: 'old' }))).toEqual([401, 'token_expired'])
    expect(code(await call('POST', '/api/payments'))).toEqual([401, 'not_signed_in'])
    expect(code(await begin(placed, { key: null }))).toEqual([400, 'idempotency_key_required'])
    expect(code(await begin(placed, { body: { orderId: placed.id, provider: 'paypal' } }))).toEqual([
      400,
      'invalid_request',
    ])
    expect(
      code(await begin(placed, { body: { orderId: placed.id, provider: 'kakaopay', amount: 1 } })),
    ).toEqual([400, 'invalid_request'])
    expect(code(await begin({ ...placed, owner: newId() }))).toEqual([404, 'not_found'])
    expect(code(await begin({ ...placed, id: newId() }))).toEqual([404, 'not_found'])
    expect(code(await begin(await shop.place(50)))).toEqual([422, 'amount_below_minimum'])
    const { order } = await shop.paid()
    expect(code(await begin(order))).toEqual([409, 'order_already_paid'])
    const closed = await shop.place()
    await shop.close(closed.id)
    expect(code(await begin(closed))).toEqual([409, 'order_closed'])
  })

  it('of beginning, when the provider is the reason', async () => {
    script.begin.push({ effect: false, answer: unavailable }, { effect: false, answer: timeout })
    const placed = await shop.place()
    const out = await begin(placed)
    expect(code(out)).toEqual([503, 'provider_unavailable'])
    expect(Number(out.headers['retry-after'])).toBeGreaterThan(0)
    expect(code(await begin(placed))).toEqual([502, 'payment_not_started'])
    script.complete.push({ answer: timeout })
    const attempt = await shop.back(await shop.begun(placed))
    const busy = await begin(placed)
    expect(code(busy)).toEqual([409, 'payment_in_progress'])
    expect(busy.json.paymentId).toBe(attempt?.id)
    expect(busy.headers['retry-after']).toBe('3')
  })

  it('of looking and refunding: another’s payment does not exist', async () => {
    const { attempt } = await shop.paid()
    const url = `/api/payments/${attempt.id}`
    const body = { reason: 'mine!' }
    for (const as of [newId(), `${newId()}.customer`]) {
      expect(code(await call('GET', url, { as }))).toEqual([404, 'not_found'])
      expect(code(await call('POST', `${url}/refunds`, { as, body }))).toEqual([404, 'not_found'])
      expect((await call('GET', `/api/payments?orderId=${attempt.order_id}`, { as })).json.data).toEqual([])
    }
    expect(code(await call('GET', url))).toEqual([401, 'not_signed_in'])
    expect(code(await call('GET', '/api/payments/1', { as: attempt.owner_id }))).toEqual([
      400,
      'invalid_request',
    ])
    expect(
      code(await call('POST', `${url}/refunds`, { as: attempt.owner_id, body: { reason: '' } })),
    ).toEqual([400, 'invalid_request'])
    expect((await call('POST', `${url}/refunds`, { as: attempt.owner_id, body })).status).toBe(202)
    expect(code(await call('POST', `${url}/refunds`, { as: attempt.owner_id, body }))).toEqual([
      409,
      'refund_in_progress',
    ])
    await shop.work()
    expect(code(await call('POST', `${url}/refunds`, { as: attempt.owner_id, body }))).toEqual([
      409,
      'order_not_refundable',
    ])
  })

  it('of coming back: a wrong key, another payment’s key, or no such target', async () => {
    const one = await shop.begun(await shop.place())
    const two = await shop.begun(await shop.place())
    const at = (id: string, key: string, target = 'success') =>
      `/api/payments/return/${id}/${key}/${target}?token=t`
    expect(code(await call('GET', at(one.id, 'A'.repeat(22))))).toEqual([404, 'not_found'])
    expect(code(await call('GET', at(one.id, two.return_key)))).toEqual([404, 'not_found'])
    expect(code(await call('GET', at(newId(), one.return_key)))).toEqual([404, 'not_found'])
    expect(code(await call('GET', at(one.id, one.return_key, 'paid')))).toEqual([400, 'invalid_request'])
    expect(await shop.state(one.id)).toBe('awaiting_customer')
    expect((await call('POST', at(one.id, one.return_key))).status).toBe(405)
  })

  it('of coming back, shown to a browser: a page that says what to do, in its language', async () => {
    const one = await shop.begun(await shop.place())
    const browser = (url: string, language: string) =>
      call('GET', url, { headers: { accept: 'text/html,*/*', 'accept-language': language } })
    const url = `/api/payments/return/${one.id}/${'A'.repeat(22)}/success?pg_token=secret`
    const wrong = await browser(url, 'ko')
    expect(wrong).toMatchObject({
      status: 404,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    })
    expect(wrong.text).toContain('올바르지 않은 주소입니다')
    expect(wrong.text).not.toContain('secret')
    const broken = await browser('/api/payments/return/1/2/success', 'en')
    expect([broken.status, broken.text.includes('This link is not valid')]).toEqual([400, true])
    expect(code(await call('GET', url))).toEqual([404, 'not_found'])
  })

  it('of the operators’ side to everybody else', async () => {
    const { attempt } = await shop.paid()
    const body = { outcome: 'charged', evidence: 'trust me' }
    const routes = [
      ['GET', '/api/admin/payments'],
      ['GET', `/api/admin/payments/${attempt.id}`],
      ['POST', `/api/admin/payments/${attempt.id}/lookup`],
      ['POST', `/api/admin/payments/${attempt.id}/decision`, body],
      ['POST', `/api/admin/refunds/${newId()}/lookup`],
      ['POST', `/api/admin/refunds/${newId()}/decision`, { outcome: 'given', evidence: 'trust me' }],
      ['GET', '/api/admin/ledger'],
    ] as const
    for (const [method, url, payload] of routes) {
      const more = payload === undefined ? {} : { body: payload }
      expect(code(await call(method, url, more))).toEqual([401, 'not_signed_in'])
      expect(code(await call(method, url, { as: attempt.owner_id, ...more }))).toEqual([403, 'not_allowed'])
    }
  })
})

describe('the operators’ side', () => {
  it('finds unknown payments with their evidence and settles them', async () => {
    const placed = await shop.place()
    script.complete.push({ answer: timeout })
    const attempt = await shop.back(await shop.begun(placed))
    const url = `/api/admin/payments/${attempt?.id}`
    script.lookup.push({ kind: 'error', reason: 'http_5xx' })
    expect((await call('POST', `${url}/lookup`, { as: MERCHANT })).json).toMatchObject({ state: 'unknown' })
    const detail = await call('GET', url, { as: MERCHANT })
    expect(detail.json).toMatchObject({
      payment: { state: 'unknown', unknownReason: 'http_5xx', refunds: [] },
      history: [
        { step: 'created' },
        { step: 'awaiting_customer' },
        { step: 'authorised', note: { returned: 'approved' } },
        { step: 'sent' },
        { step: 'unknown', note: { outcome: 'unknown', reason: 'timeout' } },
        { step: 'unknown', note: { lookup: 'error', reason: 'http_5xx' } },
      ],
    })
    const list = await call('GET', '/api/admin/payments?state=unknown', { as: MERCHANT })
    expect(list.json.data).toContainEqual(expect.objectContaining({ id: attempt?.id }))
    const decide = (body: object) => call('POST', `${url}/decision`, { as: MERCHANT, body })
    expect(await decide({ outcome: 'charged', evidence: 'no' })).toMatchObject({ status: 400 })
    expect(await decide({ outcome: 'not_charged', evidence: 'not in the list' })).toMatchObject({
      status: 409,
      json: { code: 'decision_too_early', until: expect.any(String) },
    })
    expect(await decide({ outcome: 'charged', evidence: 'in the list', providerRef: 'x' })).toMatchObject({
      status: 422,
      json: { code: 'provider_ref_mismatch' },
    })
    expect(await decide({ outcome: 'charged', evidence: 'in the list' })).toMatchObject({
      status: 200,
      json: { state: 'succeeded' },
    })
    expect(await decide({ outcome: 'charged', evidence: 'in the list' })).toMatchObject({
      status: 409,
      json: { code: 'payment_settled' },
    })
    const nobody = `/api/admin/payments/${newId()}`
    expect((await call('GET', nobody, { as: MERCHANT })).status).toBe(404)
    expect((await call('POST', `${nobody}/lookup`, { as: MERCHANT })).status).toBe(404)
  })

  it('finds refunds that need a person and settles them', async () => {
    const { attempt } = await shop.paid()
    script.refund.push({ answer: timeout })
    const asked = await call('POST', `/api/payments/${attempt.id}/refunds`, {
      as: MERCHANT,
      body: { reason: '반품' },
    })
    expect(asked.status).toBe(202)
    await shop.work()
    await sql`update payments.refund set needs_review = true, next_look_at = null where attempt_id = ${attempt.id}`.execute(
      world.db,
    )
    const list = await call('GET', '/api/admin/payments?needsReview=true', { as: MERCHANT })
    expect(list.json.data).toEqual([
      expect.objectContaining({ id: attempt.id, refunds: [expect.objectContaining({ needsReview: true })] }),
    ])
    const refundId = (await shop.read(attempt.id)).refunds[0]?.id
    const url = `/api/admin/refunds/${refundId}`
    const decide = (body: object) => call('POST', `${url}/decision`, { as: MERCHANT, body })
    expect(await decide({ outcome: 'given', evidence: 'in the list' })).toMatchObject({
      status: 422,
      json: { code: 'provider_ref_required' },
    })
    expect((await call('POST', `${url}/lookup`, { as: MERCHANT })).json).toMatchObject({ state: 'succeeded' })
    expect(await decide({ outcome: 'not_given', evidence: 'not in the list' })).toMatchObject({
      status: 409,
      json: { code: 'refund_settled' },
    })
    expect((await call('POST', `/api/admin/refunds/${newId()}/lookup`, { as: MERCHANT })).status).toBe(404)
  })

  it('shows the balances of the ledger, which are zero together', async () => {
    const { json } = await call('GET', '/api/admin/ledger', { as: MERCHANT })
    const rows = Array.isArray(json.data) ? json.data : []
    expect(rows.map(({ account }) => account)).toEqual(['receivable:kakaopay', 'sales', 'vat'])
    expect(rows.reduce((sum, { balance }) => sum + balance, 0)).toBe(0)
  })
})

describe('the way back', () => {
  it('sends browsers on to the page of the result and tells nobody the address; others get the payment', async () => {
    const attempt = await shop.begun(await shop.place())
    const url = `${await returnPath(attempt.id, 'success')}?token=t`
    const browser = await call('GET', url, { headers: { accept: 'text/html,*/*' } })
    expect(browser.status).toBe(303)
    expect(browser.headers).toMatchObject({
      location: '/paid',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    expect((await call('GET', url)).json).toMatchObject({ id: attempt.id, state: 'paid' })
  })

  it('shows browsers a plain page where there is none to go on to', async () => {
    const attempt = await shop.begun(await shop.place())
    const back = (accept: string, target: string) =>
      returnPath(attempt.id, target).then((path) =>
        bare.inject({ url: `${path}?token=t`, headers: { accept, 'accept-language': 'en' } }),
      )
    const page = await back('text/html,*/*', 'success')
    expect(page.statusCode).toBe(200)
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    expect(page.body).toMatch(/^<!doctype html>/)
    expect(page.body).toContain('Your order has been placed.')
    expect(page.body).not.toContain('http-equiv')
    expect((await back('application/json', 'success')).json()).toMatchObject({ state: 'paid' })
    const left = await shop.begun(await shop.place())
    const cancelled = await bare.inject({
      url: await returnPath(left.id, 'cancel'),
      headers: { accept: 'text/html' },
    })
    expect([cancelled.statusCode, cancelled.body.includes('청구된 금액은 없습니다')]).toEqual([200, true])
  })
})
