import { describe, expect, test } from 'vitest'
import {
  addFault,
  asObject,
  brokenBy,
  journal,
  post,
  request,
  temporaryFolder,
  testBank,
  until,
} from '../testing.ts'
import { routeOf } from './api.ts'
import { AUTHORIZATION, CHARGE, CHECKOUT, chargeKey, checkout, issuedKey, toss, tossPaid } from './testing.ts'

describe('checkout page', () => {
  test('shows what is paid, without scripts and with every text escaped', async () => {
    const bank = await testBank()
    const query = new URLSearchParams({ ...CHECKOUT, orderName: '"><script>x</script>' })
    const html = await (await fetch(`${bank.url}/toss/checkout?${query}`)).text()
    expect(html).toContain('15,000원')
    expect(html).toContain('결제하기')
    expect(html).not.toContain('<script')
    const card = new URLSearchParams({ ...CHECKOUT, mode: 'billing', customerKey: 'customer-1' })
    expect(await (await fetch(`${bank.url}/toss/checkout?${card}`)).text()).toContain('카드 등록하기')
  })

  test('agreeing, giving up and failing lead back with the documented parameters', async () => {
    const bank = await testBank()
    const agreed = await checkout(bank, 'approve')
    expect(agreed.status).toBe(303)
    expect(agreed.location).toMatch(/^http:\/\/shop\.test\/ok\?x=1&/)
    expect(Object.fromEntries(agreed.back)).toEqual({
      x: '1',
      paymentType: 'NORMAL',
      orderId: CHECKOUT.orderId,
      paymentKey: expect.stringMatching(/^K\d{19}$/),
      amount: '15000',
    })
    const left = await checkout(bank, 'cancel')
    expect(Object.fromEntries(left.back)).toEqual({
      code: 'PAY_PROCESS_CANCELED',
      message: expect.any(String),
    })
    const failed = await checkout(bank, 'fail', { reason: 'INVALID_CARD_NUMBER' })
    expect(failed.back.get('code')).toBe('INVALID_CARD_NUMBER')
    expect(failed.back.get('orderId')).toBe(CHECKOUT.orderId)
    const registered = await checkout(bank, 'approve', { mode: 'billing', customerKey: 'customer-1' })
    expect([...registered.back.keys()]).toEqual(['x', 'customerKey', 'authKey'])
    const notRegistered = await checkout(bank, 'fail', { mode: 'billing', customerKey: 'customer-1' })
    expect([...notRegistered.back.keys()]).toEqual(['code', 'message'])
  })

  test.each([
    [{ mode: 'steal' }, 'mode'],
    [{ successUrl: 'javascript:alert(1)' }, 'successUrl'],
    [{ orderId: 'short' }, 'orderId'],
    [{ orderName: '' }, 'orderName'],
    [{ amount: '1.5' }, 'amount'],
    [{ mode: 'billing', customerKey: '' }, 'customerKey'],
  ])('refuses %j', async (wrong, said) => {
    const bank = await testBank()
    const response = await fetch(
      `${bank.url}/toss/checkout?${new URLSearchParams({ ...CHECKOUT, ...wrong })}`,
    )
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(said)
  })

  test('no_return, tamper_return and unknown addresses', async () => {
    const bank = await testBank()
    await addFault(bank, { operation: 'page_approve' }, { kind: 'tamper_return', set: { amount: '1' } })
    expect((await checkout(bank, 'approve')).back.get('amount')).toBe('1')
    await addFault(bank, { operation: 'page_cancel' }, { kind: 'no_return' })
    expect((await checkout(bank, 'cancel')).status).toBe(200)
    expect((await request(`${bank.url}/toss/nothing`)).status).toBe(404)
  })
})

