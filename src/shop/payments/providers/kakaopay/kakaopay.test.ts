import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addFault, request } from '../../../../../simulators/bank/testing.ts'
import { createKakaoPay } from './kakaopay.ts'
import { BUYER, gained, MONEY, refundOf, SECRET, shop, within } from './kakaopay-testing.ts'

describe('one-time payment', () => {
  it('is prepared, approved once, and found as paid', async () => {
    const { provider, paid, charges, seen } = await shop()
    const { input, payment, token } = await paid()
    expect(payment).toMatchObject({
      ref: input.ref,
      merchantRef: input.merchantRef,
      status: 'paid',
      total: 11_000,
      vat: 1_000,
      refundable: 11_000,
      refunds: [],
      method: '카카오페이 신한카드 621640******',
    })
    expect(Math.abs(Date.now() - (payment.approvedAt?.epochMilliseconds ?? 0))).toBeLessThan(60_000)
    expect(token).toBeUndefined()
    expect(
      await provider.lookup({ merchantRef: input.merchantRef, ref: input.ref, origin: 'pay' }, within()),
    ).toEqual({
      kind: 'found',
      payment,
    })
    expect(await charges()).toHaveLength(1)
    expect(seen).toEqual(['checkout ok', 'complete ok', 'lookup found'])
  })

  it('is not charged again when completed twice: the repeat asks for a look-up', async () => {
    const { provider, paid, charges } = await shop()
    const { input } = await paid()
    const again = await provider.completeCheckout(input, within())
    expect(again).toMatchObject({ kind: 'unknown', reason: 'already_processed' })
    expect(await charges()).toHaveLength(1)
  })

  it('leads each device to its page', async () => {
    const { begin } = await shop()
    for (const device of ['pc', 'mobile', 'app'] as const)
      expect((await begin({ device })).redirectUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/kakaopay\/pay\/T/)
  })

  it('says at each step how far it is', async () => {
    const { provider, begin, agree } = await shop()
    const begun = await begin()
    const look = () =>
      provider.lookup({ merchantRef: begun.merchantRef, ref: begun.ref, origin: 'pay' }, within())
    expect(await look()).toEqual({ kind: 'not_charged_yet', status: 'READY', final: false })
    await agree(begun.redirectUrl)
    expect(await look()).toEqual({ kind: 'not_charged_yet', status: 'AUTH_PASSWORD', final: false })
    const left = await begin()
    await request(`${left.redirectUrl}/cancel`, { method: 'POST', body: '' })
    expect(
      await provider.lookup({ merchantRef: left.merchantRef, ref: left.ref, origin: 'pay' }, within()),
    ).toEqual({ kind: 'not_charged_yet', status: 'QUIT_PAYMENT', final: true })
  })

  it('is refused without authentication, and a forged pg_token completes nothing', async () => {
    const { provider, begin, authorised, charges } = await shop()
    const begun = await begin()
    const forged = { pg_token: 'forged-token-1' }
    expect(await provider.completeCheckout({ ...begun, proof: forged }, within())).toMatchObject({
      kind: 'invalid',
      code: '-701',
    })
    const agreed = await authorised()
    const outcome = await provider.completeCheckout({ ...agreed, proof: forged }, within())
    expect(outcome).toMatchObject({ kind: 'not_accepted', code: '-708' })
    expect(await provider.completeCheckout({ ...agreed, proof: {} }, within())).toMatchObject({
      kind: 'invalid',
      code: 'incomplete_approval',
    })
    expect(await charges()).toHaveLength(0)
  })

  it('is declined with the reason of the payment method', async () => {
    const { bank, provider, authorised } = await shop()
    await addFault(bank, { operation: 'approve' }, { kind: 'decline' })
    const input = await authorised()
    expect(await provider.completeCheckout(input, within())).toMatchObject({
      kind: 'declined',
      retry: 'retryable',
      scope: 'attempt',
      code: '-780:LACK_BALANCE',
      message: '잔액이 부족합니다.',
      wire: { httpStatus: 400 },
    })
  })

  it('without that reason stays unknown', async () => {
    const { bank, provider, authorised } = await shop()
    await addFault(bank, { operation: 'approve' }, { kind: 'decline', extras: null })
    const input = await authorised()
    expect(await provider.completeCheckout(input, within())).toMatchObject({ kind: 'unknown' })
  })

  it('never writes the secret key or the pg_token down', async () => {
    const { bank, provider, authorised } = await shop()
    const input = await authorised()
    const echo = `wrong ${input.proof.pg_token} and ${SECRET}`
    await addFault(bank, { operation: 'approve' }, { kind: 'error', code: -701, message: echo })
    const outcome = await provider.completeCheckout(input, within())
    expect(outcome).toMatchObject({
      kind: 'invalid',
      message: 'wrong *** and ***',
      wire: { body: expect.stringContaining('wrong *** and ***') },
    })
  })
})

