import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { refundOrder } from '../flows/refund-order.ts'
import { actor, paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { LookupResult } from '../provider.ts'
import { decideRefund, lookUpRefundNow } from '../recovery/decide-refund.ts'
import { sweepRefunds } from '../recovery/sweep-refunds.ts'
import { LOOK_DELAYS_SECONDS } from '../rules/look.ts'
import { sendRefund } from '../sending/send-refund.ts'
import { lockAttempt } from '../store/attempt-store.ts'
import { declined, gate, invalid, scriptedProvider, timeout, unavailable } from '../testing-provider.ts'
import { requestRefund } from './request-refund.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const NOTHING = { 'receivable:kakaopay': 0, sales: 0, vat: 0 }

function shop() {
  const played = scriptedProvider('kakaopay')
  return { ...played, ...shopOf(world, world.depsWith(played.provider)) }
}

/** A paid order whose full refund has been asked for. */
async function requested() {
  const here = shop()
  const { order, attempt } = await here.paid()
  const asked = await here.refund(attempt)
  if ('kind' in asked) throw new Error(asked.code)
  const refund = async () => {
    const row = (await here.read(attempt.id)).refunds.at(-1)
    if (!row) throw new Error('no refund')
    return row
  }
  return { ...here, placed: order, attempt, refund, refundId: (await refund()).id, ask: here.refund }
}

describe('giving everything back', () => {
  it('reserves, sends after the commit, and settles with ledger, order and event in one go', async () => {
    const { attempt, placed, read, work, order, ledger, events, refunds, refund } = await requested()
    expect((await read(attempt.id)).attempt).toMatchObject({ refund_reserved: 21_000, refunded: 0 })
    expect(await refund()).toMatchObject({
      state: 'requested',
      amount: 21_000,
      vat: 1_909,
      refundable_before: 21_000,
    })
    expect(await order(placed.id)).toMatchObject({ state: 'paid', refund_asked: true })
    expect(refunds).toEqual([])
    expect(await work()).toBe(1)
    expect((await read(attempt.id)).attempt).toMatchObject({ refund_reserved: 0, refunded: 21_000 })
    expect(await refund()).toMatchObject({ state: 'succeeded', finished_at: world.clock.now() })
    expect(await order(placed.id)).toMatchObject({ state: 'refunded', refunded: 21_000 })
    expect(await ledger(attempt.id)).toEqual(NOTHING)
    expect((await events(attempt.id)).at(-1)).toMatchObject({
      type: 'refunded',
      amount: 21_000,
      remaining: 0,
    })
  })

  it('asked for 10 times at once: one refund; a repeat with the same key gets the same answer', async () => {
    const { paid, refund, work, refunds, read } = shop()
    const { attempt } = await paid()
    const key = newId()
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () => refund(attempt)),
      refund(attempt, actor(attempt.owner_id), key),
      refund(attempt, actor(attempt.owner_id), key),
    ])
    const codes = answers.flatMap((one) => ('kind' in one ? [one.code] : []))
    expect(new Set(codes)).toEqual(new Set(['refund_in_progress']))
    expect(answers.length - codes.length).toBeLessThanOrEqual(2)
    await work()
    expect(refunds).toHaveLength(1)
    expect((await read(attempt.id)).refunds).toHaveLength(1)
    expect(await refund(attempt)).toMatchObject({ code: 'order_not_refundable' })
  })

  it('60 and 60 out of 100 at once: only one of them; the database itself refuses the sum', async () => {
    const { paid, deps } = shop()
    const { attempt } = await paid(10_000)
    const ask = () =>
      transact(world.db, async (tx) => {
        const locked = await lockAttempt(tx, attempt.id)
        if (!locked) throw new Error('gone')
        return requestRefund(deps, tx, {
          attempt: locked,
          part: { amount: won(6_000), taxFree: won(0) },
          reason: 'x',
          requestedBy: 'test',
        })
      })
    const both = await Promise.all([ask(), ask()])
    expect(both.map(({ kind }) => kind).sort()).toEqual(['refused', 'requested'])
    await expect(
      sql`update payments.attempt set refund_reserved = 10001 where id = ${attempt.id}`.execute(world.db),
    ).rejects.toThrow(/check constraint/)
  })

  it('in parts: the VAT of the parts is the VAT of the payment, and the order knows what remains', async () => {
    const { paid, deps, work, order, ledger, read } = shop()
    const { order: placed, attempt } = await paid(10_000)
    for (const amount of [3_333, 3_333, 3_334]) {
      await transact(world.db, async (tx) => {
        const locked = await lockAttempt(tx, attempt.id)
        if (!locked) throw new Error('gone')
        const asked = await requestRefund(deps, tx, {
          attempt: locked,
          part: { amount: won(amount), taxFree: won(0) },
          reason: 'x',
          requestedBy: 't',
        })
        expect(asked.kind).toBe('requested')
      })
      expect(await work()).toBe(1)
    }
    const { refunds } = await read(attempt.id)
    expect(refunds.reduce((sum, { vat }) => sum + vat, 0)).toBe(attempt.vat)
    expect(await ledger(attempt.id)).toEqual(NOTHING)
    expect((await order(placed.id)).state).toBe('refunded')
    const more = transact(world.db, (tx) =>
      refundOrder(deps, tx, { orderId: placed.id, reason: 'x', requestedBy: 't' }),
    )
    expect(await more).toMatchObject({ code: 'payment_not_refundable' })
  })

  it('in parts of which some are tax-free: tax-free, taxed and VAT go back as they were paid, to the won', async () => {
    const { paid, deps, work, read, ledger } = shop()
    const { attempt } = await paid(10_000, { taxFree: 3_000 })
    expect(attempt).toMatchObject({ tax_free: 3_000, vat: 636 })
    const ask = (part: { amount: number; taxFree: number } | 'rest') =>
      transact(world.db, async (tx) => {
        const locked = await lockAttempt(tx, attempt.id)
        if (!locked) throw new Error('gone')
        const amounts = part === 'rest' ? part : { amount: won(part.amount), taxFree: won(part.taxFree) }
        return requestRefund(deps, tx, { attempt: locked, part: amounts, reason: 'x', requestedBy: 't' })
      })
    for (const part of [{ amount: 2_000, taxFree: 1_000 }, { amount: 3_333, taxFree: 0 }, 'rest'] as const) {
      expect((await ask(part)).kind).toBe('requested')
      expect(await work()).toBe(1)
    }
    const { refunds } = await read(attempt.id)
    expect(refunds.map(({ amount, tax_free, vat }) => [amount, tax_free, vat])).toEqual([
      [2_000, 1_000, 91],
      [3_333, 0, 303],
      [4_667, 2_000, 242],
    ])
    expect(await ledger(attempt.id)).toEqual(NOTHING)
  })

  it('with other taxes than were paid are refused by the database itself', async () => {
    const { paid } = shop()
    const { attempt } = await paid(10_000, { taxFree: 3_000 })
    const write = (amount: number, taxFree: number, vat: number) =>
      sql`insert into payments.refund (id, attempt_id, order_id, amount, tax_free, vat, reason, requested_by, state,
          refundable_before, created_at, updated_at, next_look_at)
        values (${newId()}, ${attempt.id}, ${attempt.order_id}, ${amount}, ${taxFree}, ${vat}, 'x', 't', 'requested',
          10000, now(), now(), now())`.execute(world.db)
    for (const [amount, taxFree, vat] of [
      [3_001, 3_001, 0],
      [7_001, 0, 636],
      [7_000, 0, 637],
      [10_000, 3_000, 635],
    ] as const)
      await expect(write(amount, taxFree, vat)).rejects.toThrow('other taxes than were paid')
    await expect(write(1_000, 950, 51)).rejects.toThrow('refund_taxes')
    await write(10_000, 3_000, 636)
  })

  it('in parts by one operator: as much of a payment in all as one person may decide about', async () => {
    const { paid, deps, work } = shop()
    const { order: placed } = await paid(10_000)
    const careful = { ...deps, settings: { ...deps.settings, aloneUpTo: won(5_000) } }
    const ask = (amount: number, byOperator: boolean) =>
      transact(world.db, (tx) =>
        refundOrder(careful, tx, {
          orderId: placed.id,
          part: { amount: won(amount), taxFree: won(0) },
          reason: 'x',
          requestedBy: 't',
          byOperator,
        }),
      )
    expect(await ask(5_001, true)).toMatchObject({ code: 'refund_beyond_one_person' })
    expect((await ask(3_000, true)).kind).toBe('requested')
    expect(await work()).toBe(1)
    expect(await ask(2_001, true)).toMatchObject({ code: 'refund_beyond_one_person' })
    expect((await ask(2_001, false)).kind).toBe('requested')
  })

  it('more than is left is refused', async () => {
    const { paid, deps } = shop()
    const { attempt } = await paid(10_000)
    const asked = await transact(world.db, (tx) =>
      requestRefund(deps, tx, {
        attempt,
        part: { amount: won(10_001), taxFree: won(0) },
        reason: 'x',
        requestedBy: 't',
      }),
    )
    expect(asked).toMatchObject({ code: 'refund_exceeds_payment', facts: { refundable: 10_000 } })
  })

  it('is for the owner before shipping and for operators; a stranger learns nothing', async () => {
    const { paid, refund, place, begun } = shop()
    const { order: placed, attempt } = await paid()
    expect(await refund(attempt, actor(newId()))).toMatchObject({ code: 'not_found' })
    expect(await refund({ ...attempt, id: newId() })).toMatchObject({ code: 'not_found' })
    await sql`update testing.purchase set shipped = true where id = ${placed.id}`.execute(world.db)
    expect(await refund(attempt)).toMatchObject({ code: 'order_not_refundable' })
    expect(await refund(attempt, actor(newId(), 'merchant'))).toMatchObject({ attempt: { id: attempt.id } })
    const waiting = await begun(await place())
    expect(await refund(waiting)).toMatchObject({ code: 'order_not_refundable' })
  })
})