describe('confirm', () => {
  test('answers a Payment with every documented field, and its addresses live', async () => {
    const bank = await testBank()
    const { status, body } = await tossPaid(bank)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      version: '2022-11-16',
      orderId: CHECKOUT.orderId,
      orderName: CHECKOUT.orderName,
      currency: 'KRW',
      method: '카드',
      status: 'DONE',
      totalAmount: 15_000,
      balanceAmount: 15_000,
      suppliedAmount: 13_636,
      vat: 1364,
      taxFreeAmount: 0,
      type: 'NORMAL',
      easyPay: null,
      cancels: null,
      failure: null,
      isPartialCancelable: true,
    })
    expect(body.approvedAt).toMatch(/\+09:00$/)
    expect((await request(String(asObject(body.receipt).url))).status).toBe(200)
    expect((await toss(bank, 'GET', `payments/${body.paymentKey}`)).body).toEqual(body)
    expect((await toss(bank, 'GET', `payments/orders/${CHECKOUT.orderId}`)).body).toEqual(body)
    expect(await journal(bank, '?kind=charge')).toMatchObject([
      {
        provider: 'toss',
        paymentKey: body.paymentKey,
        partnerOrderId: CHECKOUT.orderId,
        amount: 15_000,
        via: 'confirm',
      },
    ])
  })

  test('once per payment and once per order id', async () => {
    const bank = await testBank()
    const { body } = await tossPaid(bank)
    const asked = { paymentKey: body.paymentKey, orderId: CHECKOUT.orderId, amount: 15_000 }
    const again = await toss(bank, 'POST', 'payments/confirm', asked)
    expect([again.status, again.body.code]).toEqual([400, 'ALREADY_PROCESSED_PAYMENT'])
    expect((await tossPaid(bank)).body.code).toBe('DUPLICATED_ORDER_ID')
    expect((await toss(bank, 'GET', `payments/orders/${CHECKOUT.orderId}`)).body.status).toBe('DONE')
  })

  test.each([
    [{ paymentKey: 'K-unknown' }, 404, 'NOT_FOUND_PAYMENT'],
    [{ paymentKey: '' }, 400, 'INVALID_REQUEST'],
    [{ orderId: 'order-000002' }, 400, 'INVALID_REQUEST'],
    [{ orderId: 'bad id' }, 400, 'INVALID_REQUEST'],
    [{ amount: 14_999 }, 400, 'INVALID_REQUEST'],
    [{ amount: '15000' }, 400, 'INVALID_REQUEST'],
  ])('refuses %j with %i %s, and can still be confirmed', async (wrong, status, code) => {
    const bank = await testBank()
    const { back } = await checkout(bank, 'approve')
    const right = { paymentKey: back.get('paymentKey'), orderId: CHECKOUT.orderId, amount: 15_000 }
    const reply = await toss(bank, 'POST', 'payments/confirm', { ...right, ...wrong })
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect((await toss(bank, 'POST', 'payments/confirm', right)).status).toBe(200)
  })

  test('is too late after 10 minutes, and too small below 100 won', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })
    const { back } = await checkout(bank, 'approve')
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:10:01Z' })
    const asked = { paymentKey: back.get('paymentKey'), orderId: CHECKOUT.orderId, amount: 15_000 }
    const late = await toss(bank, 'POST', 'payments/confirm', asked)
    expect([late.status, late.body.code]).toEqual([404, 'NOT_FOUND_PAYMENT_SESSION'])
    expect((await toss(bank, 'GET', `payments/${back.get('paymentKey')}`)).body.status).toBe('EXPIRED')
    expect((await tossPaid(bank, { amount: '99', orderId: 'order-small' })).body.code).toBe(
      'BELOW_MINIMUM_AMOUNT',
    )
  })

  test('a decline ends the payment', async () => {
    const bank = await testBank()
    await addFault(bank, { operation: 'confirm' }, { kind: 'decline', code: 'INVALID_STOPPED_CARD' })
    const reply = await tossPaid(bank)
    expect([reply.status, reply.body.code]).toEqual([400, 'INVALID_STOPPED_CARD'])
    const { body } = await toss(bank, 'GET', `payments/orders/${CHECKOUT.orderId}`)
    expect(body).toMatchObject({ status: 'ABORTED', failure: { code: 'INVALID_STOPPED_CARD' } })
    const asked = { paymentKey: body.paymentKey, orderId: CHECKOUT.orderId, amount: 15_000 }
    expect((await toss(bank, 'POST', 'payments/confirm', asked)).body.code).toBe('NOT_FOUND_PAYMENT_SESSION')
  })
})

