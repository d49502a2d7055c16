/** A new payment method while an attempt with the old one is written and surely not sent, or perhaps on its way. */
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openBilling, type Sub } from '../billing.fixture.ts'
import { setMethod } from '../changes/change-method.ts'
import { WorkerLost } from './pool.ts'

const world = await openBilling()
afterAll(() => world.drop())
beforeEach(() => world.reset())

const attempts = async ({ customerId }: Sub) => {
  const { rows } = await sql<{ id: string; state: string; method_id: string }>`
    select id, state, method_id from payments.attempt
    where owner_id = ${customerId} and origin = 'token' order by id`.execute(world.db)
  return rows
}
const methodState = async ({ customerId, methodId }: Sub) =>
  (await world.payments.paymentMethodsOf(world.db, customerId)).find(({ id }) => id === methodId)?.state

async function change(sub: Sub) {
  const fresh = await world.addMethod(sub.customerId)
  const actor = { userId: sub.customerId, roles: ['customer' as const], sessionId: 's' }
  expect((await setMethod(world.deps, { subscriptionId: sub.id, actor }, fresh.methodId)).kind).toBe(
    'changed',
  )
  return fresh
}
/** The provider could not be reached: the attempt waits to be sent again. */
async function postponed() {
  const sub = await world.subscribe({ answers: ['unreachable'] })
  await world.run()
  expect(await world.statesOf(sub)).toEqual(['ordering'])
  const [attempt] = await attempts(sub)
  expect(attempt).toMatchObject({ state: 'created', method_id: sub.methodId })
  return { sub, attemptId: attempt?.id ?? '' }
}
const later = async () => {
  world.clock.advance({ minutes: 5 })
  await world.freeClaims()
  await world.billing.followUps()
}

describe('a charge that was not sent', () => {
  test('because the provider was away goes to the new method, never to the old one', async () => {
    const { sub } = await postponed()
    const fresh = await change(sub)
    await later()
    expect(world.bank.taken.map(({ token }) => token)).toEqual([fresh.token])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect(await attempts(sub)).toMatchObject([
      { state: 'cancelled', method_id: sub.methodId },
      { state: 'succeeded', method_id: fresh.methodId },
    ])
    expect(await methodState(sub)).toBe('revoked')
    await world.provenEqual()
  })

  test('because its worker died goes to the new method as well', async () => {
    const sub = await world.subscribe()
    const dying = {
      ...world.deps,
      at: (moment: string) => {
        if (moment === 'prepared') throw new WorkerLost('dead')
      },
    }
    await expect(world.run(undefined, {}, dying)).rejects.toThrow(WorkerLost)
    expect(await world.statesOf(sub)).toEqual(['charging'])
    const fresh = await change(sub)
    await later()
    expect(world.bank.taken.map(({ token }) => token)).toEqual([fresh.token])
    expect(await methodState(sub)).toBe('revoked')
    await world.provenEqual()
  })

  test('is sent as it was when the same method is chosen again', async () => {
    const { sub, attemptId } = await postponed()
    await later()
    expect(await attempts(sub)).toMatchObject([{ id: attemptId, state: 'succeeded' }])
    await world.provenEqual()
  })

  test('waits for a new method that is busy, and uses it then', async () => {
    const { sub } = await postponed()
    const fresh = await change(sub)
    await sql`update payments.method set updated_at = ${world.clock.now().add({ minutes: 5 })}
      where id = ${fresh.methodId}`.execute(world.db)
    await later()
    expect(await world.statesOf(sub)).toEqual(['ordering'])
    expect(await attempts(sub)).toMatchObject([{ state: 'cancelled' }])
    await later()
    expect(world.bank.taken.map(({ token }) => token)).toEqual([fresh.token])
    await world.provenEqual()
  })
})

describe('a charge that is on its way', () => {
  test('stands, although its cycle does not know that it was sent', async () => {
    const { sub, attemptId } = await postponed()
    const answer = Promise.withResolvers<void>()
    const heard = Promise.withResolvers<void>()
    world.bank.state.before = () => {
      heard.resolve()
      return answer.promise
    }
    // A worker that was held up between preparing and sending.
    const late = world.payments.sendTokenCharge(attemptId)
    await heard.promise
    await change(sub)
    await later()
    expect(await attempts(sub)).toMatchObject([{ id: attemptId, state: 'sent' }])
    expect(await world.statesOf(sub)).toEqual(['charging'])
    answer.resolve()
    expect(await late).toBe('paid')
    await later()
    expect(world.bank.taken.map(({ token }) => token)).toEqual([sub.token])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    await world.provenEqual()
  })

  test('or is not, at the very moment of the change: one charge in any case', async () => {
    const all = []
    for (let n = 0; n < 16; n += 1) all.push(await world.subscribe({ answers: ['unreachable'] }))
    await world.run()
    world.clock.advance({ minutes: 5 })
    await world.freeClaims()
    const sendings = await Promise.all(all.map(async (sub) => ({ sub, attempt: (await attempts(sub))[0] })))
    await Promise.all([
      world.billing.followUps(),
      ...sendings.flatMap(({ sub, attempt }) => [
        change(sub),
        world.payments.sendTokenCharge(attempt?.id ?? ''),
      ]),
    ])
    await later()
    await later()
    for (const sub of all) {
      expect(await world.statesOf(sub)).toEqual(['paid'])
      expect((await attempts(sub)).filter(({ state }) => state === 'succeeded')).toHaveLength(1)
    }
    expect(world.bank.taken).toHaveLength(all.length)
    await world.provenEqual()
  })
})

describe('a charge the bank refuses while the customer gives another method', () => {
  /** Refused so often; while the bank thinks about the last of them, the customer changes the method. */
  async function changedDuring(refusals: number) {
    const sub = await world.subscribe({ answers: Array.from({ length: refusals }, () => 'insufficient') })
    let fresh: Awaited<ReturnType<typeof change>> | undefined
    world.bank.state.before = async () => {
      if (world.bank.asked() === refusals) fresh = await change(sub)
    }
    await world.run()
    for (let day = 0; world.bank.asked() < refusals; day += 1) {
      expect(day).toBeLessThan(5)
      world.clock.advance({ hours: 24 })
      await world.freeClaims()
      await world.billing.followUps()
    }
    return { sub, token: fresh?.token }
  }

  test.each([
    ['that would be followed by a wait', 2],
    ['that would be the last one', 5],
  ])('%s: the new one is tried at once', async (_name, refusals) => {
    const { sub, token } = await changedDuring(refusals)
    expect(world.bank.taken.map((charge) => charge.token)).toEqual([token])
    expect(await world.statesOf(sub)).toEqual(['paid'])
    expect((await world.stored(sub.id)).subscription.state).toBe('active')
    expect(await methodState(sub)).toBe('revoked')
    await world.provenEqual()
  })

  test('and the new one is refused as well: then it is over', async () => {
    const sub = await world.subscribe({ answers: Array.from({ length: 5 }, () => 'insufficient') })
    world.bank.state.before = async () => {
      if (world.bank.asked() !== 5) return
      const fresh = await change(sub)
      world.bank.scripts.set(fresh.token, ['insufficient', 'insufficient'])
    }
    await world.run()
    for (let day = 0; day < 4; day += 1) {
      world.clock.advance({ hours: 24 })
      await world.freeClaims()
      await world.billing.followUps()
    }
    expect(world.bank.asked()).toBe(6)
    expect((await world.stored(sub.id)).subscription).toMatchObject({
      state: 'cancelled',
      reason: 'tries_used_up',
    })
  })
})