describe('token', () => {
  it('comes with the first payment, is charged, gives evidence, and is revoked twice', async () => {
    const { provider, paid, charge } = await shop()
    const first = await paid('pay_and_issue_token')
    const sid = first.token?.token ?? ''
    expect(first.token).toMatchObject({
      token: expect.stringMatching(/^S/),
      display: '카카오페이 신한카드 621640******',
    })
    expect(first.token?.issuedAt).toEqual(first.payment.approvedAt)
    const { merchantRef, ref } = first.input
    expect(await provider.lookup({ merchantRef, ref, origin: 'token' }, within())).toMatchObject({
      kind: 'found',
    })

    const payment = gained(await charge(sid))
    expect(payment).toMatchObject({ status: 'paid', total: 11_000 })
    const found = await provider.lookup(
      { merchantRef: payment.merchantRef ?? '', ref: payment.ref, origin: 'token' },
      within(),
    )
    expect(found).toMatchObject({ kind: 'found', payment: { ref: payment.ref, status: 'paid' } })
    expect(
      await provider.lookup({ merchantRef: 'lost', ref: undefined, origin: 'token', token: sid }, within()),
    ).toEqual({ kind: 'evidence', lastChargedAt: payment.approvedAt })

    for (let time = 0; time < 2; time += 1)
      expect(await provider.revokeToken({ token: sid, buyerRef: BUYER }, within())).toMatchObject({
        kind: 'ok',
      })
    expect(await charge(sid)).toMatchObject({
      kind: 'declined',
      retry: 'final',
      scope: 'token',
      code: '-751',
    })
  })

  it('is never written down', async () => {
    const { provider, paid, charge } = await shop()
    const input = await paid('pay_and_issue_token')
    const sid = input.token?.token ?? 'none'
    const revoked = await provider.revokeToken({ token: sid, buyerRef: BUYER }, within())
    const charged = await charge(sid)
    const notes = JSON.stringify([revoked, charged])
    expect(notes).toContain('***')
    expect(notes).not.toContain(sid)
  })

  it('belongs to one buyer and one provider account', async () => {
    const { provider, token, charge } = await shop()
    const sid = await token()
    expect(await charge('S0000000000000000000')).toMatchObject({
      kind: 'declined',
      scope: 'token',
      code: '-750',
    })
    const other = {
      merchantRef: randomUUID(),
      token: sid,
      buyerRef: 'other',
      itemName: 'x',
      quantity: 1,
      money: MONEY,
    }
    expect(await provider.chargeToken(other, within())).toMatchObject({
      kind: 'declined',
      scope: 'token',
      code: '-753',
    })
  })

  it.each([
    ['USER_LOCKED', 'retryable'],
    ['8326', 'retryable'],
    ['NEVER_SEEN_BEFORE', 'retryable'],
  ])('declined by the method (%s) may succeed later', async (code, retry) => {
    const { bank, token, charge } = await shop()
    const sid = await token()
    const extras = { method_result_code: code, method_result_message: '거절' }
    await addFault(bank, { operation: 'subscription' }, { kind: 'decline', extras })
    expect(await charge(sid)).toMatchObject({
      kind: 'declined',
      retry,
      scope: 'attempt',
      code: `-782:${code}`,
    })
  })

  it('has no look-up without a tid and without the token', async () => {
    const { provider } = await shop()
    const lost = { merchantRef: 'lost', ref: undefined } as const
    expect(await provider.lookup({ ...lost, origin: 'token' }, within())).toEqual({ kind: 'unsupported' })
    expect(await provider.lookup({ ...lost, origin: 'pay' }, within())).toEqual({
      kind: 'not_charged_yet',
      status: 'NO_TID',
      final: true,
    })
    expect(await provider.lookup({ ...lost, origin: 'token', token: 'S-none' }, within())).toMatchObject({
      kind: 'error',
    })
  })
})