describe('billing keys', () => {
  test('an authKey becomes a key once, for its own customer, within 10 minutes', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })
    const issue = (authKey: string | null, customerKey = 'customer-1') =>
      toss(bank, 'POST', 'billing/authorizations/issue', { authKey, customerKey })
    const register = async () =>
      (await checkout(bank, 'approve', { mode: 'billing', customerKey: 'customer-1' })).back.get('authKey')
    const authKey = await register()
    expect((await issue(authKey, 'customer-2')).body.code).toBe('NOT_MATCHES_CUSTOMER_KEY')
    const issued = await issue(authKey)
    expect(issued.body).toMatchObject({
      customerKey: 'customer-1',
      method: '카드',
      authenticatedAt: '2026-01-01T09:00:00+09:00',
      billingKey: expect.stringMatching(/^B\d{19}$/),
      card: { cardType: '신용', ownerType: '개인' },
      cardCompany: expect.any(String),
      cardNumber: expect.stringContaining('*'),
    })
    expect((await issue(authKey)).body.code).toBe('INVALID_BILL_KEY_REQUEST')
    expect((await issue('forged')).body.code).toBe('INVALID_BILL_KEY_REQUEST')
    expect((await issue(authKey, '!')).body.code).toBe('INVALID_REQUEST')
    const late = await register()
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:10:01Z' })
    expect((await issue(late)).body.code).toBe('INVALID_BILL_KEY_REQUEST')
  })

  test('charges, once per order id', async () => {
    const bank = await testBank()
    const key = await issuedKey(bank)
    const { status, body } = await chargeKey(bank, key, { taxFreeAmount: 4000 })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      type: 'BILLING',
      status: 'DONE',
      totalAmount: 15_000,
      vat: 1000,
      suppliedAmount: 10_000,
      taxFreeAmount: 4000,
    })
    expect((await chargeKey(bank, key)).body.code).toBe('DUPLICATED_ORDER_ID')
    expect((await toss(bank, 'GET', `payments/orders/${CHARGE.orderId}`)).body).toEqual(body)
  })

  test.each([
    [{ customerKey: 'customer-2' }, 400, 'NOT_MATCHES_CUSTOMER_KEY'],
    [{ amount: 99 }, 400, 'BELOW_MINIMUM_AMOUNT'],
    [{ orderId: 'short' }, 400, 'INVALID_REQUEST'],
    [{ orderName: 'x'.repeat(101) }, 400, 'INVALID_REQUEST'],
    [{ taxFreeAmount: 15_001 }, 400, 'INVALID_REQUEST'],
    [{ cardInstallmentPlan: 3 }, 400, 'INVALID_REQUEST'],
  ])('refuses %j with %i %s', async (wrong, status, code) => {
    const bank = await testBank()
    const reply = await chargeKey(bank, await issuedKey(bank), wrong)
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(await journal(bank, '?kind=charge')).toEqual([])
  })

  test('a deleted key is gone, whoever deleted it', async () => {
    const bank = await testBank()
    const key = await issuedKey(bank)
    expect((await toss(bank, 'DELETE', `billing/${key}`)).status).toBe(200)
    expect((await toss(bank, 'DELETE', `billing/${key}`)).body.code).toBe('NOT_FOUND_BILLING')
    const gone = await chargeKey(bank, key)
    expect([gone.status, gone.body.code]).toEqual([404, 'NOT_FOUND_BILLING'])
    const other = await issuedKey(bank)
    await post(`${bank.url}/tokens/${other}/deactivate`, {})
    expect((await chargeKey(bank, other)).body.code).toBe('NOT_FOUND_BILLING')
    expect((await journal(bank, '?kind=billing_deleted')).map(({ by }) => by)).toEqual(['merchant', 'user'])
  })

  test('scripts decline n times; keys can be brought in from outside', async () => {
    const bank = await testBank()
    const tokens = [{ token: 'B-demo-1', partnerUserId: 'customer-1' }]
    expect((await post(`${bank.url}/tokens`, { provider: 'toss', tokens })).body.imported).toBe(1)
    await post(`${bank.url}/tokens/B-demo-1`, { declines: 1, code: 'REJECT_CARD_PAYMENT' })
    const declined = await chargeKey(bank, 'B-demo-1')
    expect([declined.status, declined.body.code]).toEqual([403, 'REJECT_CARD_PAYMENT'])
    expect((await chargeKey(bank, 'B-demo-1')).status).toBe(200)
  })
})

