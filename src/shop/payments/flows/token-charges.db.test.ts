import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createPayments } from '../index.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { Capabilities } from '../provider.ts'
import { decideUnknown, lookUpAttemptNow } from '../recovery/decide-unknown.ts'
import { settleAttemptAsSeen } from '../settling/settle-attempt.ts'
import { paymentMethodsOf } from '../store/method-store.ts'
import {
  deadToken,
  declined,
  gate,
  invalid,
  scriptedProvider,
  timeout,
  unavailable,
} from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'
import { closeOpenAttempt } from './close-attempt.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

function shop(capabilities: Partial<Capabilities> = {}) {
  const evidenceOnly = { lookupByMerchantRef: false, revokesTokens: true, ...capabilities }
  const played = scriptedProvider('kakaopay', evidenceOnly, () => world.clock.now())
  const here = shopOf(world, world.depsWith(played.provider))
  return { ...played, ...here, ...tokensOf(world, here) }
}

describe('the first payment', () => {
  it('leaves exactly one stored method behind, encrypted, and tells the order which', async () => {
    const { place, begun, back, methodsOf, tokens, news, deps } = shop()
    const order = await place(21_000, newId(), true)
    const attempt = await begun(order)
    expect(attempt.mode).toBe('pay_and_issue_token')
    await Promise.all([back(attempt), back(attempt), back(attempt)])
    const methods = await methodsOf(order.owner)
    expect(methods).toMatchObject([{ state: 'active', issued_by: attempt.id, buyer_ref: attempt.buyer_ref }])
    const [method] = methods
    expect(await news(attempt.id)).toEqual([{ kind: 'paid', paymentMethodId: method?.id }])
    const [token] = tokens.keys()
    expect(deps.cipher.decrypt(method?.token ?? '', method?.id ?? '')).toBe(token)
    expect(() => deps.cipher.decrypt(method?.token ?? '', newId())).toThrow()
  })

  it('too late for its order: the money goes back, and so does the token', async () => {
    const { place, begun, back, methodOf, state, work, tell, tokens, refunds, script, pass } = shop()
    const order = await place(21_000, newId(), true)
    const attempt = await begun(order)
    const { opened, open } = gate()
    script.complete.push({ answerAfter: opened })
    const returned = back(attempt)
    await until(() => tokens.size === 1, { deadlineMs: 5_000, what: 'the charge' })
    await sql`update testing.purchase set state = 'closed' where id = ${order.id}`.execute(world.db)
    open()
    await returned
    expect(await state(attempt.id)).toBe('succeeded_late')
    const method = await methodOf(order.owner)
    expect(method.state).toBe('revoking')
    expect(await tell(method.id)).toBe(1)
    expect([...tokens.values()]).toMatchObject([{ active: false }])
    await work()
    await pass({ seconds: 1 })
    expect(refunds).toHaveLength(1)
  })

  it('of an ordinary order leaves nothing behind', async () => {
    const { paid, methodsOf } = shop()
    expect(await methodsOf((await paid()).attempt.owner_id)).toEqual([])
  })
})

