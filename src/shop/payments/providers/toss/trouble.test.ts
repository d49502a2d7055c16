import { describe, expect, it } from 'vitest'
import { addFault, request, testBank } from '../../../../../simulators/bank/testing.ts'
import { adapter, BUYER, MONEY, shop, within } from './toss-testing.ts'

/** The trouble, what is known then, and whether the bank has taken the money. */
const FAULTS: [string, Record<string, unknown>, Record<string, unknown>, number][] = [
  ['timeout before the charge', { kind: 'timeout_before' }, { kind: 'unknown', reason: 'timeout' }, 0],
  ['timeout after the charge', { kind: 'timeout_after' }, { kind: 'unknown', reason: 'timeout' }, 1],
  ['reset before the charge', { kind: 'reset_before' }, { kind: 'unknown', reason: 'reset' }, 0],
  ['reset after the charge', { kind: 'reset_after' }, { kind: 'unknown', reason: 'reset' }, 1],
  ['503 page', { kind: 'http_5xx' }, { kind: 'unknown', reason: 'http_5xx' }, 0],
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
  [
    'a refusal with 500',
    { kind: 'error', status: 500, code: 'REJECT_CARD_PAYMENT' },
    { kind: 'unknown', reason: 'http_5xx' },
    0,
  ],
  ['truncated JSON', { kind: 'bad_body', form: 'truncated' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['HTML with 200', { kind: 'bad_body', form: 'html' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['empty body', { kind: 'bad_body', form: 'empty' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['body cut off', { kind: 'bad_body', form: 'half_closed' }, { kind: 'unknown', reason: 'bad_body' }, 1],
  ['wrong content type', { kind: 'bad_body', form: 'content_type' }, { kind: 'ok' }, 1],
  ['another amount', { kind: 'amount_mismatch' }, { kind: 'unknown', reason: 'mismatch' }, 1],
  [
    'another currency',
    { kind: 'amount_mismatch', currency: 'USD' },
    { kind: 'unknown', reason: 'mismatch' },
    1,
  ],
  ['a status never seen', { kind: 'unknown_status' }, { kind: 'unknown', reason: 'mismatch' }, 1],
  [
    'a status that is not final',
    { kind: 'unknown_status', status: 'IN_PROGRESS' },
    { kind: 'unknown', reason: 'in_progress' },
    1,
  ],
  ['429', { kind: 'rate_limit' }, { kind: 'unknown', reason: 'rate_limited' }, 0],
  [
    '409',
    { kind: 'error', status: 409, code: 'IDEMPOTENT_REQUEST_PROCESSING' },
    { kind: 'unknown', reason: 'in_progress' },
    0,
  ],
  [
    'a code never seen',
    { kind: 'error', code: 'BRAND_NEW' },
    { kind: 'unknown', reason: 'unlisted_code' },
    0,
  ],
  [
    'a refusal',
    { kind: 'error', status: 403, code: 'REJECT_CARD_PAYMENT' },
    { kind: 'declined', retry: 'retryable' },
    0,
  ],
]

describe('trouble on the way', () => {
  it.each(FAULTS)('token charge: %s', async (_, effect, outcome, charged) => {
    const { bank, provider, token, charge, charges } = await shop()
    const key = await token()
    await addFault(bank, { operation: 'billing_charge' }, effect)
    const merchantRef = 'cycle-00000001'
    expect(await charge(key, within(400), merchantRef)).toMatchObject(outcome)
    // Never sent twice, whatever happened; and our own reference settles it.
    expect(await charges()).toHaveLength(1 + charged)
    expect(await provider.lookup({ merchantRef, ref: undefined, origin: 'token' }, within())).toMatchObject(
      charged === 1 ? { kind: 'found', payment: { status: 'paid', total: 15_000 } } : { kind: 'not_found' },
    )
  })

  it.each(FAULTS)('confirmation: %s, then the look-up knows', async (_, effect, outcome, charged) => {
    const { bank, provider, authorised, charges } = await shop()
    const input = await authorised()
    await addFault(bank, { operation: 'confirm' }, effect)
    expect(await provider.completeCheckout(input, within(400))).toMatchObject(outcome)
    expect(await charges()).toHaveLength(charged)
    expect(
      await provider.lookup({ merchantRef: input.merchantRef, ref: undefined, origin: 'pay' }, within()),
    ).toMatchObject(
      charged === 1
        ? { kind: 'found', payment: { status: 'paid', total: 15_000 } }
        : { kind: 'not_charged_yet', status: 'IN_PROGRESS', final: false },
    )
  })

  it('a look-up is repeated, and an outage of it means nothing', async () => {
    const { bank, provider, paid } = await shop()
    const { input, payment } = await paid()
    const look = (merchantRef = input.merchantRef) =>
      provider.lookup({ merchantRef, ref: payment.ref, origin: 'pay' }, within())
    await addFault(bank, { operation: 'payment', times: 2 }, { kind: 'http_5xx' })
    expect(await look()).toMatchObject({ kind: 'found' })
    await addFault(bank, { operation: 'payment', times: 3 }, { kind: 'http_5xx' })
    expect(await look()).toEqual({ kind: 'no_answer', reason: 'http_5xx' })
    await addFault(bank, { operation: 'payment', times: 1 }, { kind: 'lookup_lag', lookups: 1 })
    expect(await look()).toEqual({ kind: 'not_found' })
    expect(await look('another-order')).toEqual({ kind: 'error', reason: 'mismatch' })
  })

  it('a look-up with a wrong secret key tells why', async () => {
    const bank = await testBank()
    const { provider } = adapter(bank.url, { secretKey: 'WRONG' })
    expect(
      await provider.lookup({ merchantRef: 'order-1', ref: undefined, origin: 'pay' }, within()),
    ).toEqual({ kind: 'error', reason: 'invalid UNAUTHORIZED_KEY' })
  })

  it('a provider that is down was surely not reached, after three tries', async () => {
    const bank = await testBank()
    await bank.close()
    // Opens at the third failure, so that one charge alone tells how often it was tried.
    const breaker = { window: 3, minimumCalls: 3, failureRatio: 1, openMs: 60_000, halfOpenTrials: 1 }
    const { provider, seen } = adapter(bank.url, { breaker })
    const charge = {
      merchantRef: 'm-00001',
      token: 'B1',
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
    expect(await provider.chargeToken(charge, within())).toMatchObject({
      kind: 'unavailable',
      reason: 'breaker_open',
      retryAfterMs: expect.any(Number),
    })
    expect(seen).toEqual(['charge unavailable refused', 'charge unavailable breaker_open'])
  })

  it('an outage opens the breaker of that operation only, and it closes again', async () => {
    const breaker = { window: 40, minimumCalls: 20, failureRatio: 0.75, openMs: 1_000, halfOpenTrials: 2 }
    const { bank, provider, token, charge } = await shop({ breaker })
    const key = await token()
    await addFault(
      bank,
      { operation: 'billing_charge' },
      { kind: 'bad_body', form: 'html', sideEffect: false },
    )
    for (let call = 0; call < 20; call += 1) expect(await charge(key)).toMatchObject({ kind: 'unknown' })
    expect(await charge(key)).toMatchObject({ kind: 'unavailable', reason: 'breaker_open' })
    expect(provider.breakers()).toMatchObject({ charge: 'open', lookup: 'closed', refund: 'closed' })
    await request(`${bank.url}/faults`, { method: 'DELETE' })
    await expect
      .poll(async () => (await charge(key)).kind === 'ok' && provider.breakers().charge, { timeout: 5_000 })
      .toBe('closed')
  })

  it('stopping ends new calls', async () => {
    const { provider, charge } = await shop()
    await provider.stop()
    expect(await charge('B1')).toMatchObject({ kind: 'unavailable' })
  })
})