describe('cancel', () => {
  const refund = (bank: { url: string }, key: unknown, body: Record<string, unknown>) =>
    toss(bank, 'POST', `payments/${key}/cancel`, { cancelReason: '변심', ...body })

  test('in parts and in full', async () => {
    const bank = await testBank()
    const { paymentKey } = (await tossPaid(bank)).body
    const part = await refund(bank, paymentKey, { cancelAmount: 4000, refundableAmount: 15_000 })
    expect(part.body).toMatchObject({
      status: 'PARTIAL_CANCELED',
      balanceAmount: 11_000,
      suppliedAmount: 10_000,
      vat: 1000,
      cancels: [{ cancelAmount: 4000, cancelReason: '변심', cancelStatus: 'DONE', refundableAmount: 11_000 }],
    })
    const rest = await refund(bank, paymentKey, {})
    expect(rest.body).toMatchObject({
      status: 'CANCELED',
      balanceAmount: 0,
      vat: 0,
      isPartialCancelable: false,
    })
    expect(rest.body.lastTransactionKey).not.toBe(part.body.lastTransactionKey)
    expect((await refund(bank, paymentKey, {})).body.code).toBe('ALREADY_CANCELED_PAYMENT')
    expect((await request(`${bank.url}/journal/summary?byOrder=1`)).body).toMatchObject({
      refunds: { count: 2, sum: 15_000 },
      net: 0,
      byOrder: { [CHECKOUT.orderId]: { charges: 1, charged: 15_000, refunded: 15_000 } },
    })
  })

  test.each([
    [{ cancelReason: '' }, 400, 'INVALID_REQUEST'],
    [{ cancelReason: 'x'.repeat(201) }, 400, 'INVALID_REQUEST'],
    [{ cancelAmount: 0 }, 400, 'INVALID_REQUEST'],
    [{ cancelAmount: 11_001 }, 403, 'NOT_CANCELABLE_AMOUNT'],
    [{ refundableAmount: 15_000 }, 400, 'NOT_MATCHES_REFUNDABLE_AMOUNT'],
    [{ taxFreeAmount: 1 }, 400, 'INVALID_REQUEST'],
    [{ currency: 'USD' }, 400, 'INVALID_REQUEST'],
  ])('refuses %j with %i %s', async (wrong, status, code) => {
    const bank = await testBank()
    const { paymentKey } = (await tossPaid(bank)).body
    await refund(bank, paymentKey, { cancelAmount: 4000 })
    const reply = await refund(bank, paymentKey, wrong)
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(await journal(bank, '?kind=refund')).toHaveLength(1)
  })

  test('not before it is paid, not when unknown, not when the bank declines', async () => {
    const bank = await testBank()
    const { back } = await checkout(bank, 'approve')
    const early = await refund(bank, back.get('paymentKey'), {})
    expect([early.status, early.body.code]).toEqual([403, 'NOT_CANCELABLE_PAYMENT'])
    expect((await refund(bank, 'K-unknown', {})).body.code).toBe('NOT_FOUND_PAYMENT')
    const { paymentKey } = (await tossPaid(bank)).body
    await addFault(bank, { operation: 'cancel' }, { kind: 'decline' })
    expect((await refund(bank, paymentKey, {})).body.code).toBe('REFUND_REJECTED')
  })
})

