import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addFault, journal } from '../../../../../simulators/bank/testing.ts'
import { won } from '../../../../platform/money.ts'
import { createToss } from './toss.ts'
import { adapter, BUYER, gained, MONEY, refundOf, SECRET, shop, within } from './toss-testing.ts'

describe('one-time payment', () => {
  it('is confirmed after the return, and found by our reference and by its key', async () => {
    const { provider, paid, charges, seen } = await shop()
    const { input, payment, token } = await paid()
    expect(payment).toMatchObject({
      merchantRef: input.merchantRef,
      status: 'paid',
      rawStatus: 'DONE',
      total: 15_000,
      vat: 1_364,
      refundable: 15_000,
      refunds: [],
      method: '카드 43301234****123*',
    })
    expect(Math.abs(Date.now() - (payment.approvedAt?.epochMilliseconds ?? 0))).toBeLessThan(60_000)
    expect(token).toBeUndefined()
    const { merchantRef } = input
    for (const ref of [undefined, payment.ref])
      expect(await provider.lookup({ merchantRef, ref, origin: 'pay' }, within())).toEqual({
        kind: 'found',
        payment,
      })
    expect(await charges()).toHaveLength(1)
    expect(seen).toEqual(['checkout ok', 'complete ok', 'lookup found', 'lookup found'])
  })

  it('hands everything the payment window needs to the page', async () => {
    const { begin } = await shop({ checkoutPageUrl: 'https://shop.test/pay/toss?v=2' })
    const { ref, redirectUrl, merchantRef } = await begin({ itemName: '가'.repeat(120) })
    const page = new URL(redirectUrl)
    expect(ref).toBeUndefined()
    expect(`${page.origin}${page.pathname}`).toBe('https://shop.test/pay/toss')
    expect(Object.fromEntries(page.searchParams)).toEqual({
      v: '2',
      mode: 'pay',
      clientKey: 'test_ck_simulated',
      customerKey: BUYER,
      orderId: merchantRef,
      orderName: '가'.repeat(100),
      amount: '15000',
      taxFreeAmount: '0',
      successUrl: 'http://shop.test/ok?x=1',
      failUrl: 'http://shop.test/bad',
    })
    expect(redirectUrl).not.toContain(SECRET)
  })

  it('confirmed twice is charged once: the same key replays, another key asks for a look-up', async () => {
    const { provider, authorised, charges } = await shop()
    const input = await authorised()
    const call = within()
    const first = gained(await provider.completeCheckout(input, call))
    expect(gained(await provider.completeCheckout(input, call))).toEqual(first)
    expect(await provider.completeCheckout(input, within())).toMatchObject({
      kind: 'unknown',
      reason: 'already_processed',
    })
    expect(await charges()).toHaveLength(1)
  })

  it.each([
    { amount: '100' },
    { amount: '15000.0' },
    { orderId: 'another-order' },
    { paymentKey: undefined },
  ])('whose return was changed to %j is refused here', async (change) => {
    const { bank, provider, authorised } = await shop()
    const input = await authorised()
    const before = (await journal(bank)).length
    const proof = Object.fromEntries(
      Object.entries({ ...input.proof, ...change }).flatMap(([name, value]) =>
        value ? [[name, value]] : [],
      ),
    )
    expect(await provider.completeCheckout({ ...input, proof }, within())).toMatchObject({
      kind: 'not_accepted',
      code: 'return_mismatch',
    })
    expect(await journal(bank)).toHaveLength(before)
  })

  it('with a payment key nobody was given completes nothing, and the true one still does', async () => {
    const { provider, authorised, charges } = await shop()
    const input = await authorised()
    const proof = { ...input.proof, paymentKey: 'made-up-payment-key' }
    expect(await provider.completeCheckout({ ...input, proof }, within())).toMatchObject({
      kind: 'not_accepted',
      code: 'NOT_FOUND_PAYMENT',
    })
    expect(await provider.completeCheckout(input, within())).toMatchObject({ kind: 'ok' })
    expect(await charges()).toHaveLength(1)
  })

  it('given up or failed on the page comes back as such', async () => {
    const { provider, begin, leave } = await shop()
    const { redirectUrl, merchantRef } = await begin()
    expect(await leave(redirectUrl, 'cancel')).toEqual({ kind: 'cancelled' })
    expect(await provider.lookup({ merchantRef, ref: undefined, origin: 'pay' }, within())).toEqual({
      kind: 'not_charged_yet',
      status: 'ABORTED',
      final: true,
    })
    expect(await leave(redirectUrl, 'fail', { reason: 'REJECT_CARD_COMPANY' })).toEqual({
      kind: 'failed',
      code: 'REJECT_CARD_COMPANY',
      message: '카드사 승인 거절',
    })
  })

  it('says before the confirmation that it is not charged yet, and of others that they are not there', async () => {
    const { provider, authorised } = await shop()
    const { merchantRef } = await authorised()
    expect(await provider.lookup({ merchantRef, ref: undefined, origin: 'pay' }, within())).toEqual({
      kind: 'not_charged_yet',
      status: 'IN_PROGRESS',
      final: false,
    })
    expect(
      await provider.lookup({ merchantRef: randomUUID(), ref: undefined, origin: 'pay' }, within()),
    ).toEqual({ kind: 'not_found' })
  })

  it.each([
    { merchantRef: 'short' },
    { merchantRef: 'has space 1' },
    { buyerRef: 'a' },
    { buyerRef: '회원' },
  ])('with %j is not begun', async (change) => {
    const { provider } = adapter('http://127.0.0.1:9')
    const input = {
      merchantRef: randomUUID(),
      mode: 'pay' as const,
      buyerRef: BUYER,
      itemName: 'x',
      quantity: 1,
      money: MONEY,
      urls: { success: 'http://s.test/', cancel: 'http://s.test/', fail: 'http://s.test/' },
      device: 'pc' as const,
      ...change,
    }
    expect(await provider.beginCheckout(input, within())).toMatchObject({ kind: 'invalid' })
  })
})

