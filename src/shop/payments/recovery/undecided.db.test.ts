import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../../platform/audit/audit.ts'
import { newId } from '../../../platform/ids.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { LookupResult } from '../provider.ts'
import { LOOK_DELAYS_SECONDS } from '../rules/look.ts'
import { scriptedProvider, timeout } from '../testing-provider.ts'
import { decideUnknown, lookUpAttemptNow } from './decide-unknown.ts'
import { unknownState } from './look-up.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

function shop() {
  const played = scriptedProvider('kakaopay')
  return { ...played, ...shopOf(world, world.depsWith(played.provider)) }
}
const outage: LookupResult = { kind: 'error', reason: 'http_5xx' }

describe('when look-ups cannot tell', () => {
  async function exhausted() {
    const here = shop()
    const placed = await here.place()
    here.script.complete.push({ answer: timeout })
    const attempt = await here.back(await here.begun(placed))
    if (!attempt) throw new Error('no attempt')
    here.script.lookup.push(...LOOK_DELAYS_SECONDS.map(() => outage))
    for (const seconds of LOOK_DELAYS_SECONDS) await here.pass({ seconds })
    return { ...here, placed, attempt }
  }

  it('a person is asked after the whole schedule, once, and the order stays held', async () => {
    const { attempt, placed, read, calls, close, pass, events, begin, deps, keep } = await exhausted()
    expect((await read(attempt.id)).attempt).toMatchObject({
      state: 'unknown',
      needs_review: true,
      next_look_at: null,
    })
    expect(calls.filter((call) => call === 'lookup')).toHaveLength(12)
    await pass({ hours: 24 * 30 })
    expect(calls.filter((call) => call === 'lookup')).toHaveLength(12)
    expect(await close(placed.id)).toBe('in_flight')
    await keep(placed.id)
    expect(await begin(placed)).toMatchObject({
      code: 'payment_in_progress',
      facts: { paymentId: attempt.id },
    })
    expect(await events(attempt.id)).toEqual([
      {
        type: 'needs-review',
        attemptId: attempt.id,
        orderId: placed.id,
        ownerId: placed.owner,
        provider: 'kakaopay',
        reason: 'http_5xx',
      },
    ])
    const { count, review, oldestSeconds } = await unknownState(deps)
    expect(count).toBeGreaterThanOrEqual(1)
    expect(review).toBeGreaterThanOrEqual(1)
    expect(oldestSeconds).toBeGreaterThan(86_400)
  })

  it('an operator who looks again gives it a new schedule, and it settles itself', async () => {
    const { attempt, script, deps, read, state } = await exhausted()
    script.lookup.push(outage)
    await lookUpAttemptNow(deps, attempt.id)
    expect((await read(attempt.id)).attempt).toMatchObject({
      state: 'unknown',
      needs_review: false,
      looks: 1,
    })
    await lookUpAttemptNow(deps, attempt.id)
    expect(await state(attempt.id)).toBe('succeeded')
    expect(await lookUpAttemptNow(deps, attempt.id)).toMatchObject({ state: 'succeeded' })
    expect(await lookUpAttemptNow(deps, newId())).toMatchObject({ code: 'not_found' })
  })

  it('an operator decides it was charged: paid, with the evidence kept', async () => {
    const { attempt, deps, order, placed, ledger, charges } = await exhausted()
    const decision = {
      attemptId: attempt.id,
      outcome: 'charged',
      evidence: 'partner center, row 7',
      operatorId: 'op',
    } as const
    expect(await decideUnknown(deps, { ...decision, providerRef: 'another' })).toMatchObject({
      code: 'provider_ref_mismatch',
    })
    expect(await decideUnknown(deps, decision)).toMatchObject({ state: 'succeeded' })
    expect(await decideUnknown(deps, decision)).toMatchObject({ code: 'payment_settled' })
    expect((await order(placed.id)).state).toBe('paid')
    expect(await ledger(attempt.id)).toMatchObject({ 'receivable:kakaopay': 21_000 })
    expect(charges).toEqual([attempt.id])
    const { rows } = await sql<{ note: unknown }>`
      select note from payments.history where attempt_id = ${attempt.id} and step = 'succeeded'`.execute(
      world.db,
    )
    expect(rows).toMatchObject([{ note: { operator: 'op', evidence: 'partner center, row 7' } }])
  })

  it('an operator decides it was not charged: the order is free again; and once only', async () => {
    const { attempt, deps, placed, begin, ledger, keep, script } = await exhausted()
    script.lookup.push(outage, outage)
    const decision = {
      attemptId: attempt.id,
      outcome: 'not_charged',
      evidence: 'not in the list',
      operatorId: 'op',
    } as const
    const both = await Promise.all([
      decideUnknown(deps, decision),
      decideUnknown(deps, { ...decision, outcome: 'charged' }),
    ])
    const won = both.filter((one) => !('kind' in one))
    expect(won).toHaveLength(1)
    expect(both.filter((one) => 'kind' in one)).toMatchObject([{ code: 'payment_settled' }])
    if (won[0] && 'state' in won[0] && won[0].state === 'declined') {
      expect(await ledger(attempt.id)).toEqual({})
      await keep(placed.id)
      expect(await begin(placed)).toMatchObject({ state: 'awaiting_customer' })
    }
    expect(await decideUnknown(deps, { ...decision, attemptId: newId() })).toMatchObject({
      code: 'not_found',
    })
  })

  it('"not charged" is not believed of a person before the settle window is over', async () => {
    const { place, begun, back, script, deps } = shop()
    script.complete.push({ answer: timeout })
    const attempt = await back(await begun(await place()))
    const decision = {
      attemptId: attempt?.id ?? '',
      outcome: 'not_charged',
      evidence: 'not there yet',
      operatorId: 'op',
    } as const
    world.clock.advance({ minutes: 24 })
    expect(await decideUnknown(deps, decision)).toMatchObject({
      code: 'decision_too_early',
      retryAfterSeconds: 60,
    })
    world.clock.advance({ minutes: 1 })
    script.lookup.push(outage)
    expect(await decideUnknown(deps, decision)).toMatchObject({ state: 'declined' })
  })

  it('nobody decides the opposite of what the provider says, and what it said is kept', async () => {
    const { attempt, deps, state, order, placed, ledger } = await exhausted()
    const decision = { attemptId: attempt.id, evidence: 'I say so', operatorId: 'op' } as const
    // The bank took the money.
    expect(await decideUnknown(deps, { ...decision, outcome: 'not_charged' })).toMatchObject({
      code: 'provider_contradicts',
      facts: { providerSaid: 'yes', lookup: 'found' },
    })
    expect(await state(attempt.id)).toBe('unknown')
    const { rows } = await sql<{ note: unknown }>`
      select note from payments.history where attempt_id = ${attempt.id} and step = 'provider asked'`.execute(
      world.db,
    )
    expect(rows).toMatchObject([{ note: { operator: 'op', outcome: 'not_charged', providerSaid: 'yes' } }])
    const noted = await readAudit(world.db, { action: 'payment.decision', subjectId: attempt.id, limit: 9 })
    expect(noted).toMatchObject([{ actor_id: 'op', reason: 'I say so', after: { providerSaid: 'yes' } }])

    const unpaid = shop()
    const wanted = await unpaid.place()
    unpaid.script.complete.push({ effect: false, answer: timeout })
    const open = await unpaid.back(await unpaid.begun(wanted))
    const charged = { ...decision, attemptId: open?.id ?? '', outcome: 'charged' } as const
    expect(await decideUnknown(unpaid.deps, charged)).toMatchObject({ code: 'provider_contradicts' })
    expect((await order(wanted.id)).state).toBe('waiting')
    expect(await ledger(open?.id ?? '')).toEqual({})
    expect((await order(placed.id)).state).toBe('waiting')
  })

  it('a decision and a look-up at the same time agree', async () => {
    for (let round = 0; round < 5; round++) {
      await world.leaveBehind()
      const { attempt, deps, events, ledger, script, state } = await exhausted()
      script.lookup.push(outage)
      const decision = {
        attemptId: attempt.id,
        outcome: 'not_charged',
        evidence: 'not in the list',
        operatorId: 'op',
      } as const
      await Promise.all([decideUnknown(deps, decision), lookUpAttemptNow(deps, attempt.id)])
      // Whichever of the two met the silence: money that was found is never dropped, and none is made up.
      const told = (await events(attempt.id)).at(-1)
      const end = await state(attempt.id)
      const type = end === 'unknown' ? 'needs-review' : end === 'declined' ? 'ended' : 'succeeded'
      expect(told).toMatchObject({ type })
      const took = end === 'succeeded' || end === 'succeeded_late'
      expect((await ledger(attempt.id))['receivable:kakaopay']).toBe(took ? 21_000 : undefined)
    }
  })

  it('a payment somebody else has given back is for a person, not a paid order', async () => {
    const { place, begun, back, script, bank, pass, read, order } = shop()
    const placed = await place()
    script.complete.push({ answer: timeout })
    const attempt = await back(await begun(placed))
    bank.get(attempt?.provider_ref ?? '')?.refunds.push({ id: 'console', amount: 21_000 })
    await pass({ seconds: 10 })
    expect((await read(attempt?.id ?? '')).attempt).toMatchObject({ state: 'unknown', needs_review: true })
    expect((await order(placed.id)).state).toBe('waiting')
  })

  it('one payment that cannot be handled does not stop the others', async () => {
    const { place, begun, back, script, pass, state } = shop()
    script.complete.push({ answer: timeout }, { answer: timeout })
    const bad = await back(await begun(await place()))
    const good = await back(await begun(await place()))
    script.lookup.push(() => {
      throw new Error('a bug in the adapter')
    })
    await pass({ seconds: 10 })
    const states = [await state(bad?.id ?? ''), await state(good?.id ?? '')].sort()
    expect(states).toEqual(['succeeded', 'unknown'])
    await pass({ seconds: 60 })
    expect([await state(bad?.id ?? ''), await state(good?.id ?? '')]).toEqual(['succeeded', 'succeeded'])
  })
})
