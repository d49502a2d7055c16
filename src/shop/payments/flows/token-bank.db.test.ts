/** Charges by stored methods with the real adapters against the bank's simulator, which keeps books of its own. */

import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addFault, type Json, journal, post, request, testBank } from '../../../../simulators/bank/testing.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { PaymentProvider } from '../provider.ts'
import { adapter as kakaoPay } from '../providers/kakaopay/kakaopay-testing.ts'
import { adapter as tossPayments } from '../providers/toss/toss-testing.ts'
import { refundsInReview } from '../recovery/look-up.ts'
import { namePayment } from '../recovery/name-payment.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { tokensOf } from '../tokens.fixture.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const PATIENT = { window: 10_000, minimumCalls: 10_000, failureRatio: 1, openMs: 1, halfOpenTrials: 1 }
let banks = 0

/** A bank whose clock goes with ours, and customers of it who agreed to be charged again. */
async function shop(name: 'kakaopay' | 'toss') {
  // Banks of one seed would give the same ids again, and they share our database.
  const bank = await testBank({ seed: 5_000 + ++banks, clock: 'manual' })
  const open = { breaker: PATIENT, maxConnections: 16 }
  const adapter = name === 'toss' ? tossPayments(bank.url, open) : kakaoPay(bank.url, open)
  const timeouts = { chargeTimeoutMs: 1_000, callTimeoutMs: 3_000 }
  const provider: PaymentProvider = {
    ...adapter.provider,
    capabilities: { ...adapter.provider.capabilities, ...timeouts },
  }
  const here = shopOf(world, world.depsWith(provider))
  const tokens = tokensOf(world, here)
  const sameTime = () => post(`${bank.url}/clock`, { now: world.clock.now().toString() })
  await sameTime()
  const tick = async (duration: Temporal.DurationLike) => {
    world.clock.advance(duration)
    await sameTime()
  }
  const pass = async (duration: Temporal.DurationLike) => {
    await tick(duration)
    await here.sweep()
  }
  /** The customer agrees on the bank's page and is sent back to us. */
  const agree = async (attempt: Attempt) => {
    const page = new URL(attempt.redirect_url ?? '')
    const body = new URLSearchParams(page.searchParams)
    body.set('method', 'CARD')
    const answer = await request(`${page.origin}${page.pathname}/approve`, { method: 'POST', body })
    const back = new URL(answer.headers.get('location') ?? '')
    return here.back(attempt, 'success', Object.fromEntries(back.searchParams))
  }
  const subscriber = async () => {
    const customer = await tokens.subscriber(async (order) => {
      const paid = await agree(await here.begun(order))
      if (paid?.state !== 'succeeded') throw new Error(`not paid: ${paid?.state} ${paid?.unknown_reason}`)
    })
    await sameTime()
    const { method } = customer
    return { ...customer, token: here.deps.cipher.decrypt(method.token, method.id) }
  }
  const moves = async (attemptId: string) => {
    const rows = await journal(bank, `?partnerOrderId=${attemptId}`)
    return rows.flatMap(({ kind, amount }) =>
      kind === 'charge' || kind === 'refund' ? [`${kind} ${amount}`] : [],
    )
  }
  const fault = (operation: string, effect: Json) => addFault(bank, { operation, times: 1 }, effect)
  const script = (token: string, body: Json) => post(`${bank.url}/tokens/${token}`, body)
  const cutOff = (token: string) => post(`${bank.url}/tokens/${token}/deactivate`, {})
  return { ...here, ...tokens, bank, agree, pass, tick, subscriber, moves, fault, script, cutOff }
}

