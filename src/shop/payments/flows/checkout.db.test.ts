import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import type { Payable } from '../payable.ts'
import { actor, paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { readAttempt } from '../store/attempt-store.ts'
import {
  declined,
  gate,
  invalid,
  MADE_UP,
  scriptedProvider,
  timeout,
  unavailable,
} from '../testing-provider.ts'
import { returnedFromCheckout } from './checkout-visit.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

function shop() {
  const played = scriptedProvider('kakaopay')
  const other = scriptedProvider('toss')
  return { ...played, other, ...shopOf(world, world.depsWith(played.provider, other.provider)) }
}

describe('beginning to pay', () => {
  it('gives the page of the provider, and keeps the order for as long as the page is valid', async () => {
    const { place, begun, order, read } = shop()
    const placed = await place()
    const attempt = await begun(placed)
    expect(attempt).toMatchObject({ state: 'awaiting_customer', total: 21_000, vat: 1_909, tax_free: 0 })
    expect(attempt.redirect_url).toBe(`https://pay.test/${attempt.provider_ref}`)
    expect(attempt.expires_at).toEqual(world.clock.now().add({ minutes: 15 }))
    const kept = (await order(placed.id)).expires_at
    expect(kept.since(world.clock.now()).total('minutes')).toBeGreaterThanOrEqual(17)
    expect((await read(attempt.id)).refunds).toEqual([])
  })

  it('gives 20 parallel repeats with one key one attempt, made with one call', async () => {
    const { place, begin, calls } = shop()
    const placed = await place()
    const key = newId()
    const answers = await Promise.all(Array.from({ length: 20 }, () => begin(placed, key)))
    expect(new Set(answers.map((one) => ('kind' in one ? one.code : one.id))).size).toBe(1)
    expect(calls).toEqual(['begin'])
  })

  it('lets parallel requests with different keys make one attempt; the others are told to wait', async () => {
    const { place, begin, calls } = shop()
    const placed = await place()
    const answers = await Promise.all(Array.from({ length: 10 }, () => begin(placed)))
    const made = new Set(answers.flatMap((one) => ('kind' in one ? [] : [one.id])))
    const codes = new Set(answers.flatMap((one) => ('kind' in one ? [one.code] : [])))
    expect(made.size).toBe(1)
    expect([...codes]).toEqual(codes.size === 0 ? [] : ['payment_in_progress'])
    expect(calls).toEqual(['begin'])
  })

  it('gives the same page again while it is valid, and a new one afterwards', async () => {
    const { place, begun, state } = shop()
    const placed = await place()
    const first = await begun(placed)
    world.clock.advance({ minutes: 14 })
    expect((await begun(placed)).id).toBe(first.id)
    world.clock.advance({ minutes: 2 })
    const second = await begun(placed)
    expect(second.id).not.toBe(first.id)
    expect(await state(first.id)).toBe('cancelled')
  })

  it('ends the page of one provider when the customer chooses another; its late approval takes no money', async () => {
    const { place, begun, begin, back, charges, other } = shop()
    const placed = await place()
    const first = await begun(placed)
    const second = await begin(placed, newId(), 'toss')
    if ('kind' in second) throw new Error(second.code)
    expect((await back(first))?.state).toBe('cancelled')
    expect((await back(second))?.state).toBe('succeeded')
    expect(charges).toEqual([])
    expect(other.charges).toEqual([second.id])
  })

  it('asks for the page of the attempt that is kept, not of one whose transaction was undone and run again', async () => {
    const { place, begin, calls, deps } = shop()
    const placed = await place()
    const key = newId()
    await sql
      .raw(`
        create sequence testing.answer_no;
        create function testing.lose_plan_once() returns trigger language plpgsql as $$
        begin
          if nextval('testing.answer_no') = 1 then
            raise exception 'cached plan must not change result type' using errcode = '0A000';
          end if;
          return new;
        end $$;
        create trigger lose_plan_once before update on platform.idempotency_key
          for each row when (new.key = '${key}') execute function testing.lose_plan_once()`)
      .execute(world.db)
    const { lockForPayment } = deps.payable
    const repeats: ReturnType<typeof begin>[] = []
    const payable: Payable = {
      ...deps.payable,
      lockForPayment: async (tx, ...asked) => {
        // A repeat waits for this one, and is let in when it is undone.
        if (repeats.push(begin(placed, key)) === 1)
          await until(() => isWaitedFor(world.db), { deadlineMs: 5_000, what: 'the repeat that waits' })
        return lockForPayment(tx, ...asked)
      },
    }
    const answers = [
      await shopOf(world, { ...deps, payable }).begin(placed, key),
      ...(await Promise.all(repeats)),
    ]
    const { rows } = await sql<{ id: string }>`
      select id from payments.attempt where order_id = ${placed.id}`.execute(world.db)
    expect(rows.length).toBe(1)
    for (const answer of answers) expect(answer).toMatchObject({ ...rows[0], state: 'awaiting_customer' })
    expect(calls).toEqual(['begin'])
  })

  it('says when the provider cannot be reached, the same for a repeat, and lets a new try start', async () => {
    const { place, begin, script, events } = shop()
    const placed = await place()
    const key = newId()
    script.begin.push({ effect: false, answer: unavailable }, { effect: false, answer: timeout })
    expect(await begin(placed, key)).toMatchObject({ code: 'provider_unavailable' })
    expect(await begin(placed, key)).toMatchObject({ code: 'provider_unavailable' })
    expect(await begin(placed)).toMatchObject({ code: 'payment_not_started' })
    const attempt = await begin(placed)
    expect(attempt).toMatchObject({ state: 'awaiting_customer' })
    const { rows } = await sql<{ id: string; state: string }>`
      select id, state from payments.attempt where order_id = ${placed.id} order by id`.execute(world.db)
    expect(rows.map(({ state }) => state)).toEqual(['failed', 'failed', 'awaiting_customer'])
    expect(await events(rows[0]?.id ?? '')).toMatchObject([{ type: 'ended', outcome: 'failed' }])
  })

  it('ends an attempt whose process died before it had a page, and ignores the page that comes after', async () => {
    const { place, begin, begun, script, pass, state } = shop()
    const placed = await place()
    const held = gate()
    script.begin.push({ answerAfter: held.opened })
    const dead = begin(placed)
    const { id } = await until(() => only(placed.id), { deadlineMs: 5_000, what: 'the attempt' })
    await pass({ seconds: 30 })
    expect(await state(id)).toBe('failed')
    const next = await begun(placed)
    held.open()
    expect(await dead).toMatchObject({ code: 'payment_not_started' })
    expect(await state(next.id)).toBe('awaiting_customer')
  })

  it('refuses what cannot be paid, and answers a stranger like for an order that does not exist', async () => {
    const { place, begin, paid, close } = shop()
    const { order } = await paid()
    expect(await begin(order)).toMatchObject({ code: 'order_already_paid' })
    expect(await begin({ ...order, owner: newId() })).toMatchObject({ code: 'not_found' })
    expect(await begin({ id: newId(), owner: newId() })).toMatchObject({ code: 'not_found' })
    expect(await begin(await place(99))).toMatchObject({
      code: 'amount_below_minimum',
      facts: { minimum: 100 },
    })
    const closed = await place()
    await close(closed.id)
    expect(await begin(closed)).toMatchObject({ code: 'order_closed' })
    const alone = shopOf(world, world.depsWith(scriptedProvider('kakaopay').provider))
    expect(await alone.begin(await place(), newId(), 'toss')).toMatchObject({ code: 'provider_not_offered' })
  })

  it('checks the payer itself, too, whatever the order says', async () => {
    const deps = world.depsWith(scriptedProvider('kakaopay').provider)
    const { lockForPayment } = deps.payable
    const careless = { ...deps.payable, lockForPayment: (tx: Tx, id: string) => lockForPayment(tx, id) }
    const { place, begin } = shopOf(world, { ...deps, payable: careless })
    expect(await begin({ ...(await place()), owner: newId() })).toMatchObject({ code: 'not_found' })
  })

  it('never calls a provider for a stranger who asks about an order whose outcome is unknown', async () => {
    const { place, begun, back, begin, script, calls } = shop()
    const placed = await place()
    script.complete.push({ answer: timeout })
    await back(await begun(placed))
    world.clock.advance({ minutes: 1 })
    const before = calls.length
    expect(await begin({ id: placed.id, owner: newId() })).toMatchObject({ code: 'not_found' })
    expect(calls.length).toBe(before)
    expect(await begin(placed)).toMatchObject({ code: 'order_already_paid' })
    expect(calls.slice(before)).toEqual(['lookup'])
  })
})

describe('a made-up proof', () => {
  const forged = { token: MADE_UP }

  it('freezes nothing: the attempt waits on, and the true one still pays', async () => {
    const { place, begun, back, state, charges, close, order, news } = shop()
    const placed = await place()
    const attempt = await begun(placed)
    expect((await back(attempt, 'success', forged))?.state).toBe('awaiting_customer')
    expect((await back(attempt, 'success', forged))?.state).toBe('awaiting_customer')
    expect(charges).toEqual([])
    expect((await back(attempt))?.state).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
    expect((await news(attempt.id)).map(({ kind }) => kind)).toEqual(['paid'])
    // Another order can still be cancelled, or expires as if nobody had come.
    const other = await place()
    const left = await begun(other)
    await back(left, 'success', forged)
    expect(await close(other.id)).toBe('closed')
    expect(await state(left.id)).toBe('cancelled')
    expect((await order(other.id)).state).toBe('closed')
  })

  it('that arrives first makes the true one wait, not get lost', async () => {
    const { place, begun, back, script, provider, charges } = shop()
    const attempt = await begun(await place())
    const { completeCheckout } = provider
    const held = gate()
    provider.completeCheckout = async (input, call) => {
      if (input.proof.token === MADE_UP) await held.opened
      return completeCheckout(input, call)
    }
    const first = back(attempt, 'success', forged)
    await until(async () => (await readAttempt(world.db, attempt.id))?.state === 'sent', {
      deadlineMs: 5_000,
      what: 'the made-up one to be tried',
    })
    const second = back(attempt)
    held.open()
    expect((await second)?.state).toBe('succeeded')
    await first
    expect(charges).toEqual([attempt.id])
    expect(script.complete).toEqual([])
  })

  it('is a doubt after a sending of unknown outcome, and ends the attempt when there are too many', async () => {
    const { place, begun, back, script, sweep, state, events } = shop()
    const doubtful = await begun(await place())
    script.complete.push({ answer: timeout })
    await back(doubtful)
    expect((await back(doubtful, 'success', forged))?.state).toBe('unknown')
    world.clock.advance({ minutes: 1 })
    await sweep()
    expect(await state(doubtful.id)).toBe('succeeded')
    const spammed = await begun(await place())
    for (let n = 0; n < 9; n += 1)
      expect((await back(spammed, 'success', forged))?.state).toBe('awaiting_customer')
    expect((await back(spammed, 'success', forged))?.state).toBe('declined')
    expect(await events(spammed.id)).toMatchObject([{ type: 'ended', outcome: 'declined', code: '-708' }])
  })

  it('is asked under another idempotency key than the true one', async () => {
    const { place, begun, back, provider } = shop()
    const attempt = await begun(await place())
    const keys: string[] = []
    const { completeCheckout } = provider
    provider.completeCheckout = (input, call) => {
      keys.push(call.idempotencyKey)
      return completeCheckout(input, call)
    }
    await back(attempt, 'success', forged)
    await back(attempt, 'success', forged)
    await back(attempt)
    expect(keys[0]).toBe(keys[1])
    expect(new Set(keys).size).toBe(2)
  })
})

async function isWaitedFor(db: World['db']): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
    db,
  )
  return rows.length > 0
}

