import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  addFault,
  agreedPayment,
  brokenBy,
  chargeSid,
  issuedSid,
  journal,
  kakao,
  ORDER,
  paidPayment,
  post,
  type Reply,
  request,
  testBank,
  URLS,
  until,
} from '../testing.ts'

const CHARGE = { provider: 'kakaopay', operation: 'subscription' }
const charges = async (bank: { url: string }) => (await journal(bank, '?kind=charge')).length - 1

/** A bank with one SID and one rule for charges of it. */
async function troubled(...effects: Record<string, unknown>[]) {
  const bank = await testBank()
  const sid = await issuedSid(bank)
  const added = await addFault(bank, CHARGE, ...effects)
  expect(added.status).toBe(200)
  return { bank, sid }
}

/** Charges over plain fetch, keeping the raw answer. */
async function rawCharge(bank: { url: string }, sid: string) {
  const response = await fetch(`${bank.url}/online/v1/payment/subscription`, {
    method: 'POST',
    headers: { authorization: 'SECRET_KEY DEV_KAKAOPAY_SECRET', 'content-type': 'application/json' },
    body: JSON.stringify({ cid: 'TCSUBSCRIP', sid, ...ORDER }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
  }
}

describe('trouble before and after the charge', () => {
  test.each([
    [{ kind: 'timeout_before', holdMs: 30 }, 0],
    [{ kind: 'timeout_after', holdMs: 30 }, 1],
    [{ kind: 'reset_before' }, 0],
    [{ kind: 'reset_after' }, 1],
    [{ kind: 'bad_body', form: 'half_closed' }, 1],
    [{ kind: 'bad_body', form: 'half_closed', sideEffect: false }, 0],
  ])('%j breaks the connection and leaves %i charges', async (effect, expected) => {
    const { bank, sid } = await troubled(effect)
    expect(await brokenBy(chargeSid(bank, sid))).toBe('broken')
    expect(await charges(bank)).toBe(expected)
  })

  test('a caller that gives up while it is held back finds the charge made or not', async () => {
    const { bank, sid } = await troubled({ kind: 'timeout_after' })
    const given = fetch(`${bank.url}/online/v1/payment/subscription`, {
      method: 'POST',
      headers: { authorization: 'SECRET_KEY DEV_KAKAOPAY_SECRET' },
      body: JSON.stringify({ cid: 'TCSUBSCRIP', sid, ...ORDER }),
      signal: AbortSignal.timeout(100),
    })
    expect(await brokenBy(given)).toBe('broken')
    expect(
      await until(
        () => charges(bank),
        (count) => count === 1,
      ),
    ).toBe(1)
  })

  test.each([
    [{ kind: 'http_5xx' }, 503, 0],
    [{ kind: 'http_5xx', status: 502, sideEffect: true }, 502, 1],
  ])('%j answers %i without an error code and leaves %i charges', async (effect, status, expected) => {
    const { bank, sid } = await troubled(effect)
    const reply = await chargeSid(bank, sid)
    expect([reply.status, reply.body]).toEqual([status, {}])
    expect(await charges(bank)).toBe(expected)
  })

  test('http_5xx can carry the provider’s own error body', async () => {
    const { bank, sid } = await troubled({ kind: 'http_5xx', status: 500, body: 'provider' })
    expect((await chargeSid(bank, sid)).body.error_code).toBe(-1)
  })

  test.each([
    ['truncated', 'application/json'],
    ['html', 'text/html'],
    ['empty', 'application/json'],
    ['content_type', 'text/plain'],
  ])('bad_body %s comes as %s after the charge, and without it when asked', async (form, type) => {
    const { bank, sid } = await troubled({ kind: 'bad_body', form })
    const reply = await rawCharge(bank, sid)
    expect([reply.status, reply.type.split(';')[0]]).toEqual([200, type])
    if (form === 'content_type') expect(JSON.parse(reply.text)).toMatchObject({ sid })
    else expect(() => JSON.parse(reply.text)).toThrow()
    expect(await charges(bank)).toBe(1)
    await post(`${bank.url}/faults`, {
      rules: [{ match: CHARGE, effect: { kind: 'bad_body', form, sideEffect: false } }],
      replace: true,
    })
    await rawCharge(bank, sid)
    expect(await charges(bank)).toBe(1)
  })
})

describe('refusals on demand', () => {
  test('decline answers the operation’s code with extras, and keeps record of it', async () => {
    const { bank, sid } = await troubled({ kind: 'decline' })
    expect((await chargeSid(bank, sid)).body).toMatchObject({
      error_code: -782,
      extras: { method_result_code: 'LACK_BALANCE' },
    })
    expect(await journal(bank, '?kind=declined')).toMatchObject([
      { sid, code: -782, operation: 'subscription' },
    ])
  })

  test('the journal tells when nobody heard of a refusal', async () => {
    const { bank, sid } = await troubled({ kind: 'decline' }, { kind: 'reset_after' })
    expect(await brokenBy(chargeSid(bank, sid))).toBe('broken')
    const { bank: calm, sid: other } = await troubled({ kind: 'decline' })
    await chargeSid(calm, other)
    expect(await journal(bank, '?kind=declined')).toMatchObject([{ sid, unheard: true }])
    expect((await journal(calm, '?kind=declined'))[0]).not.toHaveProperty('unheard')
  })

  test('decline of an approval ends the payment; the code, text and extras can be chosen', async () => {
    const bank = await testBank()
    await addFault(
      bank,
      { operation: 'approve' },
      { kind: 'decline', code: -780, message: 'no', extras: null },
    )
    const { tid, pgToken } = await agreedPayment(bank)
    const approve = () => kakao(bank, 'approve', { cid: 'TC0ONETIME', tid, pg_token: pgToken, ...ORDER })
    expect((await approve()).body).toEqual({ error_code: -780, error_message: 'no' })
    expect((await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })).body.status).toBe('FAIL_PAYMENT')
    expect((await approve()).body.error_code).toBe(-783)
  })

  test('decline of a refund is -781', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    await addFault(bank, { operation: 'cancel' }, { kind: 'decline', extras: null })
    const asked = { cid: 'TC0ONETIME', tid, cancel_amount: 100, cancel_tax_free_amount: 0 }
    expect((await kakao(bank, 'cancel', asked)).body.error_code).toBe(-781)
    expect(await journal(bank, '?kind=refund')).toEqual([])
  })

  test('error answers any code, rate_limit 429 with Retry-After, both without a charge', async () => {
    const { bank, sid } = await troubled({ kind: 'error', status: 500, code: -9999, message: 'odd' })
    const odd = await chargeSid(bank, sid)
    expect([odd.status, odd.body]).toEqual([500, { error_code: -9999, error_message: 'odd' }])
    const rules = [{ match: CHARGE, effect: { kind: 'rate_limit', retryAfterSeconds: 7 } }]
    await post(`${bank.url}/faults`, { rules, replace: true })
    const slow = await chargeSid(bank, sid)
    expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await charges(bank)).toBe(0)
  })

  test('duplicate_order refuses a second charge of an order id with -785', async () => {
    const { bank, sid } = await troubled({ kind: 'duplicate_order' })
    expect((await chargeSid(bank, sid)).status).toBe(200)
    expect((await chargeSid(bank, sid)).body.error_code).toBe(-785)
  })
})

