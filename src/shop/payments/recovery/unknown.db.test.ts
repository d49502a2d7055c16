import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../platform/resilience/poll-until.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { Capabilities } from '../provider.ts'
import { completeCheckout } from '../sending/complete-checkout.ts'
import { declined, gate, invalid, scriptedProvider, timeout, unavailable } from '../testing-provider.ts'
import { lookUpDue } from './look-up.ts'
import { sweepAttempts } from './sweep-attempts.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

function shop(capabilities: Partial<Capabilities> = {}) {
  const played = scriptedProvider('kakaopay', capabilities)
  return { ...played, ...shopOf(world, world.depsWith(played.provider)) }
}

describe('an answer that never came', () => {
  it('timed out after the charge: the look-up finds it, and nothing is sent again', async () => {
    const { place, begun, back, script, charges, calls, order, close, pass, state, ledger } = shop()
    const placed = await place()
    script.complete.push({ answer: timeout })
    const attempt = await back(await begun(placed))
    expect(attempt).toMatchObject({ state: 'unknown', unknown_reason: 'timeout' })
    expect(await close(placed.id)).toBe('in_flight')
    await pass({ seconds: 9 })
    expect(calls).toEqual(['begin', 'complete'])
    await pass({ seconds: 1 })
    expect(await state(attempt?.id ?? '')).toBe('succeeded')
    expect(calls).toEqual(['begin', 'complete', 'lookup'])
    expect(charges).toEqual([attempt?.id])
    expect((await order(placed.id)).state).toBe('paid')
    expect(await ledger(attempt?.id ?? '')).toMatchObject({ 'receivable:kakaopay': 21_000 })
  })

  it('timed out before the charge: completed again, because that can take the money only once', async () => {
    const { place, begun, back, script, charges, calls, pass, state } = shop()
    script.complete.push({ effect: false, answer: timeout })
    const attempt = await back(await begun(await place()))
    await pass({ seconds: 10 })
    expect(await state(attempt?.id ?? '')).toBe('succeeded')
    expect(calls).toEqual(['begin', 'complete', 'lookup', 'complete'])
    expect(charges).toEqual([attempt?.id])
  })

  it('timed out before the charge, where completing twice is not safe: never sent again, not charged in the end', async () => {
    const { place, begun, back, script, charges, calls, pass, read, events, keep } = shop({
      completeIsIdempotent: false,
    })
    const placed = await place()
    script.complete.push({ effect: false, answer: timeout })
    const attempt = await back(await begun(placed))
    for (let minutes = 0; minutes < 30; minutes++) await pass({ minutes: 1 })
    expect((await read(attempt?.id ?? '')).attempt).toMatchObject({
      state: 'declined',
      decline_code: 'not_charged',
    })
    expect(calls.filter((call) => call === 'complete')).toHaveLength(1)
    expect(charges).toEqual([])
    expect(await events(attempt?.id ?? '')).toMatchObject([
      { type: 'ended', outcome: 'declined', code: 'not_charged' },
    ])
    await keep(placed.id)
    expect((await begun(placed)).state).toBe('awaiting_customer')
  })

  it('the process died after sending: the lease ends, then look-ups decide', async () => {
    const { place, begun, back, script, charges, pass, state, calls } = shop()
    const attempt = await begun(await place())
    script.complete.push({ answerAfter: new Promise(() => {}) })
    void back(attempt)
    await until(() => charges.length === 1, { deadlineMs: 5_000, what: 'the charge' })
    await pass({ seconds: 39 })
    expect(await state(attempt.id)).toBe('sent')
    await pass({ seconds: 1 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(calls).toEqual(['begin', 'complete', 'lookup'])
    expect(charges).toEqual([attempt.id])
  })

  it('the process died before the call left: completed by another one', async () => {
    const { place, begun, back, script, charges, pass, state } = shop()
    const attempt = await begun(await place())
    script.complete.push({ startAfter: new Promise(() => {}) })
    void back(attempt)
    await until(async () => (await state(attempt.id)) === 'sent', { deadlineMs: 5_000, what: 'sent' })
    await pass({ seconds: 40 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
  })

  it('the process died between the proof and the call: the sweeper completes it', async () => {
    const { place, begun, charges, pass, state } = shop()
    const attempt = await begun(await place())
    await sql`update payments.attempt set state = 'authorised', proof = '{"token":"t"}', next_look_at = ${world.clock.now()}
      where id = ${attempt.id}`.execute(world.db)
    await pass({ seconds: 5 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
  })

  it('eight resolvers at once look once and settle once', async () => {
    const { place, begun, back, script, calls, charges, deps, events } = shop()
    script.complete.push({ answer: timeout })
    const attempt = await back(await begun(await place()))
    world.clock.advance({ seconds: 10 })
    const looked = await Promise.all(Array.from({ length: 8 }, () => lookUpDue(deps)))
    expect(looked.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(calls.filter((call) => call === 'lookup')).toHaveLength(1)
    expect(charges).toEqual([attempt?.id])
    expect(await events(attempt?.id ?? '')).toHaveLength(1)
  })

  it('a success that comes after the lease ended is taken at once', async () => {
    const { place, begun, back, script, charges, state, deps, order } = shop()
    const placed = await place()
    const attempt = await begun(placed)
    const held = gate()
    script.complete.push({ answerAfter: held.opened })
    const late = back(attempt)
    await until(() => charges.length === 1, { deadlineMs: 5_000, what: 'the charge' })
    world.clock.advance({ minutes: 1 })
    await sweepAttempts(deps)
    expect(await state(attempt.id)).toBe('unknown')
    held.open()
    expect((await late)?.state).toBe('succeeded')
    expect((await order(placed.id)).state).toBe('paid')
  })

  it('a success that comes while a resolver looks is settled once by either of them', async () => {
    const { place, begun, back, script, charges, deps, events, ledger } = shop()
    const attempt = await begun(await place())
    const [answer, look] = [gate(), gate()]
    script.complete.push({ answerAfter: answer.opened })
    script.lookup.push(async (truth) => {
      await look.opened
      return truth
    })
    const late = back(attempt)
    await until(() => charges.length === 1, { deadlineMs: 5_000, what: 'the charge' })
    world.clock.advance({ minutes: 1 })
    await sweepAttempts(deps)
    const resolving = lookUpDue(deps)
    look.open()
    answer.open()
    await Promise.all([late, resolving])
    expect(await events(attempt.id)).toMatchObject([{ type: 'succeeded', late: false }])
    expect(await ledger(attempt.id)).toMatchObject({ 'receivable:kakaopay': 21_000 })
  })

  it('a refusal that comes after the lease ended changes nothing: the look-up decides', async () => {
    const { place, begun, back, script, state, deps } = shop()
    const attempt = await begun(await place())
    const held = gate()
    script.complete.push({ effect: false, answer: declined, answerAfter: held.opened })
    const late = back(attempt)
    await until(async () => (await state(attempt.id)) === 'sent', { deadlineMs: 5_000, what: 'sent' })
    world.clock.advance({ minutes: 1 })
    await sweepAttempts(deps)
    held.open()
    await late
    expect(await state(attempt.id)).toBe('unknown')
  })
})

describe('completing again', () => {
  it.each([
    ['declined', declined],
    ['rejected as invalid', invalid],
    ['not even sent', unavailable],
  ])(
    'and being %s says nothing about the first sending: it stays unknown and in flight',
    async (_, answer) => {
      const { place, begun, back, script, bank, charges, pass, state, close, order } = shop()
      const placed = await place()
      script.complete.push({ effect: false, answer: timeout }, { effect: false, answer })
      const attempt = await back(await begun(placed))
      await pass({ seconds: 10 })
      expect(await state(attempt?.id ?? '')).toBe('unknown')
      expect(await close(placed.id)).toBe('in_flight')
      // The first sending is charged after all.
      const payment = bank.get(attempt?.provider_ref ?? '')
      if (payment) payment.charged = true
      charges.push(attempt?.id ?? '')
      await pass({ seconds: 30 })
      expect(await state(attempt?.id ?? '')).toBe('succeeded')
      expect((await order(placed.id)).state).toBe('paid')
      expect(charges).toEqual([attempt?.id])
    },
  )

  it('happens a few times only; then the settle window of the last sending decides', async () => {
    const { place, begun, back, script, calls, pass, read } = shop()
    script.complete.push(...Array.from({ length: 9 }, () => ({ effect: false, answer: timeout })))
    const attempt = await back(await begun(await place()))
    const started = world.clock.now()
    let ended: Temporal.Instant | undefined
    for (let n = 0; n < 60 && !ended; n++) {
      await pass({ minutes: 1 })
      if ((await read(attempt?.id ?? '')).attempt.state === 'declined') ended = world.clock.now()
    }
    expect(calls.filter((call) => call === 'complete')).toHaveLength(4)
    const minutes = ended?.since(started).total('minutes') ?? 0
    expect(minutes).toBeGreaterThanOrEqual(25)
    expect(minutes).toBeLessThan(40)
  })

  it('is not done by a resolver whose look-up is older than the last sending', async () => {
    const { place, begun, back, script, calls, deps, pass, read } = shop()
    script.complete.push({ effect: false, answer: timeout }, { effect: false, answer: timeout })
    const stale = await back(await begun(await place()))
    if (!stale) throw new Error('no attempt')
    await pass({ seconds: 10 })
    expect((await read(stale.id)).attempt).toMatchObject({ state: 'unknown', send_no: stale.send_no + 1 })
    const before = calls.length
    await completeCheckout(deps, stale)
    expect(calls.length).toBe(before)
  })

  it('is not tried for an order that has ended; the look-ups go on', async () => {
    const { place, begun, back, script, calls, pass, read } = shop()
    const placed = await place()
    script.complete.push({ effect: false, answer: timeout })
    const attempt = await back(await begun(placed))
    await sql`update testing.purchase set state = 'closed' where id = ${placed.id}`.execute(world.db)
    await pass({ seconds: 10 })
    expect(calls).toEqual(['begin', 'complete', 'lookup'])
    const { next_look_at, state } = (await read(attempt?.id ?? '')).attempt
    expect(state).toBe('unknown')
    expect(next_look_at).toEqual(world.clock.now().add({ seconds: 30 }))
  })
})

describe('money that turns up late', () => {
  it('for an order that was closed meanwhile: recorded, and given back by itself', async () => {
    const { place, begun, back, script, pass, work, read, order, ledger, refunds, events } = shop()
    const placed = await place()
    script.complete.push({ answer: timeout })
    const attempt = await back(await begun(placed))
    const id = attempt?.id ?? ''
    await sql`update testing.purchase set state = 'closed' where id = ${placed.id}`.execute(world.db)
    await pass({ seconds: 10 })
    expect((await read(id)).attempt).toMatchObject({ state: 'succeeded_late', refund_reserved: 21_000 })
    expect(await work()).toBe(1)
    expect((await read(id)).attempt).toMatchObject({
      state: 'succeeded_late',
      refund_reserved: 0,
      refunded: 21_000,
    })
    expect(refunds).toEqual([{ ref: attempt?.provider_ref, amount: 21_000 }])
    expect(await ledger(id)).toEqual({ 'receivable:kakaopay': 0, sales: 0, vat: 0 })
    expect((await order(placed.id)).state).toBe('closed')
    expect(await events(id)).toMatchObject([
      { type: 'succeeded', late: true },
      { type: 'refunded', amount: 21_000, remaining: 0 },
    ])
  })

  it('for an attempt that had ended as not charged, while another one paid the order', async () => {
    const { place, begun, back, script, charges, pass, work, read, order, state, keep } = shop({
      completeIsIdempotent: false,
    })
    const placed = await place()
    const held = gate()
    const first = await begun(placed)
    script.complete.push({ answerAfter: held.opened })
    script.lookup.push(...Array.from({ length: 9 }, () => ({ kind: 'not_found' }) as const))
    const late = back(first)
    await until(() => charges.length === 1, { deadlineMs: 5_000, what: 'the charge' })
    for (let minutes = 0; minutes < 40; minutes++) await pass({ minutes: 1 })
    expect(await state(first.id)).toBe('declined')
    await keep(placed.id)
    const second = await back(await begun(placed))
    expect(second?.state).toBe('succeeded')
    held.open()
    expect((await late)?.state).toBe('succeeded_late')
    expect(await work()).toBe(1)
    expect((await read(first.id)).attempt.refunded).toBe(21_000)
    expect(await order(placed.id)).toMatchObject({ state: 'paid', paid_by: second?.id, refunded: 0 })
  })

  it('a success is never recorded twice, whatever order the news comes in', async () => {
    const { paid, deps, ledger } = shop()
    const { settleAttempt } = await import('../settling/settle-attempt.ts')
    const { attempt } = await paid()
    const payment = {
      ref: attempt.provider_ref ?? '',
      merchantRef: attempt.id,
      status: 'paid' as const,
      rawStatus: 'PAID',
      total: attempt.total,
      vat: attempt.vat,
      refundable: attempt.total,
      refunds: [],
      approvedAt: undefined,
      method: 'CARD',
      cashReceiptBy: 'nobody' as const,
    }
    for (const state of ['sent', 'unknown', 'declined'] as const) {
      expect(await settleAttempt(deps, { ...attempt, state }, { kind: 'paid', payment }, {})).toBeUndefined()
    }
    expect(await ledger(attempt.id)).toMatchObject({ 'receivable:kakaopay': 21_000 })
  })
})