async function only(orderId: string): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from payments.attempt where order_id = ${orderId} and send_no = 1`.execute(world.db)
  return rows[0]
}

describe('coming back from the page', () => {
  it('completes once, however often and parallel the browser comes back', async () => {
    const { place, begun, back, charges, calls, order, events, ledger } = shop()
    const placed = await place()
    const attempt = await begun(placed)
    const returns = await Promise.all(Array.from({ length: 12 }, () => back(attempt)))
    expect(returns.map((one) => one?.state)).toEqual(Array(12).fill('succeeded'))
    expect((await back(attempt, 'success', { token: 'another' }))?.state).toBe('succeeded')
    expect((await back(attempt, 'cancel'))?.state).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
    expect(calls).toEqual(['begin', 'complete'])
    expect(await order(placed.id)).toMatchObject({ state: 'paid', paid_by: attempt.id })
    expect(await ledger(attempt.id)).toEqual({ 'receivable:kakaopay': 21_000, sales: -19_091, vat: -1_909 })
    expect(await events(attempt.id)).toMatchObject([
      { type: 'succeeded', late: false, total: 21_000, orderId: placed.id, ownerId: placed.owner },
    ])
  })

  it('forgets the proof once it is of no use', async () => {
    const { paid, read } = shop()
    const { attempt } = await paid()
    expect((await read(attempt.id)).attempt.proof).toBeNull()
  })

  it('knows nobody who comes with a wrong key', async () => {
    const { place, begun, state, deps } = shop()
    const attempt = await begun(await place())
    const wrong = {
      id: attempt.id,
      returnKey: 'x'.repeat(22),
      target: 'success' as const,
      query: { token: 't' },
    }
    expect(await returnedFromCheckout(deps, wrong)).toBeUndefined()
    expect(await returnedFromCheckout(deps, { ...wrong, id: newId() })).toBeUndefined()
    expect(await state(attempt.id)).toBe('awaiting_customer')
  })

  it('ends the attempt on cancel and on failure, and another may follow', async () => {
    const { place, begun, back, charges, events } = shop()
    const placed = await place()
    const first = await begun(placed)
    expect((await back(first, 'cancel'))?.state).toBe('cancelled')
    const second = await begun(placed)
    expect(await back(second, 'fail')).toMatchObject({ state: 'declined', decline_code: 'LIMIT' })
    const third = await begun(placed)
    expect((await back(third))?.state).toBe('succeeded')
    expect(charges).toEqual([third.id])
    expect(await events(first.id)).toMatchObject([{ type: 'ended', outcome: 'cancelled' }])
    expect(await events(second.id)).toMatchObject([{ type: 'ended', outcome: 'declined', code: 'LIMIT' }])
  })

  it('an approval and a cancel at the same time leave either a charge with a paid order or neither', async () => {
    for (let round = 0; round < 15; round++) {
      const { place, begun, back, charges, order, state } = shop()
      const placed = await place()
      const attempt = await begun(placed)
      await Promise.all([back(attempt), back(attempt, 'cancel'), back(attempt), back(attempt, 'cancel')])
      const paid = (await state(attempt.id)) === 'succeeded'
      expect(await state(attempt.id)).toBe(paid ? 'succeeded' : 'cancelled')
      expect(charges.length).toBe(paid ? 1 : 0)
      expect((await order(placed.id)).state).toBe(paid ? 'paid' : 'waiting')
    }
  })

  it('does not complete an approved payment because the cancel address was visited', async () => {
    const { place, begun, back, charges, script, state } = shop()
    const attempt = await begun(await place())
    script.complete.push({ effect: false, answer: unavailable })
    await back(attempt)
    expect(await state(attempt.id)).toBe('authorised')
    expect((await back(attempt, 'cancel'))?.state).toBe('authorised')
    expect(charges).toEqual([])
  })

  it('keeps what the browser brought while the order cannot be had, and completes it by itself later', async () => {
    const { provider, charges } = scriptedProvider('kakaopay')
    const deps = world.depsWith(provider)
    const { lockForPayment } = deps.payable
    const payable: Payable = {
      ...deps.payable,
      lockForPayment: async (tx, ...asked) => {
        await sql`set local lock_timeout = '50ms'`.execute(tx)
        return lockForPayment(tx, ...asked)
      },
    }
    const { place, begun, pass, state } = shopOf(world, deps)
    const { back } = shopOf(world, { ...deps, payable })
    const placed = await place()
    const attempt = await begun(placed)
    await transact(world.db, async (tx) => {
      await sql`select 1 from testing.purchase where id = ${placed.id} for update`.execute(tx)
      expect((await back(attempt))?.state).toBe('authorised')
    })
    expect(charges).toEqual([])
    await pass({ seconds: 6 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
  })

  it('keeps it whatever fails about the order, and completes it by itself once that works', async () => {
    const { provider, charges } = scriptedProvider('kakaopay')
    const deps = world.depsWith(provider)
    const { place, begun, pass, state, order } = shopOf(world, deps)
    const hold: Payable['lockForPayment'] = async (tx, id) => {
      await sql`update testing.purchase set state = 'closed' where id = ${id}`.execute(tx)
      throw new Error('the catalogue is away')
    }
    const failing = shopOf(world, { ...deps, payable: { ...deps.payable, lockForPayment: hold } })
    const placed = await place()
    const attempt = await begun(placed)
    await expect(failing.back(attempt)).rejects.toThrow('the catalogue is away')
    await failing.pass({ seconds: 6 })
    expect(await state(attempt.id)).toBe('authorised')
    expect((await order(placed.id)).state).toBe('waiting')
    expect(charges).toEqual([])
    await pass({ seconds: 15 })
    expect(await state(attempt.id)).toBe('succeeded')
    expect(charges).toEqual([attempt.id])
    // What is over is not taken up again by a browser that comes back to a failing shop.
    expect((await failing.back(attempt))?.state).toBe('succeeded')
  })

  it('an approval and the cancelling of the order at the same time agree on who was first', async () => {
    for (let round = 0; round < 15; round++) {
      const { place, begun, back, charges, order, close, state } = shop()
      const placed = await place()
      const attempt = await begun(placed)
      const [, closed] = await Promise.all([back(attempt), close(placed.id)])
      if (closed === 'closed') {
        expect([await state(attempt.id), (await order(placed.id)).state]).toEqual(['cancelled', 'closed'])
        expect(charges).toEqual([])
      } else {
        expect([await state(attempt.id), (await order(placed.id)).state]).toEqual(['succeeded', 'paid'])
        expect(charges).toEqual([attempt.id])
      }
    }
  })

  it('does not send an approved payment whose order has ended in the meantime', async () => {
    const { place, begun, back, charges, script, state, sweep } = shop()
    const placed = await place()
    const attempt = await begun(placed)
    script.complete.push({ effect: false, answer: unavailable })
    await back(attempt)
    await sql`update testing.purchase set state = 'closed' where id = ${placed.id}`.execute(world.db)
    world.clock.advance({ seconds: 10 })
    await sweep()
    expect(await state(attempt.id)).toBe('cancelled')
    expect(charges).toEqual([])
  })

  it('a declined payment frees the order, with the reason kept', async () => {
    const { place, begun, back, script, read, charges } = shop()
    const placed = await place()
    script.complete.push({ effect: false, answer: declined }, { effect: false, answer: invalid })
    const first = await back(await begun(placed))
    expect(first).toMatchObject({
      state: 'declined',
      decline_code: '-780:LACK_BALANCE',
      decline_retry: 'retryable',
    })
    const second = await back(await begun(placed))
    expect(second).toMatchObject({ state: 'failed', decline_code: '-701' })
    expect((await read(first?.id ?? '')).attempt.proof).toBeNull()
    expect((await back(await begun(placed)))?.state).toBe('succeeded')
    expect(charges.length).toBe(1)
  })

  it('a completion that surely was not sent is sent again by the sweeper, once, when its time has come', async () => {
    const { place, begun, back, script, state, pass, calls, deps } = shop()
    const attempt = await begun(await place())
    script.complete.push({ effect: false, answer: unavailable })
    expect((await back(attempt))?.state).toBe('authorised')
    await pass({ seconds: 1 })
    expect(await state(attempt.id)).toBe('authorised')
    world.clock.advance({ seconds: 2 })
    const { sweepAttempts } = await import('../recovery/sweep-attempts.ts')
    await Promise.all(Array.from({ length: 4 }, () => sweepAttempts(deps)))
    expect(await state(attempt.id)).toBe('succeeded')
    expect(calls).toEqual(['begin', 'complete', 'complete'])
  })

  it('a customer who never comes back: the attempt expires and nothing was charged, even if they come afterwards', async () => {
    const { place, begun, back, charges, pass, state, close } = shop()
    const placed = await place()
    const attempt = await begun(placed)
    await pass({ minutes: 14, seconds: 59 })
    expect(await state(attempt.id)).toBe('awaiting_customer')
    await pass({ seconds: 1 })
    expect(await state(attempt.id)).toBe('expired')
    expect((await back(attempt))?.state).toBe('expired')
    expect(charges).toEqual([])
    expect(await close(placed.id)).toBe('none')
  })

  it('holds no database connection while the provider is asked', async () => {
    const small = await paymentsWorld({ poolSize: 1 })
    try {
      const played = scriptedProvider('kakaopay')
      const here = shopOf(small, small.depsWith(played.provider))
      const attempts = [await here.begun(await here.place()), await here.begun(await here.place())]
      const held = gate()
      played.script.complete.push({ answerAfter: held.opened }, { answerAfter: held.opened })
      const both = Promise.all(attempts.map((attempt) => here.back(attempt)))
      await until(() => played.charges.length === 2, { deadlineMs: 5_000, what: 'both calls at once' })
      expect((await here.paid()).attempt.state).toBe('succeeded')
      held.open()
      expect((await both).map((one) => one?.state)).toEqual(['succeeded', 'succeeded'])
    } finally {
      await small.database.drop()
    }
  })
})

describe('who may see it', () => {
  it('the list shows one’s own payments only', async () => {
    const { paid } = shop()
    const { listPayments } = await import('../store/queries.ts')
    const { attempt } = await paid()
    await paid()
    const own = await listPayments(world.db, { ownerId: attempt.owner_id, limit: 100 })
    expect(own.map(({ attempt: { id } }) => id)).toEqual([attempt.id])
    expect(await listPayments(world.db, { ownerId: actor(newId()).userId, limit: 100 })).toEqual([])
  })
})

describe('the tax-free part', () => {
  it('that came to the provider as another than we asked for: our books and refunds follow the provider', async () => {
    const { paid, told, read, ledger, refund, work } = shop()
    told.taxFree = 15_000
    const { attempt } = await paid(21_000, { taxFree: 10_000 })
    expect(attempt).toMatchObject({ state: 'succeeded', total: 21_000, tax_free: 15_000, vat: 545 })
    expect(await ledger(attempt.id)).toMatchObject({ vat: -545 })
    const { rows } = await sql<{ note: object }>`
      select note from payments.history where attempt_id = ${attempt.id} and step = 'succeeded'`.execute(
      world.db,
    )
    expect(rows).toMatchObject([{ note: { taxFreeAsked: 10_000 } }])
    await refund(attempt)
    await work()
    expect((await read(attempt.id)).refunds).toMatchObject([
      { state: 'succeeded', amount: 21_000, tax_free: 15_000, vat: 545 },
    ])
  })

  it('that is the same, or of which nothing is told, stays', async () => {
    const { paid, told } = shop()
    told.taxFree = 10_000
    const same = { tax_free: 10_000, vat: 1_000 }
    expect((await paid(21_000, { taxFree: 10_000 })).attempt).toMatchObject(same)
    told.taxFree = undefined
    expect((await paid(21_000, { taxFree: 10_000 })).attempt).toMatchObject(same)
  })
})
