import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { asked, DUE_AT, DUE_DAY, openBilling } from '../billing.fixture.ts'
import { setMethod } from '../changes/change-method.ts'
import { sweepRuns } from './sweep.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

test('the figures say of which day the latest run is, and whether it works', async () => {
  const metrics = createMetrics()
  world.billing.module.metrics?.(metrics)
  const figures = async () => {
    const text = await metrics.registry.metrics()
    return Object.fromEntries(
      [...text.matchAll(/^(billing_\w+) (\S+)$/gm)].map(([, name, figure]) => [name, Number(figure)]),
    )
  }
  expect(await figures()).toMatchObject({ billing_run_date_seconds: 0, billing_run_under_way: 0 })
  await world.subscribe()
  await world.billing.start({ date: DUE_DAY, kind: 'scheduled' })
  const midnight = Temporal.Instant.from(`${DUE_DAY}T00:00:00+09:00`).epochMilliseconds / 1000
  expect(await figures()).toMatchObject({ billing_run_date_seconds: midnight, billing_run_under_way: 1 })
  await world.run()
  expect(await figures()).toMatchObject({
    billing_run_date_seconds: midnight,
    billing_run_under_way: 0,
    billing_run_incomplete: 0,
  })
})

describe('a run', () => {
  test('charges what is due, once, and reports it', async () => {
    const subs = await world.subscribeMany(5)
    const later = await world.subscribe({ anchor: DUE_DAY.subtract({ days: 10 }) })
    const { run, stopped } = await world.run()
    expect(stopped).toBeNull()
    expect(run).toMatchObject({ state: 'complete', planned: 5 })
    expect(run.report).toMatchObject({ charged: { count: 5, amount: 50_000 }, left: 0, errors: 0 })
    for (const sub of subs) {
      expect(world.takenFrom(sub)).toHaveLength(1)
      expect(await world.statesOf(sub)).toEqual(['paid'])
      expect((await world.events(sub.id)).map(({ type }) => type)).toEqual(['started', 'cycle-paid'])
    }
    expect(world.takenFrom(later)).toHaveLength(0)
    await world.provenEqual()
  })

  test('started again after its end answers its report and takes up what has come due', async () => {
    await world.subscribe()
    const first = await world.run()
    const again = await world.run()
    expect(again.run).toMatchObject({ id: first.run.id, state: 'complete', starts: 2 })
    expect(world.bank.taken).toHaveLength(1)
    await world.subscribe()
    const third = await world.run()
    expect(third.run.report?.charged.count).toBe(2)
    await world.provenEqual()
  })

  test('refuses a day that has not come', async () => {
    const future = await world.billing.start({ date: DUE_DAY.add({ days: 1 }), kind: 'manual' })
    expect(future).toMatchObject({ kind: 'refused', code: 'billing_date_in_future' })
  })

  test('two runs started at once are one', async () => {
    const subs = await world.subscribeMany(20)
    const [a, b] = await Promise.all([world.run(), world.run()])
    expect(a.run.id).toBe(b.run.id)
    expect([a.run.state, b.run.state]).toEqual(['complete', 'complete'])
    expect(world.bank.taken).toHaveLength(subs.length)
    await world.provenEqual()
  })

  test('three workers share 300 due ones, and nobody is charged twice', async () => {
    const subs = await world.subscribeMany(300)
    const ends = await Promise.all([world.run(), world.run(), world.run()])
    expect(ends.map(({ run }) => run.state)).toEqual(['complete', 'complete', 'complete'])
    for (const sub of subs) expect(world.takenFrom(sub)).toHaveLength(1)
    expect(ends[0]?.run.report?.charged.count).toBe(300)
    const progress = await world.billing.progress(ends[0]?.run.id ?? '')
    expect(progress).toMatchObject({ workers: 0, step: null, done: 300, counts: { paid: 300 } })
    await world.provenEqual()
  }, 90_000)

  test('a limit stops it with the rest left due; the next start goes on', async () => {
    await world.subscribeMany(10)
    const part = await world.run(undefined, { limit: 4 })
    const ten = { planned: 10 }
    expect(part.run).toMatchObject({
      ...ten,
      state: 'stopped',
      stopReason: 'limit_reached',
      report: { left: 6 },
    })
    expect(world.bank.taken).toHaveLength(4)
    const rest = await world.run()
    // What it was about stays what it was, and grows with what has come due since.
    expect(rest.run).toMatchObject({ ...ten, state: 'complete', report: { charged: { count: 10 }, left: 0 } })
    await world.subscribe()
    expect((await world.run()).run).toMatchObject({ planned: 11, report: { charged: { count: 11 } } })
    await world.provenEqual()
  })

  test('an interruption finishes what is on its way and leaves the rest due', async () => {
    await world.subscribeMany(30)
    const stop = new AbortController()
    world.bank.state.before = async () => stop.abort()
    const { run } = await world.run(undefined, { signal: stop.signal, concurrency: 2 })
    expect(run).toMatchObject({ state: 'stopped', stopReason: 'interrupted' })
    expect(run.report?.inFlight.count).toBe(0)
    expect(world.bank.taken.length).toBeLessThan(30)
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 30 } } })
    await world.provenEqual()
  })

  test('a paused run begins nothing, and goes on when resumed', async () => {
    await world.subscribeMany(3)
    const opened = await world.billing.start({ date: DUE_DAY, kind: 'manual' })
    if (opened.kind === 'refused') throw new Error(opened.code)
    const paused = await world.billing.pause(opened.run)
    expect(paused?.state).toBe('paused')
    const end = await world.run()
    expect(end).toMatchObject({ stopped: 'paused', run: { state: 'paused' } })
    expect(world.bank.asked()).toBe(0)
    await world.billing.resume(end.run)
    expect((await world.run()).run.state).toBe('complete')
    expect(world.bank.taken).toHaveLength(3)
  })
})

