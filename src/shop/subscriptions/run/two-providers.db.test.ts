/** One provider's trouble is not the other's. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../../platform/resilience/poll-until.ts'
import { asked, DUE_DAY, openBilling } from '../billing.fixture.ts'
import { setMethod } from '../changes/change-method.ts'
import { workOnSubscription } from '../charging/work-on-subscription.ts'
import { sweepRuns } from './sweep.ts'

const WAIT = { what: 'the others to get so far', deadlineMs: 20_000, everyMs: 20 }

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

/** The gates through which a subscription was charged. */
async function gatesOf(subscriptionId: string): Promise<string[]> {
  const gates: string[] = []
  const place = {
    gate: (provider: string) => {
      gates.push(provider)
      return { run: <T>(call: () => Promise<T>) => call(), pace: () => ({}) as never }
    },
    preparing: <T>(work: () => Promise<T>) => work(),
  }
  await workOnSubscription(world.deps, place, subscriptionId, { date: DUE_DAY, runId: null, forced: false })
  return gates
}

describe('a charge keeps its provider', () => {
  test('when it is sent again after it could not be reached', async () => {
    const sub = await world.subscribe({ provider: 'toss', answers: ['unreachable'] })
    expect(await gatesOf(sub.id)).toEqual(['toss'])
    expect(await world.statesOf(sub)).toEqual(['ordering'])
    world.clock.advance({ minutes: 2 })
    expect(await gatesOf(sub.id)).toEqual(['toss'])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    await world.provenEqual()
  })

  test('when a dead worker left it prepared', async () => {
    const sub = await world.subscribe({ provider: 'toss' })
    const lost = new Error('the worker dies here')
    const place = {
      gate: () => ({ run: () => Promise.reject(lost), pace: () => ({}) as never }),
      preparing: <T>(work: () => Promise<T>) => work(),
    }
    const turn = { date: DUE_DAY, runId: null, forced: false }
    await expect(workOnSubscription(world.deps, place, sub.id, turn)).rejects.toThrow(lost)
    expect(await world.statesOf(sub)).toEqual(['charging'])
    expect(await gatesOf(sub.id)).toEqual(['toss'])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    await world.provenEqual()
  })
})

describe('a run', () => {
  test('goes on with one provider while the other’s breaker is open, whose charges stay due', async () => {
    const waiting = await world.subscribeMany(30)
    const fine = await world.subscribeMany(30, { provider: 'toss' })
    world.bank.state.breaker = 'open'
    const { run, stopped } = await world.run()
    expect(stopped).toBe('provider_unavailable')
    expect(run.report).toMatchObject({ charged: { count: 30 }, postponed: { count: 0 }, left: 30 })
    expect(world.bank.asked()).toBe(0)
    for (const sub of fine) expect(await world.statesOf(sub)).toEqual(['paid'])
    // Nothing was put aside for them, and none of their tries was used.
    for (const sub of waiting) expect(await world.statesOf(sub)).toEqual([])
    world.bank.state.breaker = 'closed'
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 60 } } })
    await world.provenEqual()
  })

  test('waits for a provider that comes back while the other is charged', async () => {
    await world.subscribeMany(5)
    await world.subscribeMany(5, { provider: 'toss' })
    world.bank.state.breaker = 'open'
    world.toss.state.before = async () => {
      if (world.toss.asked() === 5) world.bank.state.breaker = 'closed'
    }
    const { run } = await world.run()
    expect(run).toMatchObject({ state: 'complete', report: { charged: { count: 10 } } })
    await world.provenEqual()
  })

  test('is complete when nothing is due to the provider that is away', async () => {
    await world.subscribeMany(3, { provider: 'toss' })
    world.bank.state.breaker = 'open'
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 3 } } })
  })

  test('charges with one provider while the other does not answer at all', async () => {
    const slow = await world.subscribeMany(40)
    await world.subscribeMany(40, { provider: 'toss' })
    const answer = Promise.withResolvers<void>()
    world.bank.state.before = () => answer.promise
    const running = world.run(undefined, { concurrency: 4 })
    await until(() => world.toss.taken.length === 40, WAIT)
    expect(world.bank.taken).toHaveLength(0)
    answer.resolve()
    expect((await running).run).toMatchObject({ state: 'complete', report: { charged: { count: 80 } } })
    for (const sub of slow) expect(world.takenFrom(sub)).toHaveLength(1)
    await world.provenEqual()
  })

  test('between runs, too, only the one that is away is left alone', async () => {
    const [one, other] = [
      await world.subscribe({ answers: ['insufficient', 'insufficient'] }),
      await world.subscribe({ provider: 'toss', answers: ['insufficient', 'insufficient'] }),
    ]
    await world.run()
    world.clock.advance({ hours: 24 })
    world.bank.state.breaker = 'open'
    await world.billing.followUps()
    expect(await world.statesOf(one)).toEqual(['declined'])
    expect(await world.statesOf(other)).toEqual(['paid'])
  })

  test('knows the provider of a method the customer has changed to', async () => {
    const sub = await world.subscribe()
    const fresh = await world.addMethod(sub.customerId, 'toss')
    expect((await setMethod(world.deps, asked(sub), fresh.methodId)).kind).toBe('changed')
    world.bank.state.breaker = 'open'
    expect((await world.run()).run).toMatchObject({ state: 'complete', report: { charged: { count: 1 } } })
    expect(world.toss.taken.map(({ token }) => token)).toEqual([fresh.token])
  })
})

describe('a second server', () => {
  test('joins the nightly run that the first one is working on', async () => {
    await world.subscribeMany(40)
    await world.billing.start({ date: DUE_DAY, kind: 'scheduled' })
    const answer = Promise.withResolvers<void>()
    world.bank.state.before = () => answer.promise
    const workers = async () => {
      const run = await world.billing.find(DUE_DAY)
      return run && (await world.billing.progress(run.id))?.workers
    }
    const servers = [sweepRuns(world.deps, undefined, 'server:1')]
    await until(async () => (await workers()) === 1, WAIT)
    servers.push(sweepRuns(world.deps, undefined, 'server:2'))
    await until(async () => (await workers()) === 2, WAIT)
    // The first one asks again while it works: it has its worker.
    await sweepRuns(world.deps, undefined, 'server:1')
    expect(await workers()).toBe(2)
    answer.resolve()
    await Promise.all(servers)
    expect(await world.billing.find(DUE_DAY)).toMatchObject({
      state: 'complete',
      report: { charged: { count: 40 } },
    })
    await world.provenEqual()
  })

  test('leaves a run that somebody works on by hand to them', async () => {
    await world.subscribeMany(4)
    const answer = Promise.withResolvers<void>()
    world.bank.state.before = () => answer.promise
    const byHand = world.run(undefined, { limit: 1 })
    await until(() => world.bank.asked() === 1, WAIT)
    await sweepRuns(world.deps, undefined, 'server:1')
    answer.resolve()
    expect((await byHand).run).toMatchObject({ stopReason: 'limit_reached', report: { left: 3 } })
    expect(world.bank.taken).toHaveLength(1)
  })
})
