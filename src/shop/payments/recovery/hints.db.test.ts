/** What webhooks of Toss, true and forged ones, make of payments; against the bank that sends them. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addFault, type Json, journal, post, request, testBank } from '../../../../simulators/bank/testing.ts'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { newId } from '../../../platform/ids.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { createPayments } from '../index.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { PaymentProvider } from '../provider.ts'
import { SECRET, adapter as toss } from '../providers/toss/toss-testing.ts'
import { reconcileDay } from '../reconciling/reconcile-day.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { findFindings, findReconciliations } from '../store/reconciliation-store.ts'
import { gate } from '../testing-provider.ts'
import { followHints } from './hints.ts'

let world: World
const servers: App[] = []
let banks = 0
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterEach(async () => {
  await world.leaveBehind()
  await sql`delete from payments.hint`.execute(world.db)
  world.clock.advance({ hours: 48 })
})
afterAll(async () => {
  for (const server of servers) await server.close()
  await world.database.drop()
})

const HOOK = '/api/payments/webhooks/toss'

async function open(change: (provider: PaymentProvider) => PaymentProvider = (provider) => provider) {
  const bank = await testBank({ seed: 7_000 + ++banks, clock: 'manual' })
  const tell = () => post(`${bank.url}/clock`, { now: world.clock.now().toString() })
  await tell()
  const looks: string[] = []
  const { provider: real } = toss(bank.url)
  const capabilities = { ...real.capabilities, chargeTimeoutMs: 2_000 }
  const provider = change({
    ...real,
    capabilities,
    lookup: (input, call) => {
      looks.push(input.merchantRef)
      return real.lookup(input, call)
    },
  })
  const deps = world.depsWith(provider)
  const here = shopOf(world, deps)
  const { module } = createPayments(deps)
  const app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: '0.0.0',
    problems: [module.problems ?? {}],
    routes: module.routes ? [module.routes] : [],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
  })
  servers.push(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${HOOK}`
  await post(`${bank.url}/webhooks`, { url, retryMinuteMs: 5 })
  const fault = (operation: string, effect: Json, times = 1) => addFault(bank, { operation, times }, effect)
  const press = async (attempt: Attempt) => {
    const page = new URL(attempt.redirect_url ?? '')
    const body = new URLSearchParams(page.searchParams)
    const answer = await request(`${page.origin}${page.pathname}/approve`, { method: 'POST', body })
    const { searchParams } = new URL(answer.headers.get('location') ?? '')
    return Object.fromEntries(searchParams)
  }
  const returned = async (attempt: Attempt) => here.back(attempt, 'success', await press(attempt))
  /** Webhooks that were answered. */
  const told = (count: number) =>
    until(async () => (await journal(bank, '?kind=webhook')).length >= count, {
      deadlineMs: 5_000,
      what: `${count} webhooks`,
    })
  const answers = async () => (await journal(bank, '?kind=webhook')).map(({ outcome }) => outcome)
  const cancel = (attempt: Attempt, amount: number) =>
    post(
      `${bank.url}/v1/payments/${attempt.provider_ref}/cancel`,
      { cancelReason: '콘솔', cancelAmount: amount },
      { authorization: `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}` },
    )
  const pass = async (duration: Temporal.DurationLike) => {
    world.clock.advance(duration)
    await tell()
    await here.sweep()
  }
  const findings = () =>
    findFindings(world.db, { open: true, day: businessDate(world.clock.now()), limit: 20 })
  const follow = () => followHints(deps)
  return {
    ...here,
    bank,
    url,
    deps,
    provider,
    looks,
    fault,
    press,
    returned,
    told,
    answers,
    cancel,
    pass,
    findings,
    follow,
  }
}

const changed = (data: object) => ({ eventType: 'PAYMENT_STATUS_CHANGED', data })

