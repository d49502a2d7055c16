import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { operatorView } from '../http/operator-view.ts'
import { paymentView } from '../http/view.ts'
import { actor, paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { decideUnknown } from '../recovery/decide-unknown.ts'
import { refundsInReview } from '../recovery/look-up.ts'
import { namePayment } from '../recovery/name-payment.ts'
import { paymentMethodsOf } from '../store/method-store.ts'
import { historyOf } from '../store/queries.ts'
import { deadToken, gate, invalid, scriptedProvider, timeout } from '../testing-provider.ts'
import { tokensOf } from '../tokens.fixture.ts'
import { requestMethodRevocation, sweepRevocations } from './revoke-method.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

function shop() {
  const evidenceOnly = { lookupByMerchantRef: false, revokesTokens: true }
  const played = scriptedProvider('kakaopay', evidenceOnly, () => world.clock.now())
  const lines: string[] = []
  const log = createLog('trace', { write: (line) => lines.push(line) })
  const here = shopOf(world, { ...world.depsWith(played.provider), log })
  return { ...played, ...here, ...tokensOf(world, here), lines }
}

describe('ending a stored method', () => {
  it('is told to the provider after the commit, once, and for good', async () => {
    const { subscriber, endMethod, tell, methodOf, tokens, calls, prepare, place } = shop()
    const { owner, method } = await subscriber()
    await Promise.all([endMethod(method.id), endMethod(method.id), endMethod(method.id)])
    expect((await methodOf(owner)).state).toBe('revoking')
    expect((await paymentMethodsOf(world.db, owner)).map(({ state }) => state)).toEqual(['revoked'])
    expect(await prepare((await place(1_000, owner)).id, method.id)).toEqual({ kind: 'method_gone' })
    expect(await tell(method.id)).toBe(1)
    expect((await methodOf(owner)).state).toBe('revoked')
    expect([...tokens.values()]).toMatchObject([{ active: false }])
    await endMethod(method.id)
    expect(await tell(method.id)).toBe(0)
    expect(calls.filter((call) => call === 'revoke')).toHaveLength(1)
  })

  it('does not happen when its transaction is undone', async () => {
    const { subscriber, deps, methodOf, tell } = shop()
    const { owner, method } = await subscriber()
    await transact<void>(world.db, async (tx, rollback) => {
      await requestMethodRevocation(deps, tx, { paymentMethodId: method.id, reason: 'test' })
      rollback(undefined)
    })
    expect((await methodOf(owner)).state).toBe('active')
    expect(await tell(method.id)).toBe(0)
  })

  it('is tried until the provider confirms it; a token it does not know is as good as revoked', async () => {
    const { subscriber, endMethod, tell, methodOf, script } = shop()
    const { owner, method } = await subscriber()
    await endMethod(method.id)
    script.revoke.push({ effect: false, answer: timeout }, { effect: false, answer: invalid })
    await expect(tell(method.id)).rejects.toThrow('not revoked yet: unknown')
    await expect(tell(method.id)).rejects.toThrow('not revoked yet: invalid')
    expect((await methodOf(owner)).state).toBe('revoking')
    script.revoke.push({ effect: false, answer: deadToken })
    expect(await tell(method.id)).toBe(1)
    expect((await methodOf(owner)).state).toBe('revoked')
  })

  it('is not forgotten when its command has given up', async () => {
    const { subscriber, endMethod, tell, methodOf, deps } = shop()
    const { owner, method } = await subscriber()
    await endMethod(method.id)
    await sql`delete from testing.revocation`.execute(world.db)
    world.clock.advance({ minutes: 59 })
    await sweepRevocations(deps)
    expect(await tell(method.id)).toBe(0)
    world.clock.advance({ minutes: 1 })
    await Promise.all([sweepRevocations(deps), sweepRevocations(deps)])
    expect(await tell(method.id)).toBe(1)
    expect((await methodOf(owner)).state).toBe('revoked')
    world.clock.advance({ hours: 2 })
    await sweepRevocations(deps)
    expect(await tell(method.id)).toBe(0)
  })
})

describe('a charge by a method that is ending', () => {
  it('that was only prepared is never sent: it ends as a dead token does', async () => {
    const { subscriber, prepared, endMethod, send, state, news, charges } = shop()
    const customer = await subscriber()
    const { id } = await prepared(customer)
    await endMethod(customer.method.id)
    expect(await Promise.all([send(id), send(id)])).toEqual(expect.arrayContaining(['declined']))
    expect(await state(id)).toBe('cancelled')
    const outcome = { kind: 'declined', class: 'token_dead', code: 'payment_method_gone' }
    expect(await news(id)).toEqual([{ kind: 'ended', origin: 'token', outcome }])
    expect(charges).not.toContain(id)
  })

  it('waits for an end that is being written, and then is not sent', async () => {
    const { subscriber, prepared, send, deps, charges, state } = shop()
    const customer = await subscriber()
    const { id } = await prepared(customer)
    const written = gate()
    const commit = gate()
    const ending = transact(world.db, async (tx) => {
      await requestMethodRevocation(deps, tx, { paymentMethodId: customer.method.id, reason: 'test' })
      written.open()
      await commit.opened
    })
    await written.opened
    const sending = send(id)
    try {
      await until(waitsForALock, { deadlineMs: 5_000, what: 'the sender to wait' })
    } finally {
      commit.open()
      await ending
    }
    expect(await sending).toBe('declined')
    expect(await state(id)).toBe('cancelled')
    expect(charges).not.toContain(id)
  })

  it('on its way is settled as ever; the provider is told of the end afterwards', async () => {
    const { subscriber, prepared, send, endMethod, tell, script, methodOf, state, tokens, deps, charges } =
      shop()
    const customer = await subscriber()
    const { id } = await prepared(customer)
    const { opened, open } = gate()
    script.charge.push({ answerAfter: opened })
    const sending = send(id)
    await until(() => charges.includes(id), { deadlineMs: 5_000, what: 'the charge' })
    await endMethod(customer.method.id)
    await tell(customer.method.id)
    expect((await methodOf(customer.owner)).state).toBe('revoking')
    expect([...tokens.values()]).toMatchObject([{ active: true }])
    open()
    expect(await sending).toBe('paid')
    expect(await state(id)).toBe('succeeded')
    world.clock.advance({ hours: 1 })
    await sweepRevocations(deps)
    await tell(customer.method.id)
    expect((await methodOf(customer.owner)).state).toBe('revoked')
  })

  it('and of unknown outcome keeps the evidence until it is settled', async () => {
    const { subscriber, charged, endMethod, tell, script, methodOf, state, pass, deps } = shop()
    const customer = await subscriber()
    script.charge.push({ answer: timeout })
    const { id } = await charged(customer)
    await endMethod(customer.method.id)
    await tell(customer.method.id)
    expect((await methodOf(customer.owner)).state).toBe('revoking')
    await pass({ seconds: 10 })
    expect(await state(id)).toBe('succeeded')
    world.clock.advance({ hours: 1 })
    await sweepRevocations(deps)
    await tell(customer.method.id)
    expect((await methodOf(customer.owner)).state).toBe('revoked')
  })

  async function waitsForALock(): Promise<boolean> {
    const { rows } = await sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
      world.db,
    )
    return rows.length > 0
  }
})