describe('what a run finds', () => {
  test('a refusal is tried again at once, then every day at its hour, then the subscription ends', async () => {
    const sub = await world.subscribe({ answers: Array(5).fill('insufficient') })
    const { run } = await world.run()
    expect(run).toMatchObject({
      state: 'complete',
      report: { declined: { retry: { count: 1, amount: 10_000 } } },
    })
    expect(world.bank.asked()).toBe(2)
    expect((await world.stored(sub.id)).subscription.state).toBe('past_due')
    for (const tries of [3, 4, 5]) {
      world.clock.advance({ hours: 23, minutes: 59 })
      await world.billing.followUps()
      expect(world.bank.asked()).toBe(tries - 1)
      world.clock.advance({ minutes: 1 })
      await world.billing.followUps()
      expect(world.bank.asked()).toBe(tries)
    }
    expect(await world.statesOf(sub)).toEqual(['failed'])
    expect((await world.stored(sub.id)).subscription).toMatchObject({
      state: 'cancelled',
      reason: 'tries_used_up',
    })
    expect((await world.payments.paymentMethodsOf(world.db, sub.customerId))[0]?.state).toBe('revoked')
    expect(await world.stock(sub.itemId)).toMatchObject({ held: 0 })
    expect(world.bank.taken).toHaveLength(0)
  })

  test('the second try at once succeeds', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'ok'] })
    expect((await world.run()).run.report?.charged.count).toBe(1)
    expect(await world.statesOf(sub)).toEqual(['paid'])
    await world.provenEqual()
  })

  test('a later try brings the money, and the due dates stay', async () => {
    const sub = await world.subscribe({ answers: ['insufficient', 'insufficient', 'ok'] })
    await world.run()
    world.clock.advance({ hours: 24 })
    await world.billing.followUps()
    const { subscription } = await world.stored(sub.id)
    expect(subscription).toMatchObject({ state: 'active', latestCycle: { no: 2, open: false } })
    world.clock.advance({ hours: 24 * 29 })
    await world.run()
    expect((await world.cycles(sub.id)).at(-1)?.due.toString()).toBe('2027-03-02')
    await world.provenEqual()
  })

  test('a lost card asks for a new method; the deadline ends the subscription', async () => {
    const sub = await world.subscribe({ answers: ['card_lost'] })
    const { run } = await world.run()
    expect(run.report?.declined.newMethod.count).toBe(1)
    world.clock.advance({ hours: 71 })
    await world.billing.followUps()
    expect((await world.stored(sub.id)).subscription.state).toBe('past_due')
    world.clock.advance({ hours: 1 })
    await world.billing.followUps()
    expect((await world.stored(sub.id)).subscription).toMatchObject({
      state: 'cancelled',
      reason: 'no_new_method',
    })
    expect(await world.statesOf(sub)).toEqual(['failed'])
    expect(world.bank.asked()).toBe(1)
  })

  test('a new method is charged at once', async () => {
    const sub = await world.subscribe({ answers: ['token_dead'] })
    await world.run()
    const fresh = await world.addMethod(sub.customerId)
    expect((await setMethod(world.deps, asked(sub), fresh.methodId)).kind).toBe('changed')
    await world.billing.followUps()
    expect(world.bank.taken.map(({ token }) => token)).toEqual([fresh.token])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    await world.provenEqual()
  })

  test('without a method nothing is sent, and the customer is asked', async () => {
    const sub = await world.subscribe({ withoutMethod: true })
    const { run } = await world.run()
    expect(run).toMatchObject({
      state: 'complete',
      report: { declined: { newMethod: { count: 1, amount: 10_000 } } },
    })
    expect(world.bank.asked()).toBe(0)
    expect((await world.events(sub.id)).at(-1)).toMatchObject({ type: 'past-due', waitingFor: 'new_method' })
    expect(await world.stock(sub.itemId)).toMatchObject({ held: 0 })
  })

  test('a method that was revoked meanwhile is not charged', async () => {
    const sub = await world.subscribe()
    await transact(world.db, (tx) =>
      world.payments.requestTokenRevocation(tx, { paymentMethodId: sub.methodId, reason: 'test' }),
    )
    expect((await world.run()).run.report?.declined.newMethod.count).toBe(1)
    expect(world.bank.asked()).toBe(0)
  })

  test('sold out: the delivery is left out, the next one comes', async () => {
    const itemId = await world.addItem(1)
    const [first, second] = [await world.subscribe({ itemId }), await world.subscribe({ itemId })]
    const { run } = await world.run()
    expect(run).toMatchObject({
      state: 'complete',
      report: { charged: { count: 1 }, skipped: { out_of_stock: 1 } },
    })
    const states = [await world.statesOf(first), await world.statesOf(second)].flat().sort()
    expect(states).toEqual(['paid', 'skipped'])
    expect(await world.stock(itemId)).toMatchObject({ on_hand: 0, held: 0 })
    await world.provenEqual()
  })

  test('unknown outcomes freeze, whatever happened, and are never charged again', async () => {
    const after = await world.subscribe({ answers: ['lost_after'] })
    const before = await world.subscribe({ answers: ['lost_before'] })
    const { run } = await world.run()
    expect(run).toMatchObject({ state: 'complete', report: { frozen: { unknownOutcome: { count: 2 } } } })
    world.clock.advance({ hours: 24 * 40 })
    await world.billing.followUps()
    await world.run()
    expect(world.bank.asked()).toBe(2)
    expect([await world.statesOf(after), await world.statesOf(before)]).toEqual([['frozen'], ['frozen']])
  })

  test('one method for two subscriptions: one after the other', async () => {
    const one = await world.subscribe()
    const other = await world.subscribe()
    await world.shareMethod(one, other)
    const first = await world.run()
    expect(first.run.state).toBe('stopped')
    expect(first.run.report).toMatchObject({ charged: { count: 1 }, postponed: { count: 1 } })
    world.clock.advance({ seconds: 3 })
    await world.freeClaims()
    expect((await world.run()).run.report?.charged.count).toBe(2)
    await world.provenEqual()
  })
})

