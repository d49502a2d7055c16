/** A worker dies between "sent" and the provider: where an idempotency key makes one charge of two sendings, it is sent again. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { paymentsRetention } from '../retention.ts'
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

it('years later: its token stays while it is in doubt, and whose it was while its order is kept', async () => {
  const { id, customer, deps, read, calls, pass } = await lost()
  const { db, clock } = world
  const rules = paymentsRetention(deps.payable)
  const before = clock.now().add({ hours: 1 })
  const due = async (kind: string) =>
    (
      await rules
        .find((rule) => rule.kind === kind)
        ?.due(db, { before, limit: 1_000, after: null, lock: false })
    )?.ids
  const method = customer.method.id
  await sql`update payments.method set state = 'revoked' where id = ${method}`.execute(db)
  expect(await due('payments.methods')).not.toContain(method)
  // Emptied all the same, as by a version before: it is asked about without.
  const token = sql`update payments.method set token = `
  await sql`${token} '' where id = ${method}`.execute(db)
  const asked = calls.filter((name) => name === 'lookup').length
  await pass({ minutes: 1 })
  expect(calls.filter((name) => name === 'lookup')).toHaveLength(asked + 1)
  await sql`${token} 'sealed' where id = ${method}`.execute(db)
  await sql`update payments.attempt set state = 'declined', next_look_at = null, unknown_reason = null,
    needs_review = true, method = '카드', redirect_url = 'https://pay.test' where id = ${id}`.execute(db)
  expect(await due('payments.methods')).not.toContain(method)
  await sql`update payments.attempt set needs_review = false where id = ${id}`.execute(db)
  expect(await due('payments.methods')).toContain(method)

  const { order_id } = (await read(id)).attempt
  expect(await due('payments.payments')).not.toContain(id)
  await sql`delete from testing.purchase where id = ${order_id}`.execute(db)
  expect(await due('payments.payments')).toContain(id)
  const proposal = newId()
  await sql`
    insert into payments.proposal (id, kind, subject_id, amount, terms, provider_said, proposed_by, proposed_at,
      expires_at, state, ended_by, ended_at)
    values (${proposal}, 'decide_payment', ${id}, 11000, '{"outcome":"not_charged","evidence":"민지 님과 통화"}', 'X', 'a',
      ${before}, ${before.add({ hours: 1 })}, 'rejected', 'b', ${before})`.execute(db)
  const words = sql`update payments.proposal set provider_said = null, terms = terms || '{"evidence":""}'`
  await expect(sql`${words} where id = ${proposal}`.execute(db)).rejects.toThrow('not to be changed')
  await transact(db, async (tx) =>
    rules.find(({ kind }) => kind === 'payments.payments')?.clear(tx, [id], clock.now()),
  )
  const { rows } = await sql`
    select a.method, a.redirect_url, p.provider_said, p.terms, p.ended_by
    from payments.attempt a join payments.proposal p on p.subject_id = a.id where a.id = ${id}`.execute(db)
  const terms = { outcome: 'not_charged', evidence: '' }
  expect(rows).toEqual([{ method: null, redirect_url: null, provider_said: null, terms, ended_by: 'b' }])
  await expect(
    sql`update payments.proposal set ended_by = 'c' where id = ${proposal}`.execute(db),
  ).rejects.toThrow('not to be changed')
})
