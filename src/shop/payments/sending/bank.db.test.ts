/** Payments with the real KakaoPay adapter against the bank's simulator, which keeps books of its own. */

import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  addFault,
  asObject,
  type Json,
  journal,
  request,
  testBank,
} from '../../../../simulators/bank/testing.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { adapter } from '../providers/kakaopay/kakaopay-testing.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { ledgerBalances } from '../store/queries.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

/** Never opens: the storm is about answers, not about the breaker. */
const PATIENT = { window: 10_000, minimumCalls: 10_000, failureRatio: 1, openMs: 1, halfOpenTrials: 1 }

let banks = 0

async function shop(timeoutMs = 2_000, seed = 1_000 + ++banks) {
  // Banks of one seed would give the same ids again, and they share our database.
  const bank = await testBank({ seed })
  const { provider } = adapter(bank.url, { breaker: PATIENT, maxConnections: 32 })
  const capabilities = { ...provider.capabilities, chargeTimeoutMs: timeoutMs, callTimeoutMs: 5_000 }
  const here = shopOf(world, world.depsWith({ ...provider, capabilities }))
  /** The customer presses a button on the bank's page and is sent back to us. */
  const press = async (attempt: Attempt, button: 'approve' | 'cancel' | 'fail', times = 1) => {
    const answer = await request(`${attempt.redirect_url}/${button}`, { method: 'POST', body: 'method=CARD' })
    const address = new URL(answer.headers.get('location') ?? '')
    const target = address.pathname.split('/').at(-1)
    if (target !== 'success' && target !== 'cancel' && target !== 'fail')
      throw new Error(`sent to ${address}`)
    const query = Object.fromEntries(address.searchParams)
    const returned = await Promise.all(Array.from({ length: times }, () => here.back(attempt, target, query)))
    const last = returned.at(-1)
    if (!last) throw new Error('our own address was not known')
    return last
  }
  const moves = async (attemptId: string) => {
    const rows = await journal(bank, `?partnerOrderId=${attemptId}`)
    return rows.flatMap(({ kind, amount }) =>
      kind === 'charge' || kind === 'refund' ? [`${kind} ${amount}`] : [],
    )
  }
  const fault = (operation: string, effect: Json, match: Json = { times: 1 }) =>
    addFault(bank, { operation, ...match }, effect)
  return { ...here, bank, press, moves, fault }
}