describe('time', () => {
  test('after three days of outage everybody is charged once', async () => {
    const subs = await world.subscribeMany(4)
    world.clock.advance({ hours: 72 })
    expect((await world.run()).run.report?.charged.count).toBe(4)
    for (const sub of subs) expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('after ten weeks the latest delivery is charged, the missed ones are recorded', async () => {
    const sub = await world.subscribe()
    world.clock.set(DUE_AT.add({ hours: 24 * 70 }))
    await world.run()
    expect((await world.cycles(sub.id)).map(({ cycle }) => cycle.state)).toEqual([
      'paid',
      'skipped',
      'skipped',
      'paid',
    ])
    expect(world.takenFrom(sub)).toHaveLength(1)
  })

  test('what is charged at once, after others were missed, is not announced as near', async () => {
    const sub = await world.subscribe()
    world.clock.set(DUE_AT.add({ hours: 24 * 30 }))
    await world.run()
    const types = (await world.events(sub.id)).map(({ type }) => type)
    expect(types).toEqual(['started', 'cycle-skipped', 'cycle-paid'])
    expect((await world.stored(sub.id)).announced.no).toBe(1)
  })

  test('a clock set back charges nobody again', async () => {
    const sub = await world.subscribe({ days: 7 })
    await world.run()
    expect(world.takenFrom(sub)).toHaveLength(1)
    world.clock.set(DUE_AT.subtract({ hours: 24 * 3 }))
    await world.billing.followUps()
    const { run } = await world.run(world.clock.today())
    expect(run.state).toBe('complete')
    expect(world.takenFrom(sub)).toHaveLength(1)
  })

  test('a run over midnight charges its own day only', async () => {
    world.clock.set(DUE_DAY.toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '23:59:59' }).toInstant())
    const today = await world.subscribeMany(5)
    const tomorrow = await world.subscribe({ anchor: DUE_DAY.subtract({ days: 29 }) })
    world.bank.state.before = async () => {
      world.clock.set(DUE_DAY.add({ days: 1 }).toZonedDateTime('Asia/Seoul').toInstant())
    }
    const { run } = await world.run(DUE_DAY)
    expect(run).toMatchObject({ state: 'complete', report: { charged: { count: 5 } } })
    for (const sub of today) expect(world.takenFrom(sub)).toHaveLength(1)
    expect(world.takenFrom(tomorrow)).toHaveLength(0)
    await world.run()
    expect(world.takenFrom(tomorrow)).toHaveLength(1)
    await world.provenEqual()
  })
})