describe('the text of a token', () => {
  it('is in no table, log line or view, whatever happens to it', async () => {
    const here = shop()
    const customer = await here.subscriber()
    const [token = ''] = here.tokens.keys()
    expect(token).toMatch(/^SID-/)
    const { id } = await here.charged(customer)
    world.clock.advance({ seconds: 2 })
    here.script.charge.push({ answer: timeout })
    const doubted = await here.charged(customer)
    await here.pass({ seconds: 10 })
    world.clock.advance({ seconds: 2 })
    here.script.charge.push({ effect: false, answer: deadToken })
    await here.charged(customer)
    await here.refund((await here.read(id)).attempt)
    await here.work()
    await here.endMethod(customer.method.id)
    await here.tell(customer.method.id)

    expect(await tablesWith(token)).toEqual([])
    // The search does find what is there.
    expect(await tablesWith(customer.method.display)).toEqual(['payments.attempt', 'payments.method'])
    expect(await tablesWith('unknown')).toContain('payments.history')
    expect(await tablesWith('shop.payment.succeeded')).toContain('platform.outbox')
    expect(here.lines.length).toBeGreaterThan(0)
    expect(here.lines.filter((line) => line.includes(token))).toEqual([])
    for (const one of [id, doubted.id]) {
      const detail = await here.read(one)
      const views = [paymentView(detail), operatorView(detail), await historyOf(world.db, one)]
      expect(JSON.stringify(views)).not.toContain(token)
    }
    expect(JSON.stringify(await paymentMethodsOf(world.db, customer.owner))).not.toMatch(/SID-|v1\./)
  })
})