describe('an answer about a refund that never came', () => {
  it('timed out after the effect: the look-up finds it, and nothing is sent again', async () => {
    const { work, refund, script, refunds, calls, pass, ledger, attempt } = await requested()
    script.refund.push({ answer: timeout })
    await work()
    expect((await refund()).state).toBe('unknown')
    await pass({ seconds: 10 })
    expect((await refund()).state).toBe('succeeded')
    expect(refunds).toHaveLength(1)
    expect(calls.filter((call) => call === 'refund')).toHaveLength(1)
    expect(await ledger(attempt.id)).toEqual(NOTHING)
  })

  it('timed out before the effect: seen untouched twice, then sent again once', async () => {
    const { work, refund, script, refunds, calls, pass } = await requested()
    script.refund.push({ effect: false, answer: timeout })
    await work()
    await pass({ seconds: 10 })
    expect((await refund()).state).toBe('unknown')
    await pass({ seconds: 30 })
    expect(await refund()).toMatchObject({ state: 'succeeded', send_no: 2 })
    expect(refunds).toHaveLength(1)
    expect(calls.filter((call) => call === 'refund')).toHaveLength(2)
  })

  it('to be sent again, but not then: a stored command of its own does, at once', async () => {
    const { work, refund, script, refunds, pass } = await requested()
    script.refund.push({ effect: false, answer: timeout }, { effect: false, answer: unavailable })
    await work()
    await pass({ seconds: 10 })
    await pass({ seconds: 30 })
    expect(await refund()).toMatchObject({ state: 'requested', send_no: 2 })
    expect(await work()).toBe(1)
    expect(await refund()).toMatchObject({ state: 'succeeded', send_no: 3 })
    expect(refunds).toHaveLength(1)
  })

  it('sent again although the first took effect after all: the guard stops it, and the look-up settles it', async () => {
    const { work, refund, script, refunds, pass } = await requested()
    // The provider's reads lag behind: twice they still show the payment as it was.
    const stale = (truth: LookupResult): LookupResult =>
      truth.kind === 'found'
        ? { kind: 'found', payment: { ...truth.payment, refundable: won(21_000), refunds: [] } }
        : truth
    script.refund.push({ answer: timeout })
    script.lookup.push(stale, stale)
    await work()
    await pass({ seconds: 10 })
    await pass({ seconds: 30 })
    expect(await refund()).toMatchObject({ state: 'unknown', send_no: 2 })
    await pass({ minutes: 2 })
    expect((await refund()).state).toBe('succeeded')
    expect(refunds).toHaveLength(1)
  })

  it('the process died after sending: the lease ends, then the look-up decides', async () => {
    const { refund, refundId, script, refunds, pass, deps } = await requested()
    script.refund.push({ answerAfter: new Promise(() => {}) })
    void sendRefund(deps, refundId)
    await until(() => refunds.length === 1, { deadlineMs: 5_000, what: 'the refund' })
    await pass({ seconds: 39 })
    expect((await refund()).state).toBe('sent')
    await pass({ seconds: 1 })
    expect((await refund()).state).toBe('succeeded')
    expect(refunds).toHaveLength(1)
  })

  it('the command is lost: the sweeper sends it; and command and sweepers together send it once', async () => {
    const { refund, refundId, deps, calls, pass } = await requested()
    await pass({ minutes: 9 })
    expect((await refund()).state).toBe('requested')
    world.clock.advance({ minutes: 1 })
    await Promise.all([
      sweepRefunds(deps),
      sendRefund(deps, refundId),
      sweepRefunds(deps),
      sendRefund(deps, refundId),
    ])
    expect((await refund()).state).toBe('succeeded')
    expect(calls.filter((call) => call === 'refund')).toHaveLength(1)
  })

  it('could not be sent at all: the command fails, to be tried again, and then goes through', async () => {
    const { work, refund, refundId, script, refunds, deps } = await requested()
    script.refund.push({ effect: false, answer: unavailable })
    await expect(sendRefund(deps, refundId)).rejects.toThrow(/could not be sent/)
    expect((await refund()).state).toBe('requested')
    expect(await work()).toBe(1)
    expect((await refund()).state).toBe('succeeded')
    expect(refunds).toHaveLength(1)
  })

  it('comes after the lease ended: counted at once', async () => {
    const { refund, refundId, script, refunds, pass, deps, ledger, attempt } = await requested()
    const held = gate()
    script.refund.push({ answerAfter: held.opened })
    script.lookup.push({ kind: 'error', reason: 'timeout' })
    const late = sendRefund(deps, refundId)
    await until(() => refunds.length === 1, { deadlineMs: 5_000, what: 'the refund' })
    await pass({ minutes: 1 })
    expect((await refund()).state).toBe('unknown')
    held.open()
    await late
    expect((await refund()).state).toBe('succeeded')
    expect(await ledger(attempt.id)).toEqual(NOTHING)
  })

  it('sent again and declined: that says nothing about the first sending, so nothing is freed', async () => {
    const { work, refund, script, read, attempt, pass } = await requested()
    script.refund.push({ effect: false, answer: timeout }, { effect: false, answer: declined })
    await work()
    await pass({ seconds: 10 })
    await pass({ seconds: 30 })
    expect(await refund()).toMatchObject({ state: 'unknown', send_no: 2 })
    expect((await read(attempt.id)).attempt.refund_reserved).toBe(21_000)
  })

  it('comes late, while the look-up settles it: counted once', async () => {
    for (let round = 0; round < 5; round++) {
      const { refund, refundId, script, refunds, pass, deps, ledger, attempt, events, order, placed } =
        await requested()
      const [answer, look] = [gate(), gate()]
      script.refund.push({ answerAfter: answer.opened })
      script.lookup.push(async (truth) => {
        await look.opened
        return truth
      })
      const late = sendRefund(deps, refundId)
      await until(() => refunds.length === 1, { deadlineMs: 5_000, what: 'the refund' })
      const swept = pass({ minutes: 1 })
      await until(async () => (await refund()).state === 'unknown', { deadlineMs: 5_000, what: 'doubt' })
      look.open()
      answer.open()
      await Promise.all([late, swept])
      expect((await refund()).state).toBe('succeeded')
      expect(await ledger(attempt.id)).toEqual(NOTHING)
      expect((await events(attempt.id)).filter(({ type }) => type === 'refunded')).toHaveLength(1)
      expect((await order(placed.id)).refunded).toBe(21_000)
    }
  })
})