describe('idempotency keys', () => {
  const withKey = (key: string) => ({ 'idempotency-key': key })

  test('the first answer is repeated, whatever the body; another key is another call', async () => {
    const data = temporaryFolder()
    const bank = await testBank({ data })
    const key = await issuedKey(bank)
    const first = await chargeKey(bank, key, {}, withKey('k-1'))
    expect(first.status).toBe(200)
    expect(
      (await chargeKey(bank, key, { amount: 99_000, orderId: 'cycle-000002' }, withKey('k-1'))).body,
    ).toEqual(first.body)
    expect((await chargeKey(bank, key, { orderId: 'cycle-000002' }, withKey('k-2'))).status).toBe(200)
    expect(await journal(bank, '?kind=charge')).toHaveLength(2)
    expect((await journal(bank, '?kind=charge'))[0]).not.toHaveProperty('answer')
    await toss(bank, 'POST', `payments/${first.body.paymentKey}/cancel`, { cancelReason: '변심' })
    await bank.close()
    const again = await testBank({ data })
    expect((await chargeKey(again, key, {}, withKey('k-1'))).body).toEqual(first.body)
    expect(await journal(again, '?kind=charge')).toHaveLength(2)
  })

  test('a refusal is repeated too, even when it would now succeed', async () => {
    const bank = await testBank()
    const key = await issuedKey(bank)
    await post(`${bank.url}/tokens/${key}`, { declines: 1, code: 'REJECT_CARD_PAYMENT' })
    for (let i = 0; i < 2; i++) {
      const reply = await chargeKey(bank, key, {}, withKey('k-1'))
      expect([reply.status, reply.body.code]).toEqual([403, 'REJECT_CARD_PAYMENT'])
    }
    expect((await chargeKey(bank, key, { amount: 5 }, withKey('k-2'))).body.code).toBe('BELOW_MINIMUM_AMOUNT')
    expect((await chargeKey(bank, key, {}, withKey('k-2'))).body.code).toBe('BELOW_MINIMUM_AMOUNT')
    expect(await journal(bank, '?kind=refused')).toMatchObject([
      { operation: 'billing_charge', code: 'BELOW_MINIMUM_AMOUNT' },
    ])
    expect((await chargeKey(bank, key, {}, withKey('k-3'))).status).toBe(200)
  })

  test('the answer lost in a timeout comes with the next try', async () => {
    const bank = await testBank()
    const key = await issuedKey(bank)
    await addFault(bank, { operation: 'billing_charge', times: 1 }, { kind: 'timeout_after', holdMs: 20 })
    expect(await brokenBy(chargeKey(bank, key, {}, withKey('k-1')))).toBe('broken')
    expect((await chargeKey(bank, key, {}, withKey('k-1'))).body).toMatchObject({
      status: 'DONE',
      orderId: CHARGE.orderId,
    })
    expect(await journal(bank, '?kind=charge')).toHaveLength(1)
  })

  test('is 409 while the first call is under way', async () => {
    const bank = await testBank()
    const key = await issuedKey(bank)
    await addFault(
      bank,
      { operation: 'billing_charge' },
      { kind: 'latency', distribution: 'fixed', ms: 60_000, at: 'after' },
    )
    const first = brokenBy(chargeKey(bank, key, {}, withKey('k-1')))
    await until(
      () => journal(bank, '?kind=charge'),
      (rows) => rows.length === 1,
    )
    const second = await chargeKey(bank, key, {}, withKey('k-1'))
    expect([second.status, second.body.code]).toEqual([409, 'IDEMPOTENT_REQUEST_PROCESSING'])
    await bank.close()
    expect(await first).toBe('broken')
  })

  test('belongs to its address, is forgotten after 15 days, and has at most 300 characters', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })
    const [key, other] = [await issuedKey(bank), await issuedKey(bank)]
    await chargeKey(bank, key, {}, withKey('k-1'))
    expect((await chargeKey(bank, other, { orderId: 'cycle-000002' }, withKey('k-1'))).body.orderId).toBe(
      'cycle-000002',
    )
    await post(`${bank.url}/clock`, { now: '2026-01-16T00:00:00Z' })
    expect((await chargeKey(bank, key, {}, withKey('k-1'))).status).toBe(200)
    await post(`${bank.url}/clock`, { now: '2026-01-16T00:00:01Z' })
    expect((await chargeKey(bank, key, {}, withKey('k-1'))).body.code).toBe('DUPLICATED_ORDER_ID')
    const long = await chargeKey(bank, key, {}, withKey('k'.repeat(301)))
    expect([long.status, long.body.code]).toEqual([400, 'INVALID_IDEMPOTENCY_KEY'])
  })
})

