/** A provider is away for some minutes: that must be felt no longer than it lasts. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { scriptedProvider, timeout } from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'
import { lookUpAllDue } from './look-up.ts'
import { sweepRefunds } from './sweep-refunds.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const EVERY_SECONDS = 10

function shop() {
  const played = scriptedProvider('toss', {}, () => world.clock.now())
  const here = shopOf(world, world.depsWith(played.provider))
  /** Time passes as it does on a server: the sweeps run all the while, and so do the stored commands. */
  const live = async (minutes: number) => {
    for (let passed = 0; passed < minutes * 60; passed += EVERY_SECONDS) {
      world.clock.advance({ seconds: EVERY_SECONDS })
      await here.sweep()
    }
  }
  return { ...played, ...here, live }
}

const open = async () => {
  const { rows } = await sql<{ open: number }>`
    select (select count(*) from payments.attempt where state in ('sent', 'unknown', 'authorised'))::int
      + (select count(*) from payments.refund where state in ('requested', 'sent', 'unknown'))::int as open`.execute(
    world.db,
  )
  return rows[0]?.open
}

describe('after five minutes without the provider', () => {
  it.each([
    ['it is silent', 'silent', false],
    ['it is silent and then our breaker is open', 'refusing', true],
    ['it cannot be reached', 'refusing', false],
  ] as const)('%s: everything is settled within two minutes', async (_what, then, breaker) => {
    const { begun, place, back, paid, refund, work, outage, live, charges, refunds, read } = shop()
    const earlier = await Promise.all([paid(), paid(), paid()])
    const waiting = await Promise.all(Array.from({ length: 9 }, async () => begun(await place())))
    outage('silent')
    // Some payments and a refund have no answer; others come when nobody can be reached at all.
    await Promise.all(waiting.slice(0, 3).map((attempt) => back(attempt)))
    await refund(earlier[0].attempt)
    await work()
    await live(1)
    outage(then, breaker)
    await Promise.all(waiting.slice(3, 6).map((attempt) => back(attempt)))
    await refund(earlier[1].attempt)
    await work()
    await live(4)
    expect(await open()).toBeGreaterThanOrEqual(6)
    outage('none')
    await Promise.all(waiting.slice(6).map((attempt) => back(attempt)))
    await refund(earlier[2].attempt)
    await work()
    await live(2)
    expect(await open()).toBe(0)
    expect(new Set(charges).size).toBe(charges.length)
    expect(charges).toHaveLength(12)
    expect(refunds).toHaveLength(3)
    for (const { id } of waiting) expect((await read(id)).attempt.state).toBe('succeeded')
  })

  it('recurring charges of unknown outcome, too', async () => {
    const here = shop()
    const { subscriber, prepared, send } = tokensOf(world, here)
    const all = await Promise.all(Array.from({ length: 5 }, async () => prepared(await subscriber())))
    here.outage('silent')
    for (const { id } of all) expect(await send(id)).toBe('unknown')
    await here.live(5)
    here.outage('none')
    await here.live(2)
    for (const { id } of all) expect(await here.state(id)).toBe('succeeded')
    expect(here.charges.filter((ref) => all.some(({ id }) => id === ref))).toHaveLength(5)
  })
})

describe('a look-up that was not answered', () => {
  it('does not use up the schedule, writes no history, and counts again when the silence lasts for days', async () => {
    const { begun, place, back, script, outage, pass, read } = shop()
    const attempt = await begun(await place())
    script.complete.push({ effect: false, answer: timeout })
    outage('silent')
    await back(attempt)
    const lines = async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from payments.history where attempt_id = ${attempt.id}`.execute(
        world.db,
      )
      return rows[0]?.count
    }
    const before = await lines()
    for (let minute = 0; minute < 120; minute += 1) await pass({ minutes: 2 })
    expect((await read(attempt.id)).attempt).toMatchObject({
      state: 'unknown',
      looks: 0,
      needs_review: false,
    })
    expect(await lines()).toBe(before)
    for (let day = 0; day < 40; day += 1) await pass({ hours: 25 })
    expect((await read(attempt.id)).attempt).toMatchObject({ state: 'unknown', needs_review: true })
  })

  it('is not made while our breaker would refuse it', async () => {
    const { begun, place, back, outage, deps, calls, read, paid, refund, work } = shop()
    const { attempt: given } = await paid()
    const attempt = await begun(await place())
    outage('silent')
    await back(attempt)
    await refund(given)
    await work()
    outage('refusing', true)
    world.clock.advance({ minutes: 5 })
    const asked = calls.length
    await lookUpAllDue(deps)
    await sweepRefunds(deps)
    expect(calls).toHaveLength(asked)
    outage('none')
    await lookUpAllDue(deps)
    await sweepRefunds(deps)
    expect((await read(attempt.id)).attempt.state).toBe('succeeded')
    expect((await read(given.id)).refunds[0]?.state).toBe('succeeded')
  })
})
