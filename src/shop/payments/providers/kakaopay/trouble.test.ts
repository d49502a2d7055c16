import { describe, expect, it } from 'vitest'
import { addFault, journal, request, testBank } from '../../../../../simulators/bank/testing.ts'
import { adapter, BUYER, MONEY, shop, within } from './kakaopay-testing.ts'

/** The trouble, what is known then, and whether the bank has taken the money. */
const FAULTS: [string, Record<string, unknown>, Record<string, unknown>, number][] = [
  ['timeout before the charge', { kind: 'timeout_before' }, { kind: 'unknown', reason: 'timeout' }, 0],
  ['timeout after the charge', { kind: 'timeout_after' }, { kind: 'unknown', reason: 'timeout' }, 1],
  ['slow answer', { kind: 'slow_drip', ms: 5_000 }, { kind: 'unknown', reason: 'timeout' }, 1],
  ['reset before the charge', { kind: 'reset_before' }, { kind: 'unknown', reason: 'reset' }, 0],
  ['reset after the charge', { kind: 'reset_after' }, { kind: 'unknown', reason: 'reset' }, 1],
  ['503 page without charge', { kind: 'http_5xx' }, { kind: 'unknown', reason: 'http_5xx' }, 0],
  [
    '503 page after the charge',
    { kind: 'http_5xx', sideEffect: true },
    { kind: 'unknown', reason: 'http_5xx' },
    1,
  ],
  [
    '500 of the provider',
    { kind: 'http_5xx', status: 500, body: 'provider' },
    { kind: 'unknown', reason: 'http_5xx' },
    0,
  ],
  ['truncated JSON', { kind: 'bad_body', form: 'truncated' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['HTML with 200', { kind: 'bad_body', form: 'html' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['empty body', { kind: 'bad_body', form: 'empty' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['body cut off', { kind: 'bad_body', form: 'half_closed' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  [
    'JSON of another shape',
    { kind: 'bad_body', form: 'truncated', sideEffect: false },
    { kind: 'unknown', reason: 'bad_body' },
    0,
  ],
  ['wrong content type', { kind: 'bad_body', form: 'content_type' }, { kind: 'ok' }, 1],
  ['another amount', { kind: 'amount_mismatch' }, { kind: 'unknown', reason: 'mismatch' }, 1],
  ['a status never seen', { kind: 'unknown_status' }, { kind: 'unknown', reason: 'mismatch' }, 1],
  ['429', { kind: 'rate_limit' }, { kind: 'unknown', reason: 'rate_limited' }, 0],
  ['a code never seen', { kind: 'error', code: -9999 }, { kind: 'unknown', reason: 'unlisted_code' }, 0],
  ['403 without a listed code', { kind: 'error', status: 403, code: -5 }, { kind: 'invalid', code: '-5' }, 0],
  [
    'a listed refusal with 500',
    { kind: 'error', status: 500, code: -782, extras: { method_result_code: '9999' } },
    { kind: 'declined', code: '-782:9999' },
    0,
  ],
]

describe('trouble on the way', () => {
  it.each(FAULTS)('token charge: %s', async (_, effect, outcome, charged) => {
    const { bank, token, charge, charges } = await shop()
    const sid = await token()
    await addFault(bank, { operation: 'subscription' }, effect)
    expect(await charge(sid, 400)).toMatchObject(outcome)
    // Never sent twice, whatever happened.
    expect(await charges()).toHaveLength(1 + charged)
  })

  it.each(FAULTS)('approval: %s, then the look-up knows', async (_, effect, outcome, charged) => {
    const { bank, provider, authorised, charges } = await shop()
    const input = await authorised()
    await addFault(bank, { operation: 'approve' }, effect)
    expect(await provider.completeCheckout(input, within(400))).toMatchObject(outcome)
    expect(await charges()).toHaveLength(charged)
    const found = await provider.lookup(
      { merchantRef: input.merchantRef, ref: input.ref, origin: 'pay' },
      within(),
    )
    expect(found).toMatchObject(
      charged === 1
        ? { kind: 'found', payment: { status: 'paid', total: 11_000 } }
        : { kind: 'not_charged_yet', status: 'AUTH_PASSWORD', final: false },
    )
  })

  it('a doubtful token charge names its tid, and the look-up by it settles it', async () => {
    const { bank, provider, token, charge } = await shop()
    const sid = await token()
    await addFault(bank, { operation: 'subscription' }, { kind: 'amount_mismatch' })
    const outcome = await charge(sid, 5_000, 'cycle-1')
    const ref = outcome.kind === 'unknown' ? outcome.ref : undefined
    expect(ref).toMatch(/^T/)
    expect(await provider.lookup({ merchantRef: 'cycle-1', ref, origin: 'token' }, within())).toMatchObject({
      kind: 'found',
      payment: { ref, total: 11_000, status: 'paid' },
    })
  })

  it('a look-up is repeated, and an outage of it means nothing', async () => {
    const { bank, provider, paid } = await shop()
    const { input, payment } = await paid()
    const look = (ms = 5_000) =>
      provider.lookup({ merchantRef: input.merchantRef, ref: payment.ref, origin: 'pay' }, within(ms))
    await addFault(bank, { operation: 'order', times: 2 }, { kind: 'http_5xx' })
    expect(await look()).toMatchObject({ kind: 'found' })
    await addFault(bank, { operation: 'order', times: 3 }, { kind: 'http_5xx' })
    expect(await look()).toEqual({ kind: 'no_answer', reason: 'http_5xx' })
    await addFault(bank, { operation: 'order', times: 1 }, { kind: 'lookup_lag', lookups: 1 })
    expect(await look()).toEqual({ kind: 'not_found' })
    expect(
      await provider.lookup({ merchantRef: 'another', ref: payment.ref, origin: 'pay' }, within()),
    ).toEqual({ kind: 'error', reason: 'mismatch' })
  })

  it('a wrong secret key is our own mistake', async () => {
    const bank = await testBank()
    const { provider } = adapter(bank.url, { secretKey: 'WRONG' })
    expect(await provider.revokeToken({ token: 'S1', buyerRef: BUYER }, within())).toMatchObject({
      kind: 'invalid',
      code: '-401',
    })
  })

  it('a provider that is down was surely not reached', async () => {
    const bank = await testBank()
    await bank.close()
    const { provider, seen } = adapter(bank.url)
    const outcome = await provider.revokeToken({ token: 'S1', buyerRef: BUYER }, within())
    expect(outcome).toMatchObject({ kind: 'unavailable', reason: 'refused', retryAfterMs: 5_000 })
    expect(seen).toEqual(['revoke unavailable refused'])
  })

  it('a charge that met nobody is tried three times', async () => {
    const bank = await testBank()
    await bank.close()
    // Opens at the third failure, so that one charge alone tells how often it was tried.
    const breaker = { window: 3, minimumCalls: 3, failureRatio: 1, openMs: 60_000, halfOpenTrials: 1 }
    const { provider } = adapter(bank.url, { breaker })
    const charge = {
      merchantRef: 'm',
      token: 'S1',
      buyerRef: BUYER,
      itemName: '정기배송',
      quantity: 1,
      money: MONEY,
    }
    expect(await provider.chargeToken(charge, within())).toMatchObject({
      kind: 'unavailable',
      reason: 'refused',
    })
    expect(provider.breakers()).toMatchObject({ charge: 'open', complete: 'closed' })
  })

  it('an outage opens the breaker of that operation only, and it closes again', async () => {
    const breaker = { window: 40, minimumCalls: 20, failureRatio: 0.75, openMs: 1_000, halfOpenTrials: 2 }
    const { bank, provider, token, charge } = await shop({ breaker })
    const sid = await token()
    await addFault(bank, { operation: 'subscription' }, { kind: 'http_5xx' })
    for (let call = 0; call < 20; call += 1) expect(await charge(sid)).toMatchObject({ kind: 'unknown' })
    expect(await charge(sid)).toEqual({
      kind: 'unavailable',
      reason: 'breaker_open',
      retryAfterMs: expect.any(Number),
    })
    expect(provider.breakers()).toMatchObject({ charge: 'open', lookup: 'closed', refund: 'closed' })
    expect((await request(`${bank.url}/faults`)).body).toMatchObject({ rules: [{ seen: 20 }] })
    await request(`${bank.url}/faults`, { method: 'DELETE' })
    await expect
      .poll(async () => (await charge(sid)).kind === 'ok' && provider.breakers().charge, { timeout: 5_000 })
      .toBe('closed')
  })

  it('refusals do not open it', async () => {
    const { bank, provider, token, charge } = await shop()
    const sid = await token()
    await addFault(
      bank,
      { operation: 'subscription' },
      { kind: 'error', status: 500, code: -782, extras: { method_result_code: '8326' } },
    )
    for (let call = 0; call < 25; call += 1) expect(await charge(sid)).toMatchObject({ kind: 'declined' })
    expect(provider.breakers().charge).toBe('closed')
  })

  it('a deadline that has passed sends nothing', async () => {
    const { bank, charge, token } = await shop()
    const sid = await token()
    const before = (await journal(bank)).length
    expect(await charge(sid, -1)).toMatchObject({ kind: 'unavailable', reason: 'aborted_before_send' })
    expect(await journal(bank)).toHaveLength(before)
  })

  it('stopping ends new calls', async () => {
    const { provider, charge } = await shop()
    await provider.stop()
    expect(await charge('S1')).toMatchObject({ kind: 'unavailable' })
  })
})