describe('refund', () => {
  it('goes back in parts, the newest last', async () => {
    const { provider, paid } = await shop()
    const { payment, input } = await paid()
    const first = gained(await provider.refund(refundOf(payment, 4_000, 15_000), within()))
    expect(first).toMatchObject({
      status: 'partially_refunded',
      refundable: 11_000,
      total: 15_000,
      vat: 1_364,
    })
    const second = gained(await provider.refund(refundOf(payment, 11_000, 11_000), within()))
    expect(second).toMatchObject({ status: 'refunded', refundable: 0, vat: 1_364 })
    expect(second.refunds).toMatchObject([first.refunds[0], { amount: 11_000 }])
    expect(
      await provider.lookup({ merchantRef: input.merchantRef, ref: payment.ref, origin: 'pay' }, within()),
    ).toEqual({ kind: 'found', payment: second })
  })

  it('of a payment with a tax-free part says which part goes back, and the bank holds it to what was paid', async () => {
    const { bank, provider, begin, leave } = await shop()
    const money = { total: won(15_000), taxFree: won(4_000), vat: won(1_000) }
    const begun = await begin({ money })
    const returned = await leave(begun.redirectUrl, 'approve')
    if (returned.kind !== 'approved') throw new Error(`the bank sent ${returned.kind}`)
    const completed = { ...begun, mode: 'pay' as const, proof: returned.proof }
    const { payment } = gained(await provider.completeCheckout(completed, within()))
    expect(payment).toMatchObject({ total: 15_000, vat: 1_000 })
    if (!payment) throw new Error('nothing was paid')
    const part = (total: number, taxFree: number, before: number) =>
      provider.refund(
        {
          ...refundOf(payment, total, before),
          money: { total: won(total), taxFree: won(taxFree), vat: won(0) },
        },
        within(),
      )
    expect(await part(5_000, 4_001, 15_000)).toMatchObject({ kind: 'invalid' })
    expect(await part(12_000, 0, 15_000)).toMatchObject({ kind: 'invalid' })
    gained(await part(5_000, 3_000, 15_000))
    expect(gained(await part(10_000, 1_000, 10_000))).toMatchObject({ status: 'refunded', vat: 1_000 })
    const rows = (await journal(bank)).filter(({ kind }) => kind === 'charge' || kind === 'refund')
    expect(rows.map(({ taxFree }) => taxFree)).toEqual([4_000, 3_000, 1_000])
  })

  it('is made once per idempotency key, and the guard refuses what our books do not know', async () => {
    const { bank, provider, paid } = await shop()
    const { payment } = await paid()
    const call = within()
    const first = await provider.refund(refundOf(payment, 4_000, 15_000), call)
    expect(gained(await provider.refund(refundOf(payment, 4_000, 15_000), call))).toEqual(gained(first))
    expect(await provider.refund(refundOf(payment, 4_000, 15_000), within())).toMatchObject({
      kind: 'invalid',
      code: 'NOT_MATCHES_REFUNDABLE_AMOUNT',
    })
    expect((await journal(bank)).filter((row) => row.kind === 'refund')).toHaveLength(1)
  })

  it('of a payment refunded before is looked up, not believed', async () => {
    const { provider, paid } = await shop()
    const { payment } = await paid()
    gained(await provider.refund(refundOf(payment, 15_000, 15_000), within()))
    expect(await provider.refund(refundOf(payment, 15_000, 15_000), within())).toMatchObject({
      kind: 'unknown',
      reason: 'already_processed',
    })
  })

  it('whose answer was lost is found by its id', async () => {
    const { bank, provider, paid } = await shop()
    const { payment, input } = await paid()
    await addFault(bank, { operation: 'cancel' }, { kind: 'bad_body', form: 'html' })
    const refund = {
      ...refundOf(payment, 4_000, 15_000),
      money: { ...refundOf(payment, 4_000, 0).money, vat: won(364) },
    }
    expect(await provider.refund(refund, within())).toMatchObject({ kind: 'unknown', reason: 'bad_body' })
    expect(
      await provider.lookup({ merchantRef: input.merchantRef, ref: payment.ref, origin: 'pay' }, within()),
    ).toMatchObject({ payment: { status: 'partially_refunded', refunds: [{ amount: 4_000 }] } })
  })
})