describe('a provider in trouble', () => {
  test('when its breaker stays open the run stops cleanly, and everything is left due', async () => {
    await world.subscribeMany(6)
    world.bank.state.breaker = 'open'
    const { run, stopped } = await world.run()
    expect(stopped).toBe('provider_unavailable')
    expect(run).toMatchObject({ state: 'stopped', stopReason: 'provider_unavailable', report: { left: 6 } })
    expect(world.bank.asked()).toBe(0)
    world.bank.state.breaker = 'closed'
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 6 } } })
    await world.provenEqual()
  })

  test('a server takes the stopped run of the day up again, after a while', async () => {
    await world.subscribeMany(3)
    world.bank.state.breaker = 'open'
    await world.run()
    world.bank.state.breaker = 'closed'
    await sweepRuns(world.deps)
    expect(world.bank.asked()).toBe(0)
    world.clock.advance({ minutes: 11 })
    await sweepRuns(world.deps)
    expect(world.bank.asked()).toBe(3)
    await world.provenEqual()
  })

  test('a breaker that opens in the middle loses nothing', async () => {
    const subs = await world.subscribeMany(40)
    world.bank.state.before = async () => {
      if (world.bank.asked() > 10) world.bank.state.breaker = 'open'
    }
    const { run } = await world.run(undefined, { concurrency: 4 })
    expect(run).toMatchObject({ state: 'stopped', stopReason: 'provider_unavailable' })
    world.bank.state.before = async () => {}
    world.bank.state.breaker = 'closed'
    world.clock.advance({ hours: 2 })
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 40 } } })
    for (const sub of subs) expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('what could not be reached stays due, uses no try, and the run is not complete', async () => {
    const sub = await world.subscribe({ answers: ['unreachable'] })
    const { run } = await world.run()
    expect(run).toMatchObject({
      state: 'stopped',
      stopReason: 'some_postponed',
      report: { postponed: { count: 1 } },
    })
    expect((await world.cycles(sub.id)).at(-1)?.history).toMatchObject({ declines: 0, unreachedInARow: 1 })
    world.clock.advance({ minutes: 2 })
    await world.billing.followUps()
    expect(await world.statesOf(sub)).toEqual(['paid'])
    await world.provenEqual()
  })
})

describe('what was found not to be charged', () => {
  test('is charged anew, not by the attempt that has ended', async () => {
    const sub = await world.subscribe({ answers: ['lost_before', 'ok'] })
    expect((await world.run()).run.report?.frozen.unknownOutcome.count).toBe(1)
    await world.lookUp(12)
    expect(await world.statesOf(sub)).toEqual(['ordering'])
    await world.billing.followUps()
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })
})

describe('a dry run', () => {
  test('says what would be charged and writes nothing', async () => {
    await world.subscribeMany(3, { quantity: 2 })
    await world.subscribe({ withoutMethod: true })
    const before = await world.checksum()
    expect(await world.billing.dryRun(DUE_DAY)).toEqual({
      date: '2027-01-31',
      due: 4,
      toCharge: { count: 3, amount: 60_000 },
      withoutMethod: 1,
      toSkip: {},
      toEnd: {},
      toPutOff: 0,
      waiting: 0,
      followUps: 0,
    })
    expect(await world.checksum()).toEqual(before)
    await world.run()
    expect(await world.checksum()).not.toEqual(before)
  })
})