describe('a charge by token', () => {
  it('is written first, sent after the commit, and settled with order, ledger and event', async () => {
    const { subscriber, prepared, send, state, order, ledger, events, news, charges, methodOf } = shop()
    const customer = await subscriber()
    const { order: placed, id } = await prepared(customer)
    expect(await state(id)).toBe('created')
    expect(charges).not.toContain(id)
    expect(await send(id)).toBe('paid')
    expect(await state(id)).toBe('succeeded')
    expect((await order(placed.id)).state).toBe('paid')
    expect(await ledger(id)).toEqual({ 'receivable:kakaopay': 11_000, sales: -10_000, vat: -1_000 })
    expect(await events(id)).toMatchObject([{ type: 'succeeded', total: 11_000, late: false }])
    expect(await news(id)).toEqual([{ kind: 'paid', paymentMethodId: customer.method.id }])
    expect((await methodOf(customer.owner)).last_charged_at).toEqual(world.clock.now())
  })

  it.each([
    ['a refusal', { effect: false, answer: declined }, 'declined', 'declined', 'retryable', 'active'],
    ['a dead token', { effect: false, answer: deadToken }, 'declined', 'declined', 'token_dead', 'dead'],
    ['a mistake of ours', { effect: false, answer: invalid }, 'failed', 'failed', undefined, 'active'],
  ] as const)(
    '%s ends it, and the order is told once',
    async (_, step, result, state, outcomeClass, after) => {
      const here = shop()
      const customer = await here.subscriber()
      here.script.charge.push(step)
      const { id, result: said } = await here.charged(customer)
      expect(said).toBe(result)
      expect(await here.state(id)).toBe(state)
      const outcome = {
        kind: state,
        code: step.answer.code,
        ...(outcomeClass ? { class: outcomeClass } : {}),
      }
      expect(await here.news(id)).toEqual([{ kind: 'ended', origin: 'token', outcome }])
      expect((await here.methodOf(customer.owner)).state).toBe(after)
      expect(await here.ledger(id)).toEqual({})
      if (after === 'dead') {
        const order = await here.place(1_000, customer.owner)
        expect(await here.prepare(order.id, customer.method.id)).toEqual({ kind: 'method_gone' })
        expect((await paymentMethodsOf(world.db, customer.owner))[0]?.state).toBe('dead')
      } else expect((await here.charged(customer)).result).toBe('paid')
    },
  )

  it('that surely was not sent is told as postponed and may be sent again, as the same attempt', async () => {
    const { subscriber, prepared, send, script, state, news, charges } = shop()
    const { id } = await prepared(await subscriber())
    script.charge.push({ effect: false, answer: unavailable })
    expect(await send(id)).toBe('not_sent')
    expect(await state(id)).toBe('created')
    expect(await news(id)).toEqual([{ kind: 'postponed', retryAfterMs: 2_000 }])
    expect(await send(id)).toBe('paid')
    expect(charges.filter((one) => one === id)).toHaveLength(1)
  })

  it('is sent by one of many at once', async () => {
    const { subscriber, prepared, send, charges, news } = shop()
    const { id } = await prepared(await subscriber())
    const results = await Promise.all(Array.from({ length: 8 }, () => send(id)))
    expect(results.toSorted()).toEqual(['paid', ...Array<string>(7).fill('stale')])
    expect(charges.filter((one) => one === id)).toHaveLength(1)
    expect(await news(id)).toHaveLength(1)
    expect(await send(newId())).toBe('stale')
  })

  it('whose process died before sending it keeps the token until it is sent', async () => {
    const { subscriber, prepared, prepare, place, send, pass, state } = shop()
    const customer = await subscriber()
    const { id } = await prepared(customer)
    await pass({ hours: 30 })
    expect(await state(id)).toBe('created')
    const other = await place(1_000, customer.owner)
    expect(await prepare(other.id, customer.method.id)).toMatchObject({ kind: 'method_busy' })
    expect(await send(id)).toBe('paid')
  })

  it('that is closed with its order before it was sent is told, and never sent', async () => {
    const { subscriber, prepared, send, close, news, charges, deps } = shop()
    const { order, id } = await prepared(await subscriber())
    expect(await close(order.id)).toBe('closed')
    expect(await news(id)).toEqual([
      { kind: 'ended', origin: 'token', outcome: { kind: 'cancelled', code: 'order_cancelled' } },
    ])
    expect(await send(id)).toBe('stale')
    expect(charges).not.toContain(id)
    expect(await transact(world.db, (tx) => closeOpenAttempt(deps, tx, order.id, 'x'))).toBe('none')
  })

  it('what was told is undone with everything else when somebody else settled it first', async () => {
    const { subscriber, prepared, send, read, script, news, deps, state } = shop()
    const { id } = await prepared(await subscriber())
    const { opened, open } = gate()
    script.charge.push({ answerAfter: opened })
    const sending = send(id)
    await until(async () => (await state(id)) === 'sent', { deadlineMs: 5_000, what: 'sent' })
    const { attempt } = await read(id)
    open()
    expect(await sending).toBe('paid')
    const settlements = [
      { kind: 'unknown', reason: 'timeout' },
      { kind: 'not_sent', retryAfterMs: 1 },
      { kind: 'failed', code: 'x', message: 'x' },
      { kind: 'declined', code: 'x', message: 'x', retry: 'final', scope: 'token' },
    ] as const
    for (const settlement of settlements)
      expect(await settleAttemptAsSeen(deps, attempt, settlement, {})).toBeUndefined()
    expect(await news(id)).toHaveLength(1)
    expect(await state(id)).toBe('succeeded')
  })
})