describe('a refund that is refused', () => {
  it('by decline: the reservation is free again, a person is told, and it may be asked for again', async () => {
    const { work, refund, script, read, attempt, ask, refunds, events, ledger, order, placed } =
      await requested()
    script.refund.push({ effect: false, answer: declined })
    await work()
    expect(await refund()).toMatchObject({ state: 'declined', decline_code: declined.code })
    expect((await order(placed.id)).refund_asked).toBe(false)
    expect((await read(attempt.id)).attempt).toMatchObject({ refund_reserved: 0, refunded: 0 })
    expect((await events(attempt.id)).at(-1)).toMatchObject({ type: 'needs-review' })
    expect(await ledger(attempt.id)).toMatchObject({ 'receivable:kakaopay': 21_000 })
    expect('kind' in (await ask(attempt))).toBe(false)
    await work()
    expect((await refund()).state).toBe('succeeded')
    expect(refunds).toHaveLength(1)
  })

  it('as invalid, again and again: sent four times at most, then a person is asked, once', async () => {
    const { work, refund, script, calls, pass, events, attempt } = await requested()
    script.refund.push(...Array.from({ length: 9 }, () => ({ effect: false, answer: invalid })))
    await work()
    for (const seconds of LOOK_DELAYS_SECONDS) await pass({ seconds })
    expect(await refund()).toMatchObject({ state: 'unknown', needs_review: true, next_look_at: null })
    expect(calls.filter((call) => call === 'refund')).toHaveLength(4)
    expect((await events(attempt.id)).filter(({ type }) => type === 'needs-review')).toHaveLength(1)
  })

  it('of a late payment: an operator can have it sent again', async () => {
    const { place, begun, back, script, pass, work, refund, read, refunds } = shop()
    const placed = await place()
    script.complete.push({ answer: timeout })
    script.refund.push({ effect: false, answer: declined })
    const attempt = await back(await begun(placed))
    if (!attempt) throw new Error('no attempt')
    await sql`update testing.purchase set state = 'closed' where id = ${placed.id}`.execute(world.db)
    await pass({ seconds: 10 })
    await work()
    expect((await read(attempt.id)).attempt).toMatchObject({
      state: 'succeeded_late',
      refunded: 0,
      refund_reserved: 0,
    })
    expect(refunds).toEqual([])
    expect('kind' in (await refund(attempt, actor(newId(), 'admin')))).toBe(false)
    await work()
    expect((await read(attempt.id)).attempt.refunded).toBe(21_000)
    expect(await refund(attempt, actor(newId(), 'admin'))).toMatchObject({ code: 'payment_not_refundable' })
  })
})