describe('answers that lie', () => {
  test('amount_mismatch and unknown_status change the answer, not the books', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    await addFault(
      bank,
      { operation: 'order' },
      { kind: 'amount_mismatch', by: -1 },
      { kind: 'unknown_status' },
    )
    const { body } = await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })
    expect(body).toMatchObject({ status: 'ZID_CERTIFICATE', amount: { total: 10_999 } })
    expect(await journal(bank, '?kind=charge')).toMatchObject([{ amount: 11_000 }])
  })

  test('lookup_lag hides a payment for some look-ups, or shows it as it was', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    const look = async () => (await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })).body
    await addFault(bank, { operation: 'order' }, { kind: 'lookup_lag', lookups: 2 })
    expect([(await look()).error_code, (await look()).error_code]).toEqual([-721, -721])
    expect((await look()).status).toBe('SUCCESS_PAYMENT')
    const stale = { match: {}, effect: { kind: 'lookup_lag', answer: 'stale', lookups: 1 } }
    await post(`${bank.url}/faults`, { rules: [stale], replace: true })
    await kakao(bank, 'cancel', { cid: 'TC0ONETIME', tid, cancel_amount: 1000, cancel_tax_free_amount: 0 })
    expect(await look()).toMatchObject({ status: 'SUCCESS_PAYMENT', canceled_amount: { total: 0 } })
    expect(await look()).toMatchObject({ status: 'PART_CANCEL_PAYMENT', canceled_amount: { total: 1000 } })
  })

  test('lookup_lag by time follows the bank’s clock', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })
    const { tid } = (await paidPayment(bank)).body
    await addFault(bank, {}, { kind: 'lookup_lag', answer: 'stale', ms: 5000 })
    const look = async () => (await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })).body
    expect(await look()).toMatchObject({ status: 'AUTH_PASSWORD', payment_action_details: [] })
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:05Z' })
    expect((await look()).status).toBe('SUCCESS_PAYMENT')
  })
})