describe('refund', () => {
  it('goes back in parts, each with an id of its own', async () => {
    const { provider, paid } = await shop()
    const { payment, input } = await paid()
    const first = gained(await provider.refund(refundOf(payment, 4_000, 11_000), within()))
    expect(first).toMatchObject({ status: 'partially_refunded', refundable: 7_000, total: 11_000 })
    const second = gained(await provider.refund(refundOf(payment, 7_000, 7_000), within()))
    expect(second).toMatchObject({ status: 'refunded', refundable: 0 })
    expect(
      await provider.lookup({ merchantRef: input.merchantRef, ref: payment.ref, origin: 'pay' }, within()),
    ).toMatchObject({
      kind: 'found',
      payment: { status: 'refunded', refundable: 0, refunds: [...first.refunds, ...second.refunds] },
    })
  })

  it('is not paid out twice: the guard refuses what our books do not know', async () => {
    const { provider, paid } = await shop()
    const { payment } = await paid()
    gained(await provider.refund(refundOf(payment, 4_000, 11_000), within()))
    expect(await provider.refund(refundOf(payment, 4_000, 11_000), within())).toMatchObject({
      kind: 'invalid',
      code: '-710',
    })
  })

  it('of a token charge goes to the recurring merchant id', async () => {
    const { provider, token, charge } = await shop()
    const payment = gained(await charge(await token()))
    expect(await provider.refund(refundOf(payment, 11_000, 11_000), within())).toMatchObject({
      kind: 'invalid',
    })
    expect(await provider.refund(refundOf(payment, 11_000, 11_000, 'token'), within())).toMatchObject({
      kind: 'ok',
      value: { status: 'refunded' },
    })
  })

  it('whose answer was lost is found by its id', async () => {
    const { bank, provider, paid } = await shop()
    const { payment, input } = await paid()
    await addFault(bank, { operation: 'cancel' }, { kind: 'reset_after' })
    expect(await provider.refund(refundOf(payment, 4_000, 11_000), within())).toMatchObject({
      kind: 'unknown',
      reason: 'reset',
    })
    const found = await provider.lookup(
      { merchantRef: input.merchantRef, ref: payment.ref, origin: 'pay' },
      within(),
    )
    expect(found).toMatchObject({
      kind: 'found',
      payment: { status: 'partially_refunded', refundable: 7_000, refunds: [{ amount: 4_000 }] },
    })
  })
})

describe('the return of the browser', () => {
  const { parseReturn } = createKakaoPay({
    baseUrl: 'http://127.0.0.1:9',
    secretKey: SECRET,
    cid: 'TC0ONETIME',
    subscriptionCid: 'TCSUBSCRIP',
    maxConnections: 1,
    observe: () => {},
  })

  it.each([
    ['success', { pg_token: 'abc', other: '1' }, { kind: 'approved', proof: { pg_token: 'abc' } }],
    ['success', {}, { kind: 'failed', code: 'pg_token_missing' }],
    ['success', { pg_token: '' }, { kind: 'failed', code: 'pg_token_missing' }],
    ['success', { pg_token: 'x'.repeat(201) }, { kind: 'failed', code: 'pg_token_missing' }],
    ['cancel', { pg_token: 'abc' }, { kind: 'cancelled' }],
    ['fail', {}, { kind: 'failed' }],
  ] as const)('%s %j', (target, query, returned) => {
    expect(parseReturn(target, query)).toEqual(returned)
  })
})