describe('a refund only a person can settle', () => {
  async function stuck() {
    const here = await requested()
    here.script.refund.push({ answer: timeout })
    here.script.lookup.push(
      ...LOOK_DELAYS_SECONDS.map(() => ({ kind: 'error', reason: 'http_5xx' }) as const),
    )
    await here.work()
    for (const seconds of LOOK_DELAYS_SECONDS) await here.pass({ seconds })
    expect(await here.refund()).toMatchObject({ state: 'unknown', needs_review: true })
    return here
  }
  const decision = (refundId: string) => ({ refundId, evidence: 'partner center', operatorId: 'op' })

  it('given: settled like any other', async () => {
    const { refundId, deps, ledger, attempt, order, placed } = await stuck()
    expect(await decideRefund(deps, { ...decision(refundId), outcome: 'given' })).toMatchObject({
      code: 'provider_ref_required',
    })
    const given = { ...decision(refundId), outcome: 'given', providerRefundId: 'console-1' } as const
    expect(await decideRefund(deps, given)).toMatchObject({
      state: 'succeeded',
      provider_refund_id: 'console-1',
    })
    expect(await decideRefund(deps, given)).toMatchObject({ code: 'refund_settled' })
    expect(await decideRefund(deps, { ...given, refundId: newId() })).toMatchObject({ code: 'not_found' })
    expect(await ledger(attempt.id)).toEqual(NOTHING)
    expect((await order(placed.id)).state).toBe('refunded')
  })

  it('not given: the amount is free for a new refund', async () => {
    const { refundId, deps, read, attempt, order, placed, script } = await stuck()
    // The provider has the refund in its books, and nobody decides against that.
    const notGiven = { ...decision(refundId), outcome: 'not_given' } as const
    expect(await decideRefund(deps, notGiven)).toMatchObject({ code: 'provider_contradicts' })
    script.lookup.push({ kind: 'no_answer', reason: 'timeout' })
    expect(await decideRefund(deps, notGiven)).toMatchObject({
      state: 'declined',
    })
    expect((await read(attempt.id)).attempt).toMatchObject({ refund_reserved: 0, refunded: 0 })
    expect((await order(placed.id)).refund_asked).toBe(false)
  })

  it('looked at again: a new schedule, and here it settles itself', async () => {
    const { refundId, deps, refunds } = await stuck()
    expect(await lookUpRefundNow(deps, refundId)).toMatchObject({ state: 'succeeded' })
    expect(await lookUpRefundNow(deps, newId())).toMatchObject({ code: 'not_found' })
    expect(refunds).toHaveLength(1)
  })

  it('an answer "given" for a refund closed as not given is not dropped: a person is told', async () => {
    const { refundId, refund, script, refunds, deps, pass, attempt, events, read } = await requested()
    const held = gate()
    script.refund.push({ answerAfter: held.opened })
    const late = sendRefund(deps, refundId)
    await until(() => refunds.length === 1, { deadlineMs: 5_000, what: 'the refund' })
    script.lookup.push({ kind: 'error', reason: 'timeout' })
    await pass({ minutes: 1 })
    script.lookup.push({ kind: 'no_answer', reason: 'timeout' })
    expect(await decideRefund(deps, { ...decision(refundId), outcome: 'not_given' })).toMatchObject({
      state: 'declined',
    })
    held.open()
    await late
    expect((await refund()).state).toBe('declined')
    expect((await events(attempt.id)).at(-1)).toMatchObject({ type: 'needs-review', refundId })
    expect((await read(attempt.id)).attempt.refunded).toBe(0)
  })
})

