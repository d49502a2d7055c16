import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { closeUnsentCharge } from '../flows/close-attempt.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { gate, scriptedProvider, unavailable } from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterAll(() => world.database.drop())

function shop() {
  const played = scriptedProvider('kakaopay', { lookupByMerchantRef: false }, () => world.clock.now())
  const here = shopOf(world, world.depsWith(played.provider))
  /** What billing does: the order is locked before. */
  const close = (orderId: string, attemptId: string) =>
    transact(world.db, async (tx) => {
      await sql`select 1 from testing.purchase where id = ${orderId} for update`.execute(tx)
      return closeUnsentCharge(here.deps, tx, { orderId, attemptId, reason: 'payment_method_changed' })
    })
  return { ...played, ...here, ...tokensOf(world, here), close }
}

it('a charge that was not sent ends, its order is not told, and another one may take its place', async () => {
  const { subscriber, prepared, prepare, close, send, state, news, events, charges, script } = shop()
  const customer = await subscriber()
  const { order, id } = await prepared(customer)
  script.charge.push({ effect: false, answer: unavailable })
  expect(await send(id)).toBe('not_sent')
  expect(await close(order.id, id)).toBe('closed')
  expect(await close(order.id, id)).toBe('over')
  expect(await state(id)).toBe('cancelled')
  expect((await news(id)).map(({ kind }) => kind)).toEqual(['postponed'])
  expect(await events(id)).toMatchObject([
    { type: 'ended', outcome: 'cancelled', code: 'payment_method_changed' },
  ])
  expect(await send(id)).toBe('stale')
  world.clock.advance({ seconds: 3 })
  expect((await prepare(order.id, customer.method.id)).kind).toBe('prepared')
  expect(charges).not.toContain(id)
})

it('a charge on its way, or a customer on the provider’s page, is left alone', async () => {
  const { subscriber, prepared, place, begun, close, send, state, script } = shop()
  const { order, id } = await prepared(await subscriber())
  const answer = gate()
  script.charge.push({ answerAfter: answer.opened })
  const sending = send(id)
  await until(async () => (await state(id)) === 'sent', { deadlineMs: 5_000, what: 'the sending' })
  expect(await close(order.id, id)).toBe('in_flight')
  answer.open()
  expect(await sending).toBe('paid')
  expect(await close(order.id, id)).toBe('over')
  const placed = await place()
  const attempt = await begun(placed)
  expect(await close(placed.id, attempt.id)).toBe('in_flight')
  expect(await state(attempt.id)).toBe('awaiting_customer')
})

it('sent and closed at the same moment it is one of the two', async () => {
  const { subscriber, prepared, close, send, charges, state } = shop()
  const pairs = []
  for (let n = 0; n < 20; n += 1) pairs.push(await prepared(await subscriber()))
  const ends = await Promise.all(
    pairs.map(async ({ order, id }, n) => {
      const both = [() => send(id), () => close(order.id, id)] as const
      const [sent, closed] =
        n % 2 === 0
          ? await Promise.all([both[0](), both[1]()])
          : (await Promise.all([both[1](), both[0]()])).toReversed()
      return { id, sent, closed }
    }),
  )
  for (const { id, sent, closed } of ends) {
    expect([sent, closed === 'closed']).toEqual(closed === 'closed' ? ['stale', true] : ['paid', false])
    expect(charges.filter((one) => one === id)).toHaveLength(closed === 'closed' ? 0 : 1)
    expect(await state(id)).toBe(closed === 'closed' ? 'cancelled' : 'succeeded')
  }
})