describe('who may be charged', () => {
  it('only the owner of the method, for an open order, without another open attempt', async () => {
    const { subscriber, prepare, prepared, place, close, begun } = shop()
    const customer = await subscriber()
    const strangers = await place(1_000)
    expect(await prepare(strangers.id, customer.method.id)).toEqual({ kind: 'method_gone' })
    expect(await prepare(strangers.id, newId())).toEqual({ kind: 'method_gone' })
    expect(await prepare(newId(), customer.method.id)).toMatchObject({ code: 'not_found' })
    const paying = await place(1_000, customer.owner)
    await begun(paying)
    expect(await prepare(paying.id, customer.method.id)).toMatchObject({ kind: 'attempt_open' })
    const closed = await place(1_000, customer.owner)
    await close(closed.id)
    expect(await prepare(closed.id, customer.method.id)).toMatchObject({ code: 'order_closed' })
    const { order } = await prepared(customer)
    expect(await prepare(order.id, customer.method.id)).toMatchObject({ kind: 'attempt_open' })
  })

  it('charges of one token never overlap, and never share a second', async () => {
    const { subscriber, prepare, place, send, charges } = shop()
    const { owner, method } = await subscriber()
    const orders = await Promise.all(Array.from({ length: 6 }, () => place(1_000, owner)))
    const results = await Promise.all(orders.map(({ id }) => prepare(id, method.id)))
    const won = results.flatMap((one) => (one.kind === 'prepared' ? [one] : []))
    expect(won).toMatchObject([{ provider: 'kakaopay' }])
    const busy = results.filter((one) => one.kind === 'method_busy')
    expect(busy).toHaveLength(5)
    expect(busy[0]).toMatchObject({ retryAfterMs: 2_000 })
    expect(await send(won[0]?.attemptId ?? '')).toBe('paid')
    const next = orders.find((_, index) => results[index]?.kind === 'method_busy')
    const again = () => prepare(next?.id ?? '', method.id)
    expect(await again()).toEqual({ kind: 'method_busy', retryAfterMs: 2_000 })
    world.clock.advance({ milliseconds: 1_999 })
    expect(await again()).toEqual({ kind: 'method_busy', retryAfterMs: 1 })
    world.clock.advance({ milliseconds: 1 })
    expect((await again()).kind).toBe('prepared')
    expect(charges).toHaveLength(2)
  })

  it('the distance holds by our own clock, however far off the clock of the bank is', async () => {
    const played = scriptedProvider('kakaopay', { lookupByMerchantRef: false }, () =>
      world.clock.now().subtract({ seconds: 90 }),
    )
    const here = shopOf(world, world.depsWith(played.provider))
    const { subscriber, charged, prepare } = tokensOf(world, here)
    const customer = await subscriber()
    expect((await charged(customer)).result).toBe('paid')
    const order = await here.place(1_000, customer.owner)
    expect(await prepare(order.id, customer.method.id)).toMatchObject({ kind: 'method_busy' })
    world.clock.advance({ seconds: 2 })
    played.script.charge.push({ answer: timeout })
    const { id } = await charged(customer)
    await here.pass({ seconds: 10 })
    expect(await here.state(id)).toBe('succeeded')
  })

  it('the database refuses a second open charge of a token, whatever the code does', async () => {
    const { subscriber, prepared, read, place } = shop()
    const customer = await subscriber()
    const { id } = await prepared(customer)
    const { attempt } = await read(id)
    const other = await place(1_000, customer.owner)
    const twice = sql`
      insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
        buyer_ref, return_key, created_at, updated_at, method_id)
      values (${newId()}, ${other.id}, ${attempt.owner_id}, 'kakaopay', 'token', 'pay', 'created', 1000, 91, 'x', 1,
        'x', 'x', ${world.clock.now()}, ${world.clock.now()}, ${attempt.method_id})`.execute(world.db)
    await expect(twice).rejects.toThrow(/attempt_one_per_token/)
  })
})

