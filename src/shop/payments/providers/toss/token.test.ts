import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addFault, journal } from '../../../../../simulators/bank/testing.ts'
import { BUYER, gained, MONEY, SECRET, shop, within } from './toss-testing.ts'

describe('token', () => {
  it('is issued and charged in one completion, charged again, and revoked twice', async () => {
    const { provider, paid, charge, charges } = await shop()
    const first = await paid('pay_and_issue_token')
    expect(first.payment).toMatchObject({ status: 'paid', merchantRef: first.input.merchantRef })
    expect(first.token).toMatchObject({ display: '신한 43301234****123*' })
    const key = first.token?.token ?? ''
    const payment = gained(await charge(key))
    const { merchantRef = '' } = payment
    expect(await provider.lookup({ merchantRef, ref: undefined, origin: 'token' }, within())).toEqual({
      kind: 'found',
      payment,
    })
    expect(await charges()).toHaveLength(2)
    for (let time = 0; time < 2; time += 1)
      expect(await provider.revokeToken({ token: key, buyerRef: BUYER }, within())).toMatchObject({
        kind: 'ok',
      })
    expect(await charge(key)).toMatchObject({ kind: 'declined', scope: 'token', code: 'NOT_FOUND_BILLING' })
  })

  it('charged twice with one idempotency key is charged once', async () => {
    const { token, charge, charges } = await shop()
    const key = await token()
    const call = within()
    const merchantRef = randomUUID()
    const first = gained(await charge(key, call, merchantRef))
    expect(gained(await charge(key, call, merchantRef))).toEqual(first)
    expect(await charge(key, within(), merchantRef)).toMatchObject({
      kind: 'unknown',
      reason: 'already_processed',
    })
    expect(await charges()).toHaveLength(2)
  })

  it('and all other secrets are never written down', async () => {
    const { bank, provider, token, charge, authorised } = await shop()
    const key = await token()
    const input = await authorised('pay_and_issue_token')
    const { authKey = 'none' } = input.proof
    await addFault(bank, { operation: 'billing_issue' }, { kind: 'bad_body', form: 'truncated' })
    await addFault(
      bank,
      { operation: 'billing_charge' },
      { kind: 'error', code: 'INVALID_REQUEST', message: `${key} ${SECRET}` },
    )
    const notes = JSON.stringify([
      await provider.completeCheckout(input, within()),
      await charge(key),
      await provider.revokeToken({ token: key, buyerRef: BUYER }, within()),
    ])
    const issued = (await journal(bank)).flatMap((row) =>
      typeof row.billingKey === 'string' ? [row.billingKey] : [],
    )
    expect(issued.length).toBeGreaterThan(1)
    for (const secret of [...issued, key, authKey, SECRET]) expect(notes).not.toContain(secret)
    expect(notes).toContain('*** ***')
  })

  it('of another customer is our own mistake', async () => {
    const { provider, token, authorised } = await shop()
    const other = {
      merchantRef: randomUUID(),
      token: await token(),
      buyerRef: 'other',
      itemName: 'x',
      quantity: 1,
      money: MONEY,
    }
    expect(await provider.chargeToken(other, within())).toMatchObject({
      kind: 'invalid',
      code: 'NOT_MATCHES_CUSTOMER_KEY',
    })
    const input = await authorised('pay_and_issue_token')
    expect(await provider.completeCheckout({ ...input, buyerRef: 'other' }, within())).toMatchObject({
      kind: 'not_accepted',
      code: 'return_mismatch',
    })
    expect(await provider.chargeToken({ ...other, buyerRef: '회원' }, within())).toMatchObject({
      kind: 'invalid',
    })
  })
})