describe('look-ups and faults', () => {
  test('unknown payments and orders are not found', async () => {
    const bank = await testBank()
    for (const path of ['payments/K-unknown', 'payments/orders/order-unknown']) {
      const reply = await toss(bank, 'GET', path)
      expect([reply.status, reply.body.code]).toEqual([404, 'NOT_FOUND_PAYMENT'])
    }
  })

  test('lag, odd statuses and odd amounts', async () => {
    const bank = await testBank()
    const { paymentKey } = (await tossPaid(bank)).body
    const look = async () => (await toss(bank, 'GET', `payments/orders/${CHECKOUT.orderId}`)).body
    const only = (effect: Record<string, unknown>) =>
      post(`${bank.url}/faults`, { rules: [{ match: { operation: 'order' }, effect }], replace: true })
    await only({ kind: 'lookup_lag', lookups: 1 })
    expect((await look()).code).toBe('NOT_FOUND_PAYMENT')
    await only({ kind: 'lookup_lag', answer: 'stale' })
    expect(await look()).toMatchObject({ status: 'IN_PROGRESS', approvedAt: null })
    await toss(bank, 'POST', `payments/${paymentKey}/cancel`, { cancelReason: '변심' })
    expect((await look()).status).toBe('DONE')
    await only({ kind: 'unknown_status', status: 'SLEEPING' })
    expect((await look()).status).toBe('SLEEPING')
    await only({ kind: 'amount_mismatch', currency: 'USD' })
    expect(await look()).toMatchObject({ currency: 'USD', totalAmount: 15_000 })
    await only({ kind: 'amount_mismatch' })
    expect((await look()).totalAmount).toBe(15_100)
  })

  test('error codes bring their own HTTP status; the test header plays any of them', async () => {
    const bank = await testBank()
    const key = await issuedKey(bank)
    await addFault(
      bank,
      { operation: 'billing_charge', times: 1 },
      { kind: 'error', code: 'FAILED_METHOD_HANDLING' },
    )
    expect((await chargeKey(bank, key)).status).toBe(500)
    await addFault(bank, { operation: 'billing_charge', times: 1 }, { kind: 'http_5xx', body: 'provider' })
    expect((await chargeKey(bank, key)).body.code).toBe('FAILED_INTERNAL_SYSTEM_PROCESSING')
    await addFault(bank, { operation: 'billing_charge', times: 1 }, { kind: 'rate_limit' })
    expect((await chargeKey(bank, key)).status).toBe(429)
    const played = await chargeKey(
      bank,
      key,
      {},
      { 'tosspayments-test-code': 'REJECT_CARD_COMPANY', 'accept-language': 'en-US' },
    )
    expect([played.status, played.body]).toEqual([
      403,
      { code: 'REJECT_CARD_COMPANY', message: 'The payment was refused.' },
    ])
    expect(await journal(bank, '?kind=charge')).toEqual([])
  })

  test('the secret key, a JSON body and a known address are needed', async () => {
    const bank = await testBank()
    const url = `${bank.url}/v1/payments/confirm`
    for (const authorization of ['', AUTHORIZATION.replace('Basic', 'Bearer'), 'Basic bm9wZTo=']) {
      const reply = await post(url, {}, { authorization })
      expect([reply.status, reply.body.code]).toEqual([401, 'UNAUTHORIZED_KEY'])
    }
    expect((await toss(bank, 'POST', 'payments/confirm', [])).body.code).toBe('INVALID_REQUEST')
    for (const path of ['nothing', 'payments', 'billing/a/b', 'payments/a/b/c', 'payments/orders'])
      expect((await toss(bank, 'POST', path, {})).status).toBe(404)
    expect(routeOf('GET', '/v1/payments/%E0%A4%A')?.names.paymentKey).toBe('%E0%A4%A')
    expect(routeOf('PUT', '/v1/billing/x')).toBeUndefined()
    expect(routeOf('DELETE', '/v1/billing/x/y')).toBeUndefined()
    expect(routeOf('GET', '/v1/payments/x/y')).toBeUndefined()
  })
})