describe('a payment whose outcome is unknown', () => {
  it('is settled by a webhook, before its look-up would be due, once, however often it is told', async () => {
    const { place, begun, returned, fault, told, answers, follow, read, order, looks, ledger } = await open()
    const placed = await place()
    const attempt = await begun(placed)
    await fault('webhook', { kind: 'webhook', copies: 3 })
    await fault('confirm', { kind: 'reset_after' })
    expect((await returned(attempt))?.state).toBe('unknown')
    await told(3)
    expect(await answers()).toEqual([200, 200, 200])
    expect((await Promise.all([follow(), follow(), follow()])).toSorted()).toEqual([0, 0, 1])
    expect(looks).toEqual([attempt.id])
    const { attempt: after } = await read(attempt.id)
    expect(after).toMatchObject({ state: 'succeeded', looks: 0 })
    expect((await order(placed.id)).state).toBe('paid')
    expect(await ledger(attempt.id)).toMatchObject({ 'receivable:toss': 21_000 })
  })

  it('is not moved by a forged one, however many come, and is looked up at most every five seconds', async () => {
    const { place, begun, press, back, fault, url, follow, read, looks, pass } = await open()
    const attempt = await begun(await place())
    await fault('confirm', { kind: 'reset_before' })
    await back(attempt, 'success', await press(attempt))
    const before = (await read(attempt.id)).attempt
    expect(before.state).toBe('unknown')
    const flood = async () => {
      const forged = changed({ orderId: attempt.id, paymentKey: 'forged', status: 'DONE' })
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, forged)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      await Promise.all([follow(), follow()])
    }
    await flood()
    await flood()
    expect(looks).toHaveLength(1)
    await pass({ seconds: 5 })
    await follow()
    await flood()
    expect(looks).toHaveLength(2)
    const { attempt: after } = await read(attempt.id)
    // The schedule of look-ups, and what they count, is as it was.
    expect(after).toEqual(before)
  })

  it('is asked about again when the provider did not answer', async () => {
    const { place, begun, returned, fault, told, follow, state, pass, looks } = await open()
    const attempt = await begun(await place())
    await fault('confirm', { kind: 'reset_after' })
    await returned(attempt)
    await told(1)
    await sql`update payments.attempt set next_look_at = ${world.clock.now().add({ hours: 9 })}
      where id = ${attempt.id}`.execute(world.db)
    await fault('order', { kind: 'http_5xx', sideEffect: false }, 3)
    await follow()
    expect(await state(attempt.id)).toBe('unknown')
    await pass({ seconds: 61 })
    expect(await state(attempt.id)).toBe('unknown')
    await follow()
    expect(await state(attempt.id)).toBe('succeeded')
    expect(looks).toHaveLength(2)
  })
})

it('a webhook that overtakes the answer settles the payment, and the answer changes nothing', async () => {
  const held = gate()
  const { place, begun, press, back, told, follow, read, order, state, events } = await open((real) => ({
    ...real,
    completeCheckout: async (input, call) => {
      const answer = await real.completeCheckout(input, call)
      await held.opened
      return answer
    },
  }))
  const placed = await place()
  const attempt = await begun(placed)
  const coming = back(attempt, 'success', await press(attempt))
  await told(1)
  expect(await state(attempt.id)).toBe('sent')
  // Both at the same moment, for whoever comes first.
  await Promise.all([follow(), follow(), Promise.resolve().then(held.open)])
  expect((await coming)?.state).toBe('succeeded')
  expect((await read(attempt.id)).attempt).toMatchObject({ state: 'succeeded', paid_at: expect.anything() })
  expect((await order(placed.id)).state).toBe('paid')
  expect((await events(attempt.id)).filter(({ type }) => type === 'succeeded')).toHaveLength(1)
})

it('a payment that was given up and turns out to be charged is found, and given back', async () => {
  const { place, begun, returned, fault, told, follow, work, read, close } = await open()
  const placed = await place()
  const attempt = await begun(placed)
  await fault('confirm', { kind: 'reset_after' })
  await returned(attempt)
  await told(1)
  await sql`update payments.attempt set state = 'declined', next_look_at = null, unknown_reason = null,
    decline_code = 'not_charged' where id = ${attempt.id}`.execute(world.db)
  expect(await close(placed.id)).toBe('none')
  await follow()
  expect((await read(attempt.id)).attempt.state).toBe('succeeded_late')
  await work()
  expect((await read(attempt.id)).attempt.refunded).toBe(21_000)
})

