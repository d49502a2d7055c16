/** A worker dies between "sent" and the provider: where an idempotency key makes one charge of two sendings, it is sent again. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { declined, scriptedProvider, timeout, unavailable } from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 10 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

/** A charge whose first sending never reached the provider, and whose answer is lost. */
async function lost(idempotencyKeys = true) {
  const played = scriptedProvider('toss', { idempotencyKeys }, () => world.clock.now())
  const here = shopOf(world, world.depsWith(played.provider))
  const tokens = tokensOf(world, here)
  const customer = await tokens.subscriber()
  const { id } = await tokens.prepared(customer)
  played.script.charge.push({ effect: false, answer: timeout })
  expect(await tokens.send(id)).toBe('unknown')
  return { ...played, ...here, ...tokens, customer, id }
}

it('the charge is made within a minute, once, under the same key', async () => {
  const { id, pass, state, charges, provider, calls, ledger, news } = await lost()
  const keys: string[] = []
  const { chargeToken } = provider
  provider.chargeToken = (input, call) => {
    keys.push(call.idempotencyKey)
    return chargeToken(input, call)
  }
  await pass({ minutes: 1 })
  expect(await state(id)).toBe('succeeded')
  expect(charges.filter((ref) => ref === id)).toEqual([id])
  expect(keys).toEqual([id])
  expect(calls.filter((name) => name === 'charge')).toHaveLength(2)
  expect(await ledger(id)).toMatchObject({ 'receivable:toss': 11_000 })
  expect((await news(id)).at(-1)).toMatchObject({ kind: 'paid' })
})

it('a refusal of the repetition is a refusal, and ends the doubt', async () => {
  const { id, pass, state, script, news } = await lost()
  script.charge.push({ effect: false, answer: declined })
  await pass({ minutes: 1 })
  expect(await state(id)).toBe('declined')
  expect((await news(id)).at(-1)).toMatchObject({ kind: 'ended', outcome: { kind: 'declined' } })
})

it('that it could not be sent this time says nothing of the first time', async () => {
  const { id, pass, state, script, charges } = await lost()
  script.charge.push({ effect: false, answer: unavailable })
  await pass({ minutes: 1 })
  expect(await state(id)).toBe('unknown')
  await pass({ minutes: 2 })
  expect(await state(id)).toBe('succeeded')
  expect(charges.filter((ref) => ref === id)).toHaveLength(1)
})

it('not for an order nobody wants any more: it is looked at until it surely was not charged', async () => {
  const { id, pass, state, calls, charges, news, read } = await lost()
  const { order_id } = (await read(id)).attempt
  await sql`update testing.purchase set state = 'closed' where id = ${order_id}`.execute(world.db)
  await pass({ minutes: 1 })
  expect(await state(id)).toBe('unknown')
  for (let day = 0; day < 4; day++) await pass({ hours: 24 })
  expect(await state(id)).toBe('declined')
  expect(calls.filter((name) => name === 'charge')).toHaveLength(1)
  expect(charges).not.toContain(id)
  expect((await news(id)).at(-1)).toMatchObject({ kind: 'ended', outcome: { kind: 'not_charged' } })
})

it('not where the provider knows no such keys, nor with a method that has ended', async () => {
  const plain = await lost(false)
  await plain.pass({ minutes: 1 })
  expect(await plain.state(plain.id)).toBe('unknown')
  const ended = await lost()
  await sql`update payments.method set state = 'revoking' where id = ${ended.customer.method.id}`.execute(
    world.db,
  )
  await ended.pass({ minutes: 1 })
  expect(await ended.state(ended.id)).toBe('unknown')
  for (const { calls } of [plain, ended]) expect(calls.filter((name) => name === 'charge')).toHaveLength(1)
})