describe('the return of the browser', () => {
  const { parseReturn } = createToss({
    baseUrl: 'http://127.0.0.1:9',
    secretKey: SECRET,
    clientKey: 'ck',
    checkoutPageUrl: 'http://127.0.0.1:9/',
    maxConnections: 1,
    observe: () => {},
  })
  const pay = { paymentKey: 'K1', orderId: 'o', amount: '1' }

  it.each([
    ['success', { ...pay, paymentType: 'NORMAL' }, { kind: 'approved', proof: pay }],
    [
      'success',
      { authKey: 'a', customerKey: 'c' },
      { kind: 'approved', proof: { authKey: 'a', customerKey: 'c' } },
    ],
    ['success', { paymentKey: 'K1' }, { kind: 'failed', code: 'return_incomplete' }],
    ['success', { ...pay, paymentKey: 'x'.repeat(201) }, { kind: 'failed', code: 'return_incomplete' }],
    [
      'success',
      { authKey: 'x'.repeat(301), customerKey: 'c' },
      { kind: 'failed', code: 'return_incomplete' },
    ],
    ['fail', { code: 'PAY_PROCESS_CANCELED', message: '취소' }, { kind: 'cancelled' }],
    [
      'fail',
      { code: 'REJECT_CARD_COMPANY', message: 'm' },
      { kind: 'failed', code: 'REJECT_CARD_COMPANY', message: 'm' },
    ],
    ['fail', {}, { kind: 'failed' }],
    ['cancel', {}, { kind: 'cancelled' }],
  ] as const)('%s %j', (target, query, returned) => {
    expect(parseReturn(target, query)).toEqual(returned)
  })
})