describe('KakaoPay', () => {
  it('a first payment, then five charges, whatever becomes of the answers: each exactly once', async () => {
    const { subscriber, charged, fault, pass, tick, moves, state, methodOf, bank } = await shop('kakaopay')
    const customer = await subscriber()
    expect(customer.token).toMatch(/^S/)
    const troubles: (Json | undefined)[] = [
      undefined,
      { kind: 'timeout_after' },
      { kind: 'reset_after' },
      { kind: 'http_5xx', sideEffect: true },
      undefined,
    ]
    for (const trouble of troubles) {
      if (trouble) await fault('subscription', trouble)
      const { id, result } = await charged(customer)
      expect(result).toBe(trouble ? 'unknown' : 'paid')
      if (trouble) await pass({ seconds: 10 })
      expect(await state(id)).toBe('succeeded')
      expect(await moves(id)).toEqual(['charge 11000'])
      expect((await methodOf(customer.owner)).last_charged_at?.epochMilliseconds).toBeLessThanOrEqual(
        world.clock.now().epochMilliseconds,
      )
      // As close as two charges of a token may come.
      await tick({ seconds: 2 })
    }
    const summary = (await request(`${bank.url}/journal/summary`)).body
    expect(summary.net).toBe(21_000 + 5 * 11_000)
  })

  it.each<[string, Json]>([
    ['timed out', { kind: 'timeout_before' }],
    ['was cut off', { kind: 'reset_before' }],
    ['met a broken server', { kind: 'http_5xx' }],
    ['was refused without a reason', { kind: 'decline', extras: null }],
  ])(
    'a charge that %s and was not made, right after one that was: never taken for paid',
    async (_, trouble) => {
      const { subscriber, charged, fault, pass, tick, moves, read } = await shop('kakaopay')
      const customer = await subscriber()
      expect((await charged(customer)).result).toBe('paid')
      await tick({ seconds: 2 })
      await fault('subscription', trouble)
      const { id, result } = await charged(customer)
      expect(result).toBe('unknown')
      await pass({ seconds: 10 })
      await pass({ minutes: 30 })
      expect((await read(id)).attempt).toMatchObject({ state: 'unknown', needs_review: false })
      for (let days = 0; days < 3; days++) await pass({ hours: 13 })
      expect((await read(id)).attempt).toMatchObject({ state: 'unknown', needs_review: true })
      expect(await moves(id)).toEqual([])
    },
  )

  it('a customer who cut us off in the app: the method is dead, and nothing is charged any more', async () => {
    const { subscriber, charged, cutOff, moves, news, methodOf, prepare, place } = await shop('kakaopay')
    const customer = await subscriber()
    await cutOff(customer.token)
    const { id, result } = await charged(customer)
    expect(result).toBe('declined')
    expect(await news(id)).toMatchObject([{ outcome: { class: 'token_dead', code: '-751' } }])
    expect((await methodOf(customer.owner)).state).toBe('dead')
    expect(await moves(id)).toEqual([])
    const order = await place(1_000, customer.owner)
    expect(await prepare(order.id, customer.method.id)).toEqual({ kind: 'method_gone' })
  })

  it('cut off in the app after a charge whose answer was lost: the evidence still counts', async () => {
    const { subscriber, charged, cutOff, fault, pass, state, moves } = await shop('kakaopay')
    const customer = await subscriber()
    await fault('subscription', { kind: 'reset_after' })
    const { id } = await charged(customer)
    await cutOff(customer.token)
    await pass({ seconds: 10 })
    expect(await state(id)).toBe('succeeded')
    expect(await moves(id)).toEqual(['charge 11000'])
  })

  it('the monthly limit is a refusal for now: the method lives, and works again next month', async () => {
    const { subscriber, charged, script, tick, news, methodOf } = await shop('kakaopay')
    const customer = await subscriber()
    await script(customer.token, { monthlyLimit: 1 })
    const { id, result } = await charged(customer)
    expect(result).toBe('declined')
    expect(await news(id)).toMatchObject([{ outcome: { class: 'retryable', code: '-752' } }])
    expect((await methodOf(customer.owner)).state).toBe('active')
    await tick({ hours: 24 * 32 })
    expect((await charged(customer)).result).toBe('paid')
  })

  it('a refused balance is told with its reason, and the next try is another attempt', async () => {
    const { subscriber, charged, script, news, moves } = await shop('kakaopay')
    const customer = await subscriber()
    await script(customer.token, { declines: 1, extras: { method_result_code: 'LACK_BALANCE' } })
    const first = await charged(customer)
    expect(await news(first.id)).toMatchObject([
      { outcome: { class: 'retryable', code: '-782:LACK_BALANCE' } },
    ])
    const second = await charged(customer)
    expect([first.result, second.result]).toEqual(['declined', 'paid'])
    expect([await moves(first.id), await moves(second.id)]).toEqual([[], ['charge 11000']])
  })

  it('a revoked method is not chargeable at the bank either', async () => {
    const { subscriber, endMethod, tell, methodOf, bank } = await shop('kakaopay')
    const customer = await subscriber()
    await endMethod(customer.method.id)
    expect(await tell(customer.method.id)).toBe(1)
    expect((await methodOf(customer.owner)).state).toBe('revoked')
    const ended = await journal(bank, '?kind=sid_inactivated')
    expect(ended).toMatchObject([{ sid: customer.token, by: 'merchant' }])
  })

  it('an answer about another amount names the payment, and that is looked up', async () => {
    const { subscriber, charged, fault, pass, read, moves } = await shop('kakaopay')
    await fault('subscription', { kind: 'amount_mismatch' })
    const { id, result } = await charged(await subscriber())
    expect(result).toBe('unknown')
    await pass({ seconds: 10 })
    const { attempt } = await read(id)
    expect(attempt).toMatchObject({ state: 'succeeded', provider_ref: expect.stringMatching(/^T/) })
    expect(await moves(id)).toEqual(['charge 11000'])
  })

  it('a charge known from evidence is refunded once its name was told', async () => {
    const { subscriber, charged, fault, pass, read, refund, work, moves, deps, bank } = await shop('kakaopay')
    const customer = await subscriber()
    await fault('subscription', { kind: 'reset_after' })
    const { id } = await charged(customer)
    await pass({ seconds: 10 })
    await refund((await read(id)).attempt)
    await work()
    expect(await refundsInReview(deps)).toBe(1)
    const [charge] = (await journal(bank, `?partnerOrderId=${id}`)).filter(({ kind }) => kind === 'charge')
    const naming = { paymentId: id, evidence: '파트너센터에서 확인', operatorId: customer.owner }
    expect(await namePayment(deps, { ...naming, providerRef: 'T0000000000000000000' })).toMatchObject({
      code: 'provider_ref_mismatch',
    })
    expect(await namePayment(deps, { ...naming, providerRef: String(charge?.tid) })).toMatchObject({
      provider_ref: charge?.tid,
    })
    await work()
    expect(await moves(id)).toEqual(['charge 11000', 'refund 11000'])
  })
})