/** Names of all tables, of any part, that hold a text anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`.execute(
    world.db,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql`
      select 1 from ${sql.raw(name)} t where position(${text} in t::text) > 0 limit 1`.execute(world.db)
    if (rows.length > 0) found.push(name)
  }
  return found.toSorted()
}

describe('a charge that is known only from evidence', () => {
  async function known() {
    const here = shop()
    here.script.charge.push({ answer: timeout })
    const customer = await here.subscriber()
    const { id, order } = await here.charged(customer)
    await here.pass({ seconds: 10 })
    const { attempt } = await here.read(id)
    expect(attempt).toMatchObject({ state: 'succeeded', provider_ref: null })
    const ref = [...here.bank.values()].find((one) => one.merchantRef === id)?.ref ?? ''
    const name = (providerRef: string) =>
      namePayment(here.deps, { paymentId: id, providerRef, evidence: '콘솔에서 확인', operatorId: newId() })
    return { ...here, customer, attempt, ref, name, placed: order }
  }

  it('is refunded by a person, or by us once a person has told its name', async () => {
    const { attempt, refund, work, read, name, ref, refunds, deps, order, placed, ledger } = await known()
    await refund(attempt, actor(newId(), 'merchant'))
    expect(await work()).toBe(1)
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'unknown', needs_review: true }])
    expect(await refundsInReview(deps)).toBe(1)
    expect(await name(ref)).toMatchObject({ provider_ref: ref })
    expect(await refundsInReview(deps)).toBe(0)
    expect(refunds).toEqual([])
    expect(await work()).toBe(1)
    expect(refunds).toEqual([{ ref, amount: 11_000 }])
    expect((await read(attempt.id)).refunds).toMatchObject([{ state: 'succeeded', needs_review: false }])
    expect((await order(placed.id)).state).toBe('refunded')
    expect(await ledger(attempt.id)).toEqual({ 'receivable:kakaopay': 0, sales: 0, vat: 0 })
    expect((await historyOf(world.db, attempt.id)).map(({ step }) => step)).toContain('named')
  })

  it('gets no name that is not its own', async () => {
    const { attempt, name, ref, read, customer, charged, bank, script, state, place, begun } = await known()
    world.clock.advance({ seconds: 2 })
    const other = (await read((await charged(customer)).id)).attempt
    expect(await name(other.provider_ref ?? '')).toMatchObject({ code: 'provider_ref_mismatch' })
    expect(await name('T-nobody')).toMatchObject({ code: 'provider_ref_mismatch' })
    script.lookup.push({ kind: 'error', reason: 'mismatch' }, { kind: 'error', reason: 'timeout' })
    expect(await name(ref)).toMatchObject({ code: 'provider_ref_mismatch' })
    expect(await name(ref)).toMatchObject({ code: 'lookup_failed' })
    const payment = bank.get(ref)
    if (payment) bank.set('T-other-sum', { ...payment, ref: 'T-other-sum', total: 1 })
    expect(await name('T-other-sum')).toMatchObject({ code: 'provider_ref_mismatch' })
    expect((await read(attempt.id)).attempt.provider_ref).toBeNull()
    expect(await Promise.all([name(ref), name(ref)])).toMatchObject([
      { provider_ref: ref },
      { provider_ref: ref },
    ])
    expect(await name('T-another')).toMatchObject({ code: 'provider_ref_mismatch' })
    const open = await begun(await place())
    const asked = { providerRef: ref, evidence: 'x', operatorId: newId() }
    const { deps } = shop()
    expect(await namePayment(deps, { ...asked, paymentId: open.id })).toMatchObject({
      code: 'payment_not_refundable',
    })
    expect(await namePayment(deps, { ...asked, paymentId: newId() })).toMatchObject({ code: 'not_found' })
    expect(await state(open.id)).toBe('awaiting_customer')
  })

  it('"not charged" is not believed of a person before evidence could have come', async () => {
    const { subscriber, charged, script, deps, news } = shop()
    script.charge.push({ effect: false, answer: timeout })
    const { id } = await charged(await subscriber())
    const decide = () =>
      decideUnknown(deps, {
        attemptId: id,
        outcome: 'not_charged',
        evidence: '콘솔에 없음',
        operatorId: newId(),
      })
    world.clock.advance({ hours: 23 })
    expect(await decide()).toMatchObject({ code: 'decision_too_early' })
    world.clock.advance({ hours: 1 })
    expect(await decide()).toMatchObject({ state: 'declined' })
    expect((await news(id)).at(-1)).toMatchObject({ kind: 'ended', outcome: { kind: 'not_charged' } })
  })

  it('a person who found the charge names it at once, and the next one is told apart from it', async () => {
    const { subscriber, charged, script, deps, read, methodOf } = shop()
    const customer = await subscriber()
    script.charge.push({ effect: false, answer: timeout })
    const { id } = await charged(customer)
    world.clock.advance({ minutes: 5 })
    const providerRef = `T${newId()}`
    const decision = {
      attemptId: id,
      outcome: 'charged',
      evidence: '콘솔에서 확인',
      operatorId: newId(),
    } as const
    expect(await decideUnknown(deps, decision)).toMatchObject({ code: 'provider_ref_required' })
    script.lookup.push({ kind: 'unsupported' })
    expect(await decideUnknown(deps, { ...decision, providerRef })).toMatchObject({ state: 'succeeded' })
    expect((await read(id)).attempt.provider_ref).toBe(providerRef)
    expect((await methodOf(customer.owner)).last_charged_at).toEqual(world.clock.now())
  })
})

describe('the end of a checkout', () => {
  it.each([
    ['given up', 'cancel', { kind: 'cancelled', code: 'cancelled_by_customer' }],
    ['failed', 'fail', { kind: 'declined', class: 'retryable', code: 'LIMIT' }],
  ] as const)('%s on the page is told to the order, once', async (_, target, outcome) => {
    const { place, begun, back, news } = shop()
    const attempt = await begun(await place())
    await Promise.all([back(attempt, target), back(attempt, target), back(attempt, target)])
    expect(await news(attempt.id)).toEqual([{ kind: 'ended', origin: 'checkout', outcome }])
  })

  it('is told when the page was never obtained, has expired, or was refused; not when it is replaced', async () => {
    const { place, begin, begun, back, news, script, pass, keep, state } = shop()
    script.begin.push({ effect: false, answer: invalid })
    const first = await place()
    await begin(first)
    const { rows } = await sql<{ id: string }>`
      select id from payments.attempt where order_id = ${first.id}`.execute(world.db)
    expect(await news(rows[0]?.id ?? '')).toMatchObject([{ kind: 'ended', outcome: { kind: 'failed' } }])
    const second = await place()
    const expired = await begun(second)
    world.clock.advance({ minutes: 16 })
    await keep(second.id)
    const next = await begun(second)
    expect(await state(expired.id)).toBe('cancelled')
    expect(await news(expired.id)).toEqual([])
    await pass({ minutes: 16 })
    expect(await news(next.id)).toMatchObject([{ outcome: { kind: 'expired', code: 'expired' } }])
    await keep(second.id)
    script.complete.push({ effect: false, answer: { ...deadToken, scope: 'attempt' } })
    const refused = await begun(second)
    await back(refused)
    expect(await news(refused.id)).toMatchObject([
      { kind: 'ended', origin: 'checkout', outcome: { kind: 'declined', class: 'final', code: '-751' } },
    ])
  })
})