describe('slowness', () => {
  test('latency comes before the charge, after it, or half each', async () => {
    const { bank, sid } = await troubled({ kind: 'latency', distribution: 'fixed', ms: 60_000, at: 'after' })
    const ended: string[] = []
    const charge = () =>
      void chargeSid(bank, sid).then(
        () => ended.push('answered'),
        () => undefined,
      )
    const drawn = () =>
      until(
        async () => (await request(`${bank.url}/faults`)).body,
        ({ rules }) => Array.isArray(rules) && rules[0]?.seen === 1,
      )
    charge()
    await until(
      () => charges(bank),
      (count) => count === 1,
    )
    for (const at of ['before', 'split']) {
      const effect = { kind: 'latency', distribution: 'fixed', ms: 60_000, at }
      await post(`${bank.url}/faults`, { rules: [{ match: CHARGE, effect }], replace: true })
      charge()
      await drawn()
    }
    expect(await charges(bank)).toBe(1)
    expect(ended).toEqual([])
  })

  test('delays of several effects add up', async () => {
    const { bank, sid } = await troubled(
      { kind: 'latency', distribution: 'fixed', ms: 60 },
      { kind: 'latency', distribution: 'uniform', minMs: 50, maxMs: 60 },
      { kind: 'latency', distribution: 'lognormal', medianMs: 10, sigma: 0.1, maxMs: 20 },
    )
    const started = performance.now()
    expect((await chargeSid(bank, sid)).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThanOrEqual(105)
  })

  test('slow_drip sends the right body in pieces', async () => {
    const { bank, sid } = await troubled({ kind: 'slow_drip', ms: 100, chunks: 5 })
    const started = performance.now()
    expect((await chargeSid(bank, sid)).body).toMatchObject({ sid })
    expect(performance.now() - started).toBeGreaterThanOrEqual(75)
  })

  test('offline cuts calls under way and new ones, but not the control endpoints', async () => {
    const { bank, sid } = await troubled({ kind: 'latency', distribution: 'fixed', ms: 60_000 })
    // The client's pool may hold connections the bank has cut; what may be repeated is, until it gets through.
    const insist = async (ask: () => Promise<Reply>) =>
      until(
        () => ask().catch(() => undefined),
        (reply) => reply !== undefined,
      )
    const faults = (method: string, path: string, body?: string) =>
      insist(() => request(`${bank.url}${path}`, { method, ...(body === undefined ? {} : { body }) }))
    const look = () => kakao(bank, 'manage/subscription/status', { cid: 'TCSUBSCRIP', sid })

    const underWay = brokenBy(chargeSid(bank, sid))
    await until(
      async () => (await request(`${bank.url}/faults`)).body,
      ({ rules }) => Array.isArray(rules) && rules[0]?.seen === 1,
    )
    expect((await post(`${bank.url}/faults/offline`, {})).body.offline).toBe(true)
    expect(await underWay).toBe('broken')
    expect(await brokenBy(chargeSid(bank, sid))).toBe('broken')
    expect((await faults('GET', '/health'))?.status).toBe(200)
    await faults('DELETE', '/faults')
    expect((await insist(look))?.status).toBe(200)
    await faults('POST', '/faults/offline', '{"ms":600000}')
    expect(await brokenBy(chargeSid(bank, sid))).toBe('broken')
    await faults('POST', '/faults/offline', '{"ms":1}')
    expect((await insist(look))?.status).toBe(200)
    await faults('POST', '/faults/offline')
    expect((await faults('POST', '/faults/online'))?.body.offline).toBe(false)
    expect((await faults('POST', '/faults/offline', '{"ms":"long"}'))?.status).toBe(400)
    expect(await charges(bank)).toBe(0)
  })
})

describe('the way back to the shop', () => {
  async function shop() {
    const visits: string[] = []
    const server = createServer((req, res) => {
      visits.push(req.url ?? '')
      res.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    return { visits, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/done` }
  }

  async function agree(effect: Record<string, unknown>) {
    const bank = await testBank()
    const { visits, url } = await shop()
    await addFault(bank, { operation: 'page_approve' }, effect)
    const { body } = await kakao(bank, 'ready', { cid: 'TC0ONETIME', ...ORDER, ...URLS, approval_url: url })
    const back = await request(`${bank.url}/kakaopay/pay/${body.tid}/approve`, { method: 'POST' })
    return { back, visits }
  }

  test.each([0, 5])('duplicate_callback visits the shop itself as well (gap %i ms)', async (gapMs) => {
    const { back, visits } = await agree({ kind: 'duplicate_callback', copies: 3, gapMs })
    await until(
      async () => visits.length,
      (count) => count === 3,
    )
    for (const visit of visits)
      expect(back.headers.get('location')).toMatch(new RegExp(`${visit.replace('?', '\\?')}$`))
  })

  test('no_return strands the customer, tamper_return forges what comes back', async () => {
    expect((await agree({ kind: 'no_return' })).back.status).toBe(200)
    const forged = await agree({ kind: 'tamper_return', set: { pg_token: 'forged' } })
    expect(forged.back.headers.get('location')).toMatch(/\?pg_token=forged$/)
  })

  test('the page itself can be slow or down', async () => {
    const { back } = await agree({ kind: 'http_5xx', status: 500 })
    expect(back.status).toBe(500)
  })
})

describe('when a rule strikes', () => {
  test.each([
    [{ nth: 2 }, [200, 400, 200, 200]],
    [{ nth: 2, times: 2 }, [200, 400, 400, 200]],
    [{ times: 1 }, [400, 200, 200, 200]],
    [{ amount: 11_000 }, [400, 400, 400, 400]],
    [{ amount: 1 }, [200, 200, 200, 200]],
    [{ partnerOrderId: 'order-1' }, [400, 400, 400, 400]],
    [{ partnerOrderId: 'other' }, [200, 200, 200, 200]],
    [{ sid: 'SID' }, [400, 400, 400, 400]],
    [{ sid: 'S-other' }, [200, 200, 200, 200]],
    [{ provider: 'toss' }, [200, 200, 200, 200]],
    [{ probability: 0 }, [200, 200, 200, 200]],
    [{ probability: 1 }, [400, 400, 400, 400]],
    // ready, two steps on the page, SID and charge are rows 1 to 5; then come the charges 6, 7, 8.
    [{ fromSeq: 8 }, [200, 200, 400, 400]],
  ])('%j gives %j', async (match, expected) => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    const operation = 'provider' in match ? {} : CHARGE
    const wanted = 'sid' in match && match.sid === 'SID' ? { sid } : match
    await addFault(bank, { ...operation, ...wanted }, { kind: 'error', code: -1 })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await chargeSid(bank, sid)).status)
    expect(statuses).toEqual(expected)
  })

  test('look-ups and refunds, which name only a tid, are matched by what it stands for', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    await addFault(bank, { partnerOrderId: 'order-1', operation: 'order' }, { kind: 'error', code: -5 })
    expect((await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })).body.error_code).toBe(-5)
  })

  test('the same seed strikes the same calls, another seed others; other rules do not matter', async () => {
    const pattern = async (seed: number, extra: boolean) => {
      const bank = await testBank({ seed })
      const sid = await issuedSid(bank)
      if (extra) await addFault(bank, { operation: 'order' }, { kind: 'error', code: -1 })
      const rule = { id: 'coin', match: { ...CHARGE, probability: 0.5 }, effect: { kind: 'error', code: -1 } }
      await post(`${bank.url}/faults`, rule)
      const statuses = []
      for (let i = 0; i < 24; i++) statuses.push((await chargeSid(bank, sid)).status)
      return statuses.join()
    }
    const first = await pattern(7, false)
    expect(await pattern(7, true)).toBe(first)
    expect(await pattern(8, false)).not.toBe(first)
    expect(first).toContain('200')
    expect(first).toContain('400')
  })

  test('rules can be listed with their counts, replaced, and taken away', async () => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    const rule = { id: 'r', match: { ...CHARGE, nth: 2 }, effect: { kind: 'error', code: -1 } }
    await post(`${bank.url}/faults`, [rule])
    await chargeSid(bank, sid)
    await chargeSid(bank, sid)
    expect((await request(`${bank.url}/faults`)).body.rules).toEqual([
      { id: 'r', match: { ...CHARGE, nth: 2 }, effects: [{ kind: 'error', code: -1 }], seen: 2, fired: 1 },
    ])
    const replaced = await post(`${bank.url}/faults`, { rules: [], replace: true })
    expect(replaced.body.rules).toEqual([])
  })
})

test.each([
  [{ effect: { kind: 'explode' } }, '/rule/effect/kind: must be one of latency'],
  [{ effect: { kind: 'latency', distribution: 'fixed', ms: -1 } }, '/rule/effect'],
  [{ effect: { kind: 'latency', distribution: 'uniform', minMs: 2, maxMs: 1 } }, 'minMs must not be greater'],
  [{ effect: { kind: 'http_5xx', status: 400 } }, '/rule/effect/status: must be >= 500'],
  [{ effect: { kind: 'reset_before', now: true } }, 'now'],
  [{ effect: { kind: 'decline' }, effects: [] }, 'either effect or effects'],
  [{ match: {} }, 'either effect or effects'],
  [{ effects: [] }, '/rule/effects: must be a list'],
  [
    { effects: [{ kind: 'decline' }, { kind: 'error' }] },
    '/rule/effects/1: must have required properties code',
  ],
  [{ match: { provider: 'visa' }, effect: { kind: 'decline' } }, '/rule/match/provider'],
  [{ match: { nth: 0 }, effect: { kind: 'decline' } }, '/rule/match/nth: must be >= 1'],
  [{ match: { probability: 2 }, effect: { kind: 'decline' } }, '/rule/match/probability: must be <= 1'],
  [{ match: { order: 'x' }, effect: { kind: 'decline' } }, 'order'],
  [{ id: 'a b', effect: { kind: 'decline' } }, '/rule/id'],
  [{ when: {}, effect: { kind: 'decline' } }, '/rule/when: is not a field'],
  [[{ effect: { kind: 'decline' } }, 5], '/rules/1: must be an object'],
  [{ rules: [], replace: 'yes' }, '/replace: must be true or false'],
  [{ rules: [], clear: true }, '/clear: is not a field'],
])('POST /faults %j is refused: %s', async (body, message) => {
  const bank = await testBank()
  const reply = await post(`${bank.url}/faults`, body)
  expect(reply.status).toBe(400)
  expect(reply.body.error).toContain(message)
  expect((await request(`${bank.url}/faults`)).body.rules).toEqual([])
})
