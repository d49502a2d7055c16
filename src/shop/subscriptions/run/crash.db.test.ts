import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openBilling } from '../billing.fixture.ts'
import type { BillingDeps, Moment } from '../charging/ports.ts'
import { WorkerLost } from './pool.ts'

const LEASE_MS = 300
const world = await openBilling({ leaseMs: LEASE_MS, concurrency: 1 })
afterAll(() => world.drop())
beforeEach(() => world.reset())

/** A worker that dies at the n-th time it comes to a moment, as if its process had been killed there. */
function dyingAt(moment: Moment, nth: number): BillingDeps {
  let times = 0
  return {
    ...world.deps,
    at: (now) => {
      if (now !== moment) return
      times += 1
      if (times >= nth) throw new WorkerLost(`died when ${moment}`)
    },
  }
}

/** Dies inside of payments: after the attempt counts as sent, before its answer is stored. */
function dyingInCall(): BillingDeps {
  return {
    ...world.deps,
    payments: {
      ...world.payments,
      sendTokenCharge: async () => {
        throw new WorkerLost('died in the call')
      },
    },
  }
}

/** Runs until nothing is left, with a new worker after each death. */
async function untilComplete(): Promise<number> {
  for (let starts = 1; starts <= 30; starts += 1) {
    const { run } = await world.run()
    if (run.state === 'complete') return starts
    // What the dead worker had on its way is found again after a while.
    world.clock.advance({ minutes: 3 })
    await world.payments.module.sweeps?.[0]?.run()
  }
  throw new Error('the run never got complete')
}

async function chargedOnce(count: number): Promise<void> {
  await world.provenEqual()
  expect(await world.paidCharges()).toHaveLength(count)
}

describe('a worker that dies', () => {
  for (const moment of ['claimed', 'preparing', 'prepared', 'sent'] as const) {
    for (const nth of [1, 3]) {
      test(`when ${moment}, at the ${nth}. subscription: exactly one charge each`, async () => {
        await world.subscribeMany(4)
        await expect(world.run(undefined, {}, dyingAt(moment, nth))).rejects.toThrow('died')
        await untilComplete()
        await chargedOnce(4)
      })
    }

    test(`when ${moment}, between a refusal and the try after it`, async () => {
      await world.subscribe({ answers: ['insufficient', 'ok'] })
      await expect(world.run(undefined, {}, dyingAt(moment, moment === 'claimed' ? 1 : 2))).rejects.toThrow(
        'died',
      )
      await untilComplete()
      await chargedOnce(1)
    })
  }

  test('again and again, at every subscription', async () => {
    await world.subscribeMany(5)
    for (let deaths = 0; deaths < 5; deaths += 1) {
      await world.run(undefined, {}, dyingAt('prepared', 1)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(WorkerLost)
      })
      world.clock.advance({ minutes: 3 })
    }
    await untilComplete()
    await chargedOnce(5)
  })

  test('before the call: the prepared attempt is sent by the next one, not made anew', async () => {
    const sub = await world.subscribe()
    await expect(world.run(undefined, {}, dyingInCall())).rejects.toThrow('died in the call')
    const attempt = (await world.cycles(sub.id)).at(-1)?.cycle
    expect(attempt?.state).toBe('charging')
    await untilComplete()
    expect((await world.cycles(sub.id)).at(-1)?.cycle).toMatchObject({
      state: 'paid',
      attemptId: attempt && 'attemptId' in attempt ? attempt.attemptId : 'none',
    })
    await chargedOnce(1)
  })

  test('and the customer cancels before the next one comes: what was not sent never is', async () => {
    const sub = await world.subscribe()
    await expect(world.run(undefined, {}, dyingInCall())).rejects.toThrow('died in the call')
    await world.cancel(sub)
    await untilComplete()
    expect((await world.cycles(sub.id)).at(-1)?.cycle.state).toBe('skipped')
    expect(world.bank.asked()).toBe(0)
    expect(await world.stock(sub.itemId)).toMatchObject({ held: 0 })
  })

  test('while others live: they take over what it had, and nobody is charged twice', async () => {
    await world.subscribeMany(12)
    const dying = world.run(undefined, {}, dyingAt('prepared', 2)).catch(() => undefined)
    const [first, second] = await Promise.all([world.run(), world.run(), dying])
    expect([first.run.state, second.run.state]).not.toContain('failed')
    await untilComplete()
    await chargedOnce(12)
  })
})