describe('with the bank', () => {
  it('pays, however often the browser comes back, and gives the money back', async () => {
    const { place, begun, press, moves, refund, work, order, read, ledger } = await shop()
    const placed = await place()
    const attempt = await press(await begun(placed), 'approve', 5)
    expect(attempt).toMatchObject({
      state: 'succeeded',
      method: expect.stringMatching(/^카카오페이 .+\*{4}/),
    })
    expect(await moves(attempt.id)).toEqual(['charge 21000'])
    await refund(attempt)
    expect(await work()).toBe(1)
    expect(await moves(attempt.id)).toEqual(['charge 21000', 'refund 21000'])
    expect((await order(placed.id)).state).toBe('refunded')
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'succeeded', vat: 1_909 }])
    expect(await ledger(attempt.id)).toEqual({ 'receivable:kakaopay': 0, sales: 0, vat: 0 })
  })

  it('is told of a cancelled and of a failed payment, and can be paid afterwards', async () => {
    const { place, begun, press, moves } = await shop()
    const placed = await place()
    expect((await press(await begun(placed), 'cancel')).state).toBe('cancelled')
    expect((await press(await begun(placed), 'fail')).state).toBe('declined')
    const third = await press(await begun(placed), 'approve')
    expect(third.state).toBe('succeeded')
    expect(await moves(third.id)).toEqual(['charge 21000'])
  })

  it.each<[string, Json, string, number]>([
    ['no answer after the charge', { kind: 'timeout_after' }, 'unknown', 10],
    ['no answer and no charge', { kind: 'timeout_before' }, 'unknown', 10],
    ['a connection cut after the charge', { kind: 'reset_after' }, 'unknown', 10],
    ['a connection cut before the charge', { kind: 'reset_before' }, 'unknown', 10],
    ['a server error after the charge', { kind: 'http_5xx', sideEffect: true }, 'unknown', 10],
    ['half an answer', { kind: 'bad_body', form: 'truncated' }, 'unknown', 10],
    ['a maintenance page with status 200', { kind: 'bad_body', form: 'html' }, 'unknown', 10],
    ['an answer about another amount', { kind: 'amount_mismatch' }, 'unknown', 10],
  ])('%s: unknown, then paid exactly once', async (_, effect, state, seconds) => {
    const { place, begun, press, moves, fault, pass, read, order } = await shop(300)
    const placed = await place()
    const begunAttempt = await begun(placed)
    await fault('approve', effect)
    const attempt = await press(begunAttempt, 'approve')
    expect(attempt.state).toBe(state)
    await pass({ seconds })
    expect((await read(attempt.id)).attempt.state).toBe('succeeded')
    expect((await order(placed.id)).state).toBe('paid')
    expect(await moves(attempt.id)).toEqual(['charge 21000'])
  })

  it('a decline is told, and charges nothing', async () => {
    const { place, begun, press, moves, fault } = await shop()
    const attempt = await begun(await place())
    await fault('approve', { kind: 'decline' })
    expect((await press(attempt, 'approve')).state).toBe('declined')
    expect(await moves(attempt.id)).toEqual([])
  })

  it('a payment that succeeded unseen for an order that ended is given back by itself', async () => {
    const { place, begun, press, moves, fault, pass, work, read } = await shop()
    const placed = await place()
    const begunAttempt = await begun(placed)
    await fault('approve', { kind: 'reset_after' })
    const attempt = await press(begunAttempt, 'approve')
    await sql`update testing.purchase set state = 'closed' where id = ${placed.id}`.execute(world.db)
    await pass({ seconds: 10 })
    await work()
    expect(await moves(attempt.id)).toEqual(['charge 21000', 'refund 21000'])
    expect((await read(attempt.id)).attempt).toMatchObject({ state: 'succeeded_late', refunded: 21_000 })
  })

  it.each<[string, Json]>([
    ['after the refund', { kind: 'reset_after' }],
    ['before the refund', { kind: 'reset_before' }],
  ])('a connection cut %s: given back exactly once', async (_, effect) => {
    const { place, begun, press, moves, fault, refund, pass, work, read } = await shop()
    const attempt = await press(await begun(await place()), 'approve')
    await fault('cancel', effect)
    await refund(attempt)
    await work()
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'unknown' }])
    await pass({ seconds: 10 })
    await pass({ seconds: 30 })
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'succeeded' }])
    expect(await moves(attempt.id)).toEqual(['charge 21000', 'refund 21000'])
  })
})