describe('transactions', () => {
  test('lists charges and refunds by time, page by page, and can lie', async () => {
    const bank = await testBank({ clock: 'manual' })
    const at = (now: string) => post(`${bank.url}/clock`, { now })
    await at('2026-01-01T00:00:00+09:00')
    const { paymentKey } = (await tossPaid(bank)).body
    await at('2026-01-02T00:00:00+09:00')
    await toss(bank, 'POST', `payments/${paymentKey}/cancel`, { cancelReason: '변심', cancelAmount: 1000 })
    await at('2026-01-03T00:00:00+09:00')
    await toss(bank, 'POST', `payments/${paymentKey}/cancel`, { cancelReason: '변심' })
    const list = async (query: string) => {
      const response = await fetch(`${bank.url}/v1/transactions?${query}`, {
        headers: { authorization: AUTHORIZATION },
      })
      const rows: unknown = await response.json()
      return Array.isArray(rows) ? rows.map(asObject) : []
    }
    const all = await list('startDate=2026-01-01&endDate=2026-01-03T00:00:00')
    expect(all.map(({ status, amount }) => [status, amount])).toEqual([
      ['DONE', 15_000],
      ['PARTIAL_CANCELED', 1000],
      ['CANCELED', 14_000],
    ])
    expect(all[0]).toMatchObject({
      paymentKey,
      orderId: CHECKOUT.orderId,
      currency: 'KRW',
      transactionAt: '2026-01-01T00:00:00+09:00',
    })
    const range = 'startDate=2026-01-01&endDate=2026-01-31'
    expect(await list(`${range}&limit=1&startingAfter=${all[0]?.transactionKey}`)).toEqual([all[1]])
    expect(await list('startDate=2026-01-02T00:00:00Z&endDate=2026-01-31')).toEqual([all[2]])
    await addFault(
      bank,
      { operation: 'transactions' },
      { kind: 'transactions', omitFirst: true, addExtra: true },
    )
    expect((await list(range)).map(({ amount }) => amount)).toEqual([1000, 14_000, 12_345])
    for (const bad of [
      '',
      'startDate=2026-01-02&endDate=2026-01-01',
      `${range}&limit=5001`,
      `${range}&startingAfter=X`,
    ])
      expect((await toss(bank, 'GET', `transactions?${bad}`)).body.code).toBe('INVALID_REQUEST')
  })
})