describe('first payment with a token, in two steps', () => {
  const look = { ref: undefined, origin: 'token' } as const

  it('broken between the steps: the look-up finds nothing, and completing again finishes it', async () => {
    const { bank, provider, authorised, charges } = await shop()
    const input = await authorised('pay_and_issue_token')
    await addFault(bank, { operation: 'billing_charge', times: 1 }, { kind: 'timeout_before' })
    const key = randomUUID()
    expect(await provider.completeCheckout(input, within(400, key))).toMatchObject({
      kind: 'unknown',
      reason: 'timeout',
    })
    expect(await provider.lookup({ ...look, merchantRef: input.merchantRef }, within())).toEqual({
      kind: 'not_found',
    })
    const again = gained(await provider.completeCheckout(input, within(5_000, key)))
    expect(again.payment.status).toBe('paid')
    expect(again.token?.token).toMatch(/^B/)
    expect(await charges()).toHaveLength(1)
    expect((await journal(bank)).filter((row) => row.kind === 'billing_issued')).toHaveLength(1)
  })

  it('broken after the charge: the look-up finds it, and completing again brings the token', async () => {
    const { bank, provider, authorised, charges } = await shop()
    const input = await authorised('pay_and_issue_token')
    await addFault(bank, { operation: 'billing_charge', times: 1 }, { kind: 'reset_after' })
    const key = randomUUID()
    expect(await provider.completeCheckout(input, within(5_000, key))).toMatchObject({
      kind: 'unknown',
      reason: 'reset',
    })
    const { merchantRef } = input
    expect(await provider.lookup({ ...look, merchantRef }, within())).toMatchObject({
      kind: 'found',
      payment: { status: 'paid' },
    })
    const again = gained(await provider.completeCheckout(input, within(5_000, key)))
    expect(again).toMatchObject({ payment: { merchantRef }, token: { token: expect.stringMatching(/^B/) } })
    expect(await charges()).toHaveLength(1)
  })

  it('broken while the key is issued: completing again gets the same key', async () => {
    const { bank, provider, authorised, charges } = await shop()
    const input = await authorised('pay_and_issue_token')
    await addFault(bank, { operation: 'billing_issue', times: 1 }, { kind: 'timeout_after' })
    const key = randomUUID()
    expect(await provider.completeCheckout(input, within(400, key))).toMatchObject({
      kind: 'unknown',
      reason: 'timeout',
    })
    expect(await charges()).toHaveLength(0)
    expect(await provider.completeCheckout(input, within(5_000, key))).toMatchObject({ kind: 'ok' })
    expect(await charges()).toHaveLength(1)
  })

  it('a used authKey is a refusal only when nothing was charged', async () => {
    const { provider, authorised, paid } = await shop()
    const { input } = await paid('pay_and_issue_token')
    // As if Toss had forgotten the idempotency key.
    expect(await provider.completeCheckout(input, within())).toMatchObject({
      kind: 'unknown',
      reason: 'already_processed',
    })
    const fresh = await authorised('pay_and_issue_token')
    const proof = { ...fresh.proof, authKey: 'never-issued' }
    expect(await provider.completeCheckout({ ...fresh, proof }, within())).toMatchObject({
      kind: 'not_accepted',
      code: 'INVALID_BILL_KEY_REQUEST',
    })
  })

  it('refused by the card is declined', async () => {
    const { bank, provider, authorised } = await shop()
    await addFault(bank, { operation: 'billing_charge' }, { kind: 'decline', code: 'INVALID_STOPPED_CARD' })
    const input = await authorised('pay_and_issue_token')
    expect(await provider.completeCheckout(input, within())).toMatchObject({
      kind: 'declined',
      scope: 'token',
      code: 'INVALID_STOPPED_CARD',
    })
  })

  it('does not take the return of a one-time payment', async () => {
    const { provider, authorised } = await shop()
    const input = await authorised('pay')
    expect(
      await provider.completeCheckout({ ...input, mode: 'pay_and_issue_token' }, within()),
    ).toMatchObject({
      kind: 'not_accepted',
      code: 'return_mismatch',
    })
  })
})

describe('revoking where Toss knows no such function', () => {
  it.each([
    [404, 'NOT_FOUND', 'ok'],
    [405, 'METHOD_NOT_ALLOWED', 'ok'],
    [403, 'FORBIDDEN_REQUEST', 'invalid'],
    [400, 'SOMETHING_NEW', 'unknown'],
    [500, 'UNKNOWN_ERROR', 'unknown'],
  ])('HTTP %i %s: %s', async (status, code, kind) => {
    const { bank, provider } = await shop()
    await addFault(bank, { operation: 'billing_delete' }, { kind: 'error', status, code })
    expect(await provider.revokeToken({ token: 'B1', buyerRef: BUYER }, within())).toMatchObject({ kind })
  })
})