describe('a storm', () => {
  /** Mulberry32: the same seed, the same storm. */
  function randomFrom(seed: number) {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
    }
  }

  it.each([1, 20_261_121, 77])(
    'of buyers, faults and refunds (seed %i) leaves our books equal to the bank’s',
    async (seed) => {
      const stormy = await paymentsWorld({ poolSize: 20 })
      const calm = world
      world = stormy
      try {
        const here = await shop(150, seed)
        const { place, begin, press, close, refund, work, pass, back, fault, bank } = here
        const random = randomFrom(seed)
        const often = (probability: number) => ({ probability })
        for (const operation of ['approve', 'cancel']) {
          await fault(operation, { kind: 'reset_after' }, often(0.12))
          await fault(operation, { kind: 'reset_before' }, often(0.08))
          await fault(operation, { kind: 'timeout_after' }, often(0.05))
          await fault(operation, { kind: 'http_5xx', sideEffect: true }, often(0.06))
          await fault(operation, { kind: 'http_5xx' }, often(0.06))
          await fault(operation, { kind: 'bad_body', form: 'truncated' }, often(0.06))
          await fault(operation, { kind: 'decline' }, often(0.06))
        }
        await fault('order', { kind: 'http_5xx' }, often(0.2))
        await fault('order', { kind: 'lookup_lag', answer: 'stale', lookups: 1 }, often(0.3))
        await fault('ready', { kind: 'reset_before' }, often(0.1))

        const bought: string[] = []
        const buy = async () => {
          const placed = await place(1_000 + Math.floor(random() * 90_000))
          bought.push(placed.id)
          for (let tries = 0; tries < 3; tries++) {
            const attempt = await begin(placed)
            if ('kind' in attempt) continue
            const mood = random()
            if (mood < 0.1) return
            const paid = await press(attempt, mood < 0.2 ? 'cancel' : 'approve', random() < 0.3 ? 3 : 1)
            if (random() < 0.2) await back(attempt, 'cancel')
            if (random() < 0.25) await close(placed.id)
            if (random() < 0.5) await Promise.all([refund(paid), refund(paid), work()])
            if (random() < 0.7) return
          }
        }
        for (let wave = 0; wave < 6; wave++) {
          await Promise.all(Array.from({ length: 10 }, buy))
          await Promise.all([pass({ seconds: 20 }), here.sweep(), work()])
        }
        await request(`${bank.url}/faults`, { method: 'DELETE' })
        for (let round = 0; round < 40 && (await unsettled()) > 0; round++) {
          await pass({ minutes: round < 20 ? 2 : 60 })
          await work()
        }
        expect(await unsettled(), await storyOf(await openAttempts())).toBe(0)

        const summary = (await request(`${bank.url}/journal/summary?byOrder=1`)).body
        const { rows } = await sql<{ id: string; charges: number; charged: number; refunded: number }>`
        select a.id, 1 as charges, a.total as charged, a.refunded from payments.attempt a
        where a.state in ('succeeded', 'succeeded_late')`.execute(world.db)
        const ours = Object.fromEntries(rows.map(({ id, ...sums }) => [id, sums]))
        const theirs = asObject(summary.byOrder)
        const apart = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
          (id) => !isDeepStrictEqual(ours[id], theirs[id]),
        )
        expect(ours, await storyOf(apart)).toEqual(theirs)
        const balances = Object.fromEntries(
          (await ledgerBalances(world.db)).map((row) => [row.account, row.balance]),
        )
        expect(balances['receivable:kakaopay']).toBe(summary.net)
        expect(Object.values(balances).reduce((sum, balance) => sum + balance, 0)).toBe(0)
        expect(rows.length).toBeGreaterThan(20)
        expect(await stepsSeen()).toMatchObject(ROUGH)
        await agreesWithOrders()
      } finally {
        world = calm
        await stormy.database.drop()
      }
    },
    60_000,
  )

  const ROUGH = { unknown: true, 'refund unknown': true, 'refund succeeded': true }

  /** That it was a storm at all. */
  async function stepsSeen(): Promise<Record<string, boolean>> {
    const { rows } = await sql<{ step: string }>`select distinct step from payments.history`.execute(world.db)
    return Object.fromEntries(rows.map(({ step }) => [step, true]))
  }

  async function unsettled(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select (select count(*) from payments.attempt where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown'))
           + (select count(*) from payments.refund where state in ('requested', 'sent', 'unknown')) as count`.execute(
      world.db,
    )
    return rows[0]?.count ?? -1
  }

  async function openAttempts(): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select id from payments.attempt where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown')
      union select attempt_id from payments.refund where state in ('requested', 'sent', 'unknown')`.execute(
      world.db,
    )
    return rows.map(({ id }) => id)
  }

  /** How attempts came to where they stand: a storm that fails hangs on the machine's load, and no seed brings it back. */
  async function storyOf(attempts: readonly string[]): Promise<string> {
    const { rows } = await sql`
      select * from payments.history where attempt_id = any(${attempts}::uuid[]) order by attempt_id, id`.execute(
      world.db,
    )
    return rows.map((row) => JSON.stringify(row)).join('\n')
  }

  /** A paid order has exactly one success and that is the one it names; money of every other success is back or asked back. */
  async function agreesWithOrders(): Promise<void> {
    const { rows } = await sql`
      select p.id, p.state, p.refunded, a.refunded as given
      from testing.purchase p
      left join payments.attempt a on a.order_id = p.id and a.state = 'succeeded'
      where (p.state in ('paid', 'refunded')) <> (a.id is not null)
         or a.id is not null and (p.paid_by <> a.id or p.refunded <> a.refunded or p.total <> a.total)`.execute(
      world.db,
    )
    expect(rows).toEqual([])
    const late = await sql`
      select id from payments.attempt a where state = 'succeeded_late' and refunded < total
        and not exists (select 1 from payments.refund r where r.attempt_id = a.id and r.state = 'declined')`.execute(
      world.db,
    )
    expect(late.rows).toEqual([])
  }
})