describe('an answer that never came', () => {
  it('after the charge: doubted, then paid by the evidence of the token, exactly once', async () => {
    const { subscriber, charged, script, news, state, pass, charges, order, ledger, calls } = shop()
    const customer = await subscriber()
    script.charge.push({ answer: timeout })
    const { id, result, order: placed } = await charged(customer)
    expect(result).toBe('unknown')
    expect(await news(id)).toEqual([{ kind: 'doubted' }])
    await pass({ seconds: 10 })
    expect(await state(id)).toBe('succeeded')
    expect((await order(placed.id)).state).toBe('paid')
    expect(charges.filter((one) => one === id)).toHaveLength(1)
    expect(calls.filter((one) => one === 'charge')).toHaveLength(1)
    expect(await ledger(id)).toMatchObject({ 'receivable:kakaopay': 11_000 })
    expect((await news(id)).map(({ kind }) => kind)).toEqual(['doubted', 'paid'])
  })

  it('nor did the charge: never sent again; after the window a person is asked', async () => {
    const { subscriber, charged, script, news, pass, read, calls, events } = shop()
    script.charge.push({ effect: false, answer: timeout })
    const { id } = await charged(await subscriber())
    for (const hours of [1, 5, 6, 6, 6]) await pass({ hours })
    expect((await read(id)).attempt).toMatchObject({ state: 'unknown', needs_review: true })
    await pass({ hours: 300 })
    expect(calls.filter((one) => one === 'charge')).toHaveLength(1)
    expect((await news(id)).map(({ kind }) => kind)).toEqual(['doubted'])
    expect((await events(id)).map(({ type }) => type)).toEqual(['needs-review'])
  })

  it('nor did the charge, where the policy says so: not charged, and told', async () => {
    const { subscriber, charged, script, news, pass, state, deps, methodOf } = shop()
    deps.settings = { ...deps.settings, unchangedEvidence: 'not_charged' }
    const customer = await subscriber()
    script.charge.push({ effect: false, answer: timeout })
    const { id } = await charged(customer)
    await pass({ hours: 1 })
    await pass({ hours: 22 })
    expect(await state(id)).toBe('unknown')
    await pass({ hours: 6 })
    expect(await state(id)).toBe('declined')
    expect((await news(id)).at(-1)).toEqual({
      kind: 'ended',
      origin: 'token',
      outcome: { kind: 'not_charged' },
    })
    expect((await methodOf(customer.owner)).state).toBe('active')
    expect((await charged(customer)).result).toBe('paid')
  })

  it('the process died after sending: doubted once by one of many sweepers, then paid', async () => {
    const { subscriber, prepared, send, script, sweep, news, state, charges } = shop()
    const { id } = await prepared(await subscriber())
    script.charge.push({ answerAfter: new Promise(() => {}) })
    void send(id)
    await until(() => charges.includes(id), { deadlineMs: 5_000, what: 'the charge' })
    world.clock.advance({ seconds: 40 })
    await Promise.all(Array.from({ length: 6 }, () => sweep()))
    await until(async () => (await state(id)) === 'succeeded', { deadlineMs: 5_000, what: 'paid' })
    expect((await news(id)).map(({ kind }) => kind)).toEqual(['doubted', 'paid'])
    expect(charges.filter((one) => one === id)).toHaveLength(1)
  })

  it('the answer comes after all: settled once, by it or by the look-up', async () => {
    const { subscriber, prepared, send, script, sweep, news, state, charges } = shop()
    const { id } = await prepared(await subscriber())
    const { opened, open } = gate()
    script.charge.push({ answerAfter: opened })
    const sending = send(id)
    await until(() => charges.includes(id), { deadlineMs: 5_000, what: 'the charge' })
    world.clock.advance({ seconds: 40 })
    open()
    const [result] = await Promise.all([sending, sweep(), sweep()])
    expect(['paid', 'stale']).toContain(result)
    expect(await state(id)).toBe('succeeded')
    expect((await news(id)).filter(({ kind }) => kind === 'paid')).toHaveLength(1)
  })

  it('a doubtful answer that names the payment: looked up by that name', async () => {
    const { subscriber, prepared, send, script, pass, read, bank } = shop()
    const { id } = await prepared(await subscriber())
    const ref = newId()
    script.charge.push({ answer: { kind: 'unknown', reason: 'mismatch', ref } })
    expect(await send(id)).toBe('unknown')
    expect((await read(id)).attempt.provider_ref).toBe(ref)
    await pass({ hours: 30 })
    await pass({ hours: 30 })
    await pass({ hours: 30 })
    await pass({ hours: 30 })
    // The bank does not know what it named: that proves nothing, not even after days.
    expect((await read(id)).attempt.state).toBe('unknown')
    const real = [...bank.values()].find((one) => one.merchantRef === id)
    bank.set(ref, {
      ...(real ?? { total: 0, merchantRef: '', approvedAt: undefined, refunds: [] }),
      ref,
      charged: true,
      final: true,
    })
    await pass({ hours: 30 })
    expect((await read(id)).attempt).toMatchObject({ state: 'succeeded', provider_ref: ref })
  })

  it('evidence that comes after its attempt has let go of the token is of another charge', async () => {
    const { subscriber, charged, script, read, deps } = shop()
    const customer = await subscriber()
    script.charge.push({ effect: false, answer: timeout })
    const { id } = await charged(customer)
    world.clock.advance({ hours: 24 })
    const later: string[] = []
    script.lookup.push(async () => {
      const decision = {
        attemptId: id,
        outcome: 'not_charged',
        evidence: '없음',
        operatorId: newId(),
      } as const
      await decideUnknown(deps, decision)
      later.push((await charged(customer)).id)
      return { kind: 'evidence', lastChargedAt: world.clock.now() }
    })
    await lookUpAttemptNow(deps, id)
    expect((await read(later[0] ?? '')).attempt.state).toBe('succeeded')
    expect((await read(id)).attempt.state).toBe('declined')
  })

  it('where a charge can be found by our reference, the look-up is certain', async () => {
    const { subscriber, charged, script, pass, read } = shop({ lookupByMerchantRef: true })
    const customer = await subscriber()
    script.charge.push({ answer: timeout })
    const { id } = await charged(customer)
    await pass({ seconds: 10 })
    expect((await read(id)).attempt).toMatchObject({ state: 'succeeded', provider_ref: expect.any(String) })
    world.clock.advance({ seconds: 2 })
    script.charge.push({ effect: false, answer: timeout })
    const { id: second } = await charged(customer)
    for (const minutes of [1, 5, 20]) await pass({ minutes })
    expect((await read(second)).attempt).toMatchObject({ state: 'declined', decline_code: 'not_charged' })
  })

  it('money that turns up after the end goes back, and is not told as paid', async () => {
    const { subscriber, charged, script, pass, read, deps, news } = shop()
    deps.settings = { ...deps.settings, unchangedEvidence: 'not_charged' }
    const customer = await subscriber()
    const { opened, open } = gate()
    script.charge.push({ answerAfter: opened, startAfter: opened })
    const sending = charged(customer)
    await until(async () => (await sentOf(customer.owner)) !== undefined, { deadlineMs: 5_000, what: 'sent' })
    const id = (await sentOf(customer.owner)) ?? ''
    await pass({ seconds: 40 })
    for (const hours of [1, 22, 6]) await pass({ hours })
    expect((await read(id)).attempt.state).toBe('declined')
    open()
    await sending
    const { attempt, refunds } = await read(id)
    expect(attempt).toMatchObject({ state: 'succeeded_late', refund_reserved: 11_000 })
    expect(refunds).toMatchObject([{ state: 'requested' }])
    expect((await news(id)).map(({ kind }) => kind)).toEqual(['doubted', 'ended'])
  })

  async function sentOf(owner: string): Promise<string | undefined> {
    const { rows } = await sql<{ id: string }>`
      select id from payments.attempt where owner_id = ${owner} and origin = 'token' and state = 'sent'`.execute(
      world.db,
    )
    return rows[0]?.id
  }
})

describe('what payments tell about their health', () => {
  it('a provider counts as closed to charges only while its breaker refuses them', () => {
    const played = scriptedProvider('kakaopay')
    const state: { charge: 'open' | 'half_open' } = { charge: 'open' }
    const payments = createPayments(world.depsWith({ ...played.provider, breakers: () => state }))
    expect(payments.breakerOpen('kakaopay')).toEqual({ open: true, retryAfterMs: expect.any(Number) })
    expect(payments.breakerOpen('toss').open).toBe(false)
    state.charge = 'half_open'
    expect(payments.breakerOpen('kakaopay')).toEqual({ open: false, retryAfterMs: 0 })
  })
})