describe('Toss Payments', () => {
  it('a billing key comes with the first payment and is charged again', async () => {
    const { subscriber, charged, moves, read, methodOf, tick } = await shop('toss')
    const customer = await subscriber()
    expect((await methodOf(customer.owner)).provider).toBe('toss')
    for (let month = 0; month < 2; month++) {
      const { id, result } = await charged(customer)
      expect(result).toBe('paid')
      expect(await moves(id)).toEqual(['charge 11000'])
      expect((await read(id)).attempt.provider_ref).toMatch(/^K/)
      await tick({ hours: 24 * 30 })
    }
  })

  it.each<[string, Json]>([
    ['timed out', { kind: 'timeout_after' }],
    ['was cut off', { kind: 'reset_after' }],
    ['was torn', { kind: 'bad_body', form: 'truncated' }],
  ])('an answer that %s is found by our reference, with the name of the payment', async (_, trouble) => {
    const { subscriber, charged, fault, pass, read, moves } = await shop('toss')
    const customer = await subscriber()
    await fault('billing_charge', trouble)
    const { id, result } = await charged(customer)
    expect(result).toBe('unknown')
    await pass({ seconds: 10 })
    expect((await read(id)).attempt).toMatchObject({
      state: 'succeeded',
      provider_ref: expect.stringMatching(/^K/),
    })
    expect(await moves(id)).toEqual(['charge 11000'])
  })

  it('a charge that never reached the bank is sent again under the same key, and made once', async () => {
    const { subscriber, charged, fault, pass, read, moves } = await shop('toss')
    const customer = await subscriber()
    await fault('billing_charge', { kind: 'timeout_before' })
    const { id } = await charged(customer)
    await pass({ seconds: 15 })
    expect((await read(id)).attempt).toMatchObject({ state: 'succeeded', send_no: 2 })
    expect(await moves(id)).toEqual(['charge 11000'])
  })

  it('the same call twice is one charge: Toss replays its first answer for our key', async () => {
    const { subscriber, prepared, send, moves, read, deps } = await shop('toss')
    const customer = await subscriber()
    const { id } = await prepared(customer)
    expect(await send(id)).toBe('paid')
    const { attempt } = await read(id)
    const again = await deps.providers.get('toss')?.chargeToken(
      {
        merchantRef: id,
        token: customer.token,
        buyerRef: attempt.buyer_ref,
        itemName: attempt.item_name,
        quantity: 1,
        money: { total: attempt.total, taxFree: attempt.tax_free, vat: attempt.vat },
      },
      { deadline: Date.now() + 3_000, idempotencyKey: id },
    )
    expect(again).toMatchObject({ kind: 'ok', value: { ref: attempt.provider_ref } })
    expect(await moves(id)).toEqual(['charge 11000'])
  })

  it('a deleted billing key is a dead method', async () => {
    const { subscriber, charged, cutOff, moves, news, methodOf } = await shop('toss')
    const customer = await subscriber()
    await cutOff(customer.token)
    const { id, result } = await charged(customer)
    expect(result).toBe('declined')
    expect(await news(id)).toMatchObject([{ outcome: { class: 'token_dead', code: 'NOT_FOUND_BILLING' } }])
    expect((await methodOf(customer.owner)).state).toBe('dead')
    expect(await moves(id)).toEqual([])
  })

  it('a revoked method is deleted at the bank; its refunds still work', async () => {
    const { subscriber, charged, endMethod, tell, methodOf, bank, read, refund, work, moves } =
      await shop('toss')
    const customer = await subscriber()
    const { id } = await charged(customer)
    await endMethod(customer.method.id)
    await tell(customer.method.id)
    expect((await methodOf(customer.owner)).state).toBe('revoked')
    expect(await journal(bank, '?kind=billing_deleted')).toMatchObject([{ by: 'merchant' }])
    await refund((await read(id)).attempt)
    await work()
    expect(await moves(id)).toEqual(['charge 11000', 'refund 11000'])
  })

  it('the text of the billing key is in no table of payments, whatever the bank answers', async () => {
    const { subscriber, charged, fault, cutOff, tick, pass } = await shop('toss')
    const customer = await subscriber()
    await charged(customer)
    await tick({ seconds: 2 })
    await fault('billing_charge', { kind: 'http_5xx', sideEffect: true, body: 'provider' })
    expect((await charged(customer)).result).toBe('unknown')
    await pass({ seconds: 10 })
    await tick({ seconds: 2 })
    await cutOff(customer.token)
    expect((await charged(customer)).result).toBe('declined')
    const { rows } = await sql<{ found: number }>`
      select (select count(*) from payments.attempt a where position(${customer.token} in a::text) > 0)
        + (select count(*) from payments.history h where position(${customer.token} in h::text) > 0)
        + (select count(*) from payments.method m where position(${customer.token} in m::text) > 0)
        + (select count(*) from platform.outbox o where position(${customer.token} in o::text) > 0) as found`.execute(
      world.db,
    )
    expect(rows[0]?.found).toBe(0)
  })
})

it('the token of a first payment at Toss is had again when its answer was lost', async () => {
  const { fault, place, begun, agree, methodsOf, pass, state, moves } = await shop('toss')
  for (const operation of ['billing_issue', 'billing_charge']) {
    await fault(operation, { kind: 'reset_after' })
    const order = await place(21_000, undefined, true)
    const attempt = await begun(order)
    await agree(attempt)
    await pass({ seconds: 15 })
    await pass({ minutes: 1 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(await methodsOf(order.owner)).toMatchObject([{ state: 'active', issued_by: attempt.id }])
    expect(await moves(attempt.id)).toEqual(['charge 21000'])
  }
})