describe('the ledger', () => {
  it('can be neither changed nor deleted nor emptied', async () => {
    const { paid } = shop()
    const { attempt } = await paid()
    const changes = [
      sql`update payments.ledger_entry set amount = amount + 1 where attempt_id = ${attempt.id}`,
      sql`delete from payments.ledger_entry where attempt_id = ${attempt.id}`,
      sql`truncate payments.ledger_entry`,
    ]
    for (const change of changes) await expect(change.execute(world.db)).rejects.toThrow(/append-only/)
  })

  it('takes no transaction that does not balance, and none twice', async () => {
    const { paid } = shop()
    const { attempt } = await paid()
    const entry = (id: string, account: string, amount: number) => sql`
      insert into payments.ledger_entry (transaction_id, account, amount, attempt_id, posted_at)
      values (${id}, ${account}, ${amount}, ${attempt.id}, now())`
    await expect(entry(newId(), 'sales', 5).execute(world.db)).rejects.toThrow(/does not balance/)
    await expect(entry(attempt.id, 'sales', 5).execute(world.db)).rejects.toThrow(/duplicate key/)
    const id = newId()
    await world.db.transaction().execute(async (tx) => {
      await entry(id, 'sales', 5).execute(tx)
      await entry(id, 'vat', -5).execute(tx)
    })
  })

  it('one success per order, whatever the code does', async () => {
    const { paid } = shop()
    const { attempt } = await paid()
    await expect(
      sql`insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name,
            quantity, buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
          select ${newId()}, order_id, owner_id, provider, origin, mode, state, total, vat, item_name,
            quantity, buyer_ref, return_key, 'another', paid_at, created_at, updated_at
          from payments.attempt where id = ${attempt.id}`.execute(world.db),
    ).rejects.toThrow(/attempt_one_success/)
  })
})