describe('money given back in the console of Toss', () => {
  it('is a difference for operators at once, told once, and the same one that the day has', async () => {
    const { place, begun, returned, told, cancel, follow, findings, looks, deps, provider, pass } =
      await open()
    const attempt = await returned(await begun(await place()))
    if (!attempt) throw new Error('not paid')
    await told(1)
    await follow()
    expect(looks).toEqual([])
    await cancel(attempt, 5_000)
    await cancel(attempt, 6_000)
    await told(3)
    await Promise.all([follow(), follow()])
    await pass({ seconds: 6 })
    await follow()
    const found = await findings()
    expect(found).toMatchObject([
      { kind: 'missing_here', movement: 'refund', attempt_id: attempt.id, here: null, there: 5_000 },
      { kind: 'missing_here', movement: 'refund', attempt_id: attempt.id, here: null, there: 6_000 },
    ])
    const day = businessDate(world.clock.now())
    const kept = async () =>
      (await findReconciliations(world.db, 100)).filter((one) => one.day === day.toString())
    // Nobody has compared the day yet.
    expect(await kept()).toEqual([])
    const alerts = () =>
      sql<{ version: number }>`select data from platform.outbox where type = 'shop.payment.books-differ'
        and data ->> 'day' = ${day.toString()}`.execute(world.db)
    expect((await alerts()).rows).toHaveLength(2)
    expect(await reconcileDay(deps, provider, day)).toMatchObject({ matched: 1, differences: [{}, {}] })
    expect((await findings()).map(({ id }) => id)).toEqual(found.map(({ id }) => id))
    expect((await alerts()).rows).toHaveLength(2)
    expect(await kept()).toMatchObject([{ matched: 1, open: 2 }])
  })

  it('is one difference, on whatever days we hear of it, when nobody says when it was', async () => {
    const { place, begun, returned, told, cancel, follow, pass } = await open((provider) => ({
      ...provider,
      lookup: async (input, call) => {
        const found = await provider.lookup(input, call)
        if (found.kind !== 'found') return found
        const refunds = found.payment.refunds.map(({ id, amount }) => ({ id, amount }))
        return { ...found, payment: { ...found.payment, refunds } }
      },
    }))
    const attempt = await returned(await begun(await place()))
    if (!attempt) throw new Error('not paid')
    await cancel(attempt, 5_000)
    await told(2)
    await follow()
    await pass({ hours: 24 })
    await cancel(attempt, 6_000)
    await told(3)
    await follow()
    const { rows } = await sql<{ there: number; day: string }>`
      select there, day::text from payments.reconciliation_finding
      where attempt_id = ${attempt.id} order by there`.execute(world.db)
    const today = businessDate(world.clock.now())
    expect(rows).toEqual([
      { there: 5_000, day: today.subtract({ days: 1 }).toString() },
      { there: 6_000, day: today.toString() },
    ])
  })

  it('is not mistaken for a refund of ours, neither before nor after its answer', async () => {
    const { place, begun, returned, told, refund, fault, work, follow, findings, read, pass } = await open()
    const attempt = await returned(await begun(await place()))
    if (!attempt) throw new Error('not paid')
    await fault('cancel', { kind: 'reset_after' })
    await refund(attempt)
    await work()
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'unknown' }])
    await told(2)
    await follow()
    expect(await findings()).toEqual([])
    await pass({ seconds: 61 })
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'succeeded' }])
    await follow()
    expect(await findings()).toEqual([])
  })
})

it('of a payment that is forgotten nothing is asked, and what was heard of it before is over', async () => {
  const { place, begun, returned, told, cancel, follow, looks, url } = await open()
  const attempt = await returned(await begun(await place()))
  if (!attempt) throw new Error('not paid')
  await cancel(attempt, 5_000)
  await told(2)
  const hints = async () =>
    (
      await sql`select due_at is null as over from payments.hint where attempt_id = ${attempt.id}`.execute(
        world.db,
      )
    ).rows
  expect(await hints()).toEqual([{ over: false }])
  await sql`update payments.attempt set forgotten_at = now() where id = ${attempt.id}`.execute(world.db)
  await follow()
  expect(await hints()).toEqual([{ over: true }])
  const { provider_ref: paymentKey } = attempt
  await post(url, changed({ orderId: attempt.id, paymentKey, status: 'PARTIAL_CANCELED' }))
  expect(await hints()).toEqual([{ over: true }])
  expect(looks).toEqual([])
})

it('what names none of our payments, or is no event at all, is answered and forgotten', async () => {
  const { url, follow, looks, bank } = await open()
  const bodies = [
    changed({ paymentKey: 'nobody', orderId: newId(), status: 'DONE' }),
    changed({ paymentKey: 'nobody', orderId: "' or 1=1 --", status: 'DONE' }),
    { eventType: 'BILLING_DELETED', data: { billingKey: 'B', reason: '요청' } },
    { eventType: 'NEW_EVENT' },
    {},
  ]
  for (const body of bodies) expect(await post(url, body)).toMatchObject({ status: 200, body: {} })
  expect((await post(url, changed({ note: 'x'.repeat(40_000) }))).status).toBe(413)
  expect((await request(url, { method: 'POST', body: 'no json' })).status).toBeGreaterThanOrEqual(400)
  expect(await follow()).toBe(0)
  expect(looks).toEqual([])
  await bank.close()
})
