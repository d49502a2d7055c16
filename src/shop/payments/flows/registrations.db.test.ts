import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { Capabilities, ProviderName } from '../provider.ts'
import { registrationsOf } from '../registrations.fixture.ts'
import { sendTokenCharge } from '../sending/send-token-charge.ts'
import { requestMethodRevocation, revokeMethod } from '../settling/revoke-method.ts'
import { paymentMethodsOf } from '../store/method-store.ts'
import { declined, gate, invalid, scriptedProvider, timeout, unavailable } from '../testing-provider.ts'
import { METHODS_PER_CUSTOMER, REGISTRATIONS_PER_DAY } from './begin-registration.ts'
import { prepareTokenCharge } from './token-charge.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

function desk(changes: Partial<Capabilities> = {}, name: ProviderName = 'kakaopay') {
  const played = scriptedProvider(name, { revokesTokens: true, ...changes }, () => world.clock.now())
  const deps = world.depsWith(played.provider)
  return { ...played, ...registrationsOf(world, deps), shop: shopOf(world, deps) }
}

describe('a registration', () => {
  it('leaves one method behind that can be charged and revoked, and takes no money', async () => {
    const { begun, back, read, methodsOf, tokensOf, events, charges, tokens, shop, deps } = desk()
    const customer = newId()
    const registration = await begun(customer)
    expect(registration).toMatchObject({ state: 'awaiting_customer', provider: 'kakaopay' })
    expect(registration.redirect_url).toMatch(/^https:\/\/pay\.test\//)
    expect(await back(registration)).toMatchObject({ state: 'succeeded', proof: null })
    expect(charges).toEqual([])
    const [method] = await methodsOf(customer)
    expect(method).toMatchObject({
      id: registration.id,
      registered_by: registration.id,
      issued_by: null,
      buyer_ref: registration.buyer_ref,
      state: 'active',
      display: '카카오페이 신한카드',
    })
    expect(await tokensOf(customer)).toEqual([...tokens.keys()])
    expect(await events(registration.id)).toEqual([
      {
        type: 'shop.payment-method.registered',
        paymentMethodId: registration.id,
        customerId: customer,
        provider: 'kakaopay',
      },
    ])

    world.clock.advance({ minutes: 1 })
    const order = await shop.place(11_000, customer)
    const charge = { orderId: order.id, paymentMethodId: registration.id, now: world.clock.now() }
    const prepared = await transact(world.db, (tx) => prepareTokenCharge(deps, tx, charge))
    if (prepared.kind !== 'prepared') throw new Error(prepared.kind)
    expect(await sendTokenCharge(deps, prepared.attemptId)).toBe('paid')
    expect(charges).toEqual([prepared.attemptId])

    await transact(world.db, (tx) =>
      requestMethodRevocation(deps, tx, { paymentMethodId: registration.id, reason: 'test' }),
    )
    await revokeMethod(deps, registration.id)
    expect((await paymentMethodsOf(world.db, customer)).map(({ state }) => state)).toEqual(['revoked'])
    expect([...tokens.values()].map(({ active }) => active)).toEqual([false])
    expect((await read(registration.id)).state).toBe('succeeded')
  })

  it('is one however often it is begun: same key, same page, and all at once', async () => {
    const { begin, calls } = desk()
    const customer = newId()
    const key = newId()
    const doubled = await Promise.all([begin(customer, key), begin(customer, key), begin(customer, key)])
    const ids = doubled.map((one) => ('kind' in one ? one.code : one.id))
    expect(new Set(ids).size).toBe(1)
    expect(calls).toEqual(['begin'])
    const repeated = await begin(customer, key)
    expect('kind' in repeated ? repeated.code : repeated.id).toBe(ids[0])
    expect(calls).toEqual(['begin'])
  })

  it('issues one token and one method however often the browser comes back', async () => {
    const { begun, back, methodsOf, tokens, events } = desk()
    const customer = newId()
    const registration = await begun(customer)
    const results = await Promise.all(Array.from({ length: 8 }, () => back(registration)))
    expect(new Set(results.map((one) => one?.state))).toEqual(new Set(['succeeded']))
    expect((await back(registration))?.state).toBe('succeeded')
    expect((await back(registration, 'cancel'))?.state).toBe('succeeded')
    expect(tokens.size).toBe(1)
    expect(await methodsOf(customer)).toHaveLength(1)
    expect(await events(registration.id)).toHaveLength(1)
  })

  it('is not found with a wrong return key', async () => {
    const { begun, back } = desk()
    const registration = await begun()
    expect(await back({ ...registration, return_key: 'x'.repeat(22) })).toBeUndefined()
    expect(await back({ ...registration, id: newId() })).toBeUndefined()
  })

  it('ends when the customer gives up, fails, or brings no proof', async () => {
    const { begun, back, calls } = desk()
    expect(await back(await begun(), 'cancel')).toMatchObject({
      state: 'cancelled',
      end_code: 'cancelled_by_customer',
    })
    expect(await back(await begun(), 'fail')).toMatchObject({
      state: 'declined',
      end_code: 'LIMIT',
      end_message: '한도 초과',
    })
    expect(await back(await begun(), 'success', {})).toMatchObject({
      state: 'declined',
      end_code: 'token_missing',
    })
    expect(calls).not.toContain('issue')
  })

  it('expires when nobody comes back, and a late return issues nothing', async () => {
    const { begun, back, pass, read, methodsOf, calls } = desk()
    const registration = await begun()
    await pass({ minutes: 14 })
    expect((await read(registration.id)).state).toBe('awaiting_customer')
    await pass({ minutes: 2 })
    expect(await read(registration.id)).toMatchObject({ state: 'expired', end_code: 'expired' })
    expect((await back(registration))?.state).toBe('expired')
    expect(calls).toEqual(['begin'])
    expect(await methodsOf(registration.owner_id)).toEqual([])
  })

  it('gives way to the next one, whatever provider it is of; the old page leads nowhere', async () => {
    const kakao = scriptedProvider('kakaopay')
    const toss = scriptedProvider('toss', { issuesTokens: 'repeat' })
    const { begun, back, read } = registrationsOf(world, world.depsWith(kakao.provider, toss.provider))
    const customer = newId()
    const left = await begun(customer, 'kakaopay')
    const old = await begun(customer, 'kakaopay')
    const next = await begun(customer, 'toss')
    for (const { id } of [left, old])
      expect(await read(id)).toMatchObject({ state: 'cancelled', end_code: 'replaced' })
    expect((await back(old))?.state).toBe('cancelled')
    expect((await back(next))?.state).toBe('succeeded')
    expect([kakao.tokens.size, toss.tokens.size]).toEqual([0, 1])
  })

  it('cannot be begun with a provider that gives no token without a payment', async () => {
    const { begin } = desk({ issuesTokens: 'no' })
    expect(await begin(newId())).toMatchObject({ code: 'provider_not_offered' })
    expect(await begin(newId(), newId(), 'toss')).toMatchObject({ code: 'provider_not_offered' })
  })

  it('says when the provider gives no page, and a dead process is noticed', async () => {
    const { begin, begun, script, read, pass } = desk()
    script.begin.push({ answer: unavailable }, { answer: timeout })
    const customer = newId()
    const key = newId()
    expect(await begin(customer, key)).toMatchObject({ code: 'provider_unavailable' })
    expect(await begin(customer, key)).toMatchObject({ code: 'provider_unavailable' })
    expect(await begin(customer)).toMatchObject({ code: 'registration_not_started' })
    const { id } = await begun(customer)
    await sql`update payments.registration set state = 'created', redirect_url = null, lease_until = ${world.clock.now()}
      where id = ${id}`.execute(world.db)
    expect(await begin(customer)).toMatchObject({ code: 'registration_in_progress' })
    await pass({ seconds: 1 })
    expect(await read(id)).toMatchObject({ state: 'failed', end_code: 'not_started' })
  })
})

describe('the limits', () => {
  it('a customer has only so many methods, counted with what is on its way', async () => {
    const { begin, begun, back, script, deps } = desk()
    const customer = newId()
    for (let one = 1; one < METHODS_PER_CUSTOMER; one++) await back(await begun(customer))
    script.issue.push({ answer: timeout })
    const doubtful = await begun(customer)
    expect((await back(doubtful))?.state).toBe('unknown')
    const full = { code: 'too_many_payment_methods', facts: { limit: METHODS_PER_CUSTOMER } }
    expect(await begin(customer)).toMatchObject(full)
    const [{ id } = { id: '' }] = await paymentMethodsOf(world.db, customer)
    await transact(world.db, (tx) =>
      requestMethodRevocation(deps, tx, { paymentMethodId: id, reason: 'test' }),
    )
    expect((await begun(customer)).state).toBe('awaiting_customer')
  })

  it('and begins only so many registrations a day, also all at once', async () => {
    const { begin, begun, back } = desk()
    const customer = newId()
    for (let one = 1; one < REGISTRATIONS_PER_DAY; one++) await back(await begun(customer), 'cancel')
    const last = await Promise.all(Array.from({ length: 5 }, () => begin(customer)))
    expect(last.filter((one) => !('kind' in one))).toHaveLength(1)
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from payments.registration where owner_id = ${customer}`.execute(world.db)
    expect(rows[0]?.count).toBe(REGISTRATIONS_PER_DAY)
    expect(await begin(customer)).toMatchObject({ code: 'too_many_registrations', retryAfterSeconds: 86_400 })
    world.clock.advance({ hours: 24 })
    expect((await begun(customer)).state).toBe('awaiting_customer')
  })
})

describe('an answer of the provider', () => {
  it('that refuses ends it with its reason, and one that calls us wrong ends it, too', async () => {
    const { begun, back, script, methodsOf } = desk()
    script.issue.push({ effect: false, answer: declined }, { effect: false, answer: invalid })
    const refused = await begun()
    expect(await back(refused)).toMatchObject({
      state: 'declined',
      end_code: '-780:LACK_BALANCE',
      end_message: '잔액이 부족합니다 <b>',
    })
    expect(await back(await begun())).toMatchObject({ state: 'failed', end_code: '-701' })
    expect(await methodsOf(refused.owner_id)).toEqual([])
  })

  it('that it was not reached is no end: it is sent again', async () => {
    const { begun, back, script, pass, read, calls } = desk()
    script.issue.push({ effect: false, answer: unavailable }, { effect: false, answer: unavailable })
    const { id } = (await back(await begun())) ?? { id: '' }
    expect((await read(id)).state).toBe('authorised')
    await pass({ seconds: 2 })
    expect((await read(id)).state).toBe('authorised')
    await pass({ seconds: 2 })
    expect((await read(id)).state).toBe('succeeded')
    expect(calls).toEqual(['begin', 'issue', 'issue', 'issue'])
  })

  it('is waited for by another return, which sends nothing itself', async () => {
    const { begun, back, script, calls } = desk()
    const slow = gate()
    script.issue.push({ answerAfter: slow.opened })
    const registration = await begun()
    const first = back(registration)
    await expect.poll(() => calls).toContain('issue')
    const second = back(registration)
    slow.open()
    expect((await first)?.state).toBe('succeeded')
    expect((await second)?.state).toBe('succeeded')
    expect(calls.filter((call) => call === 'issue')).toHaveLength(1)
  })

  it('that comes after everybody stopped waiting still counts, once', async () => {
    const { begun, back, script, pass, read, methodsOf, events, calls } = desk()
    const slow = gate()
    script.issue.push({ answerAfter: slow.opened })
    script.lookup.push({ kind: 'error', reason: 'down' })
    const registration = await begun()
    const answer = back(registration)
    await expect.poll(() => calls).toContain('issue')
    await pass({ seconds: 45 })
    expect((await read(registration.id)).state).toBe('unknown')
    slow.open()
    await answer
    expect((await read(registration.id)).state).toBe('succeeded')
    expect(await methodsOf(registration.owner_id)).toHaveLength(1)
    expect(await events(registration.id)).toHaveLength(1)
  })
})

describe('a token that comes after its registration was given up', () => {
  const commandsFor = async (id: string) => {
    const { rows } = await sql`select 1 from testing.revocation where method_id = ${id}`.execute(world.db)
    return rows.length
  }

  it('is nobody’s method: the provider is told to end it', async () => {
    const { begun, back, script, pass, read, methodsOf, tokens, events, calls, deps } = desk()
    const slow = gate()
    script.issue.push({ answerAfter: slow.opened })
    const registration = await begun()
    const { id, owner_id } = registration
    const answer = back(registration)
    await expect.poll(() => calls).toContain('issue')
    await pass({ seconds: 45 })
    expect(await read(id)).toMatchObject({ state: 'failed', end_code: 'token_lost' })
    slow.open()
    expect(await answer).toMatchObject({ state: 'failed', end_code: 'token_lost' })
    expect(await methodsOf(owner_id)).toMatchObject([{ id, registered_by: id, state: 'revoking' }])
    expect(await paymentMethodsOf(world.db, owner_id)).toEqual([])
    expect(await events(id)).toEqual([])
    expect(await commandsFor(id)).toBe(1)
    await revokeMethod(deps, id)
    expect(await methodsOf(owner_id)).toMatchObject([{ id, state: 'revoked' }])
    expect([...tokens.values()]).toMatchObject([{ active: false }])
  })

  it('and of which two answers come late is ended once', async () => {
    const { begun, back, script, pass, read, methodsOf, tokens, calls } = desk(
      { issuesTokens: 'repeat' },
      'toss',
    )
    const slow = [gate(), gate()]
    script.issue.push(...slow.map(({ opened }) => ({ answerAfter: opened })), {
      effect: false,
      answer: declined,
    })
    const registration = await begun()
    const { id, owner_id } = registration
    const first = back(registration)
    await expect.poll(() => calls.filter((call) => call === 'issue')).toHaveLength(1)
    const second = pass({ minutes: 2 })
    await expect.poll(() => calls.filter((call) => call === 'issue')).toHaveLength(2)
    await pass({ minutes: 2 })
    expect(await read(id)).toMatchObject({ state: 'declined' })
    for (const { open } of slow) open()
    await Promise.all([first, second])
    expect(await methodsOf(owner_id)).toMatchObject([{ id, state: 'revoking' }])
    expect(await commandsFor(id)).toBe(1)
    expect(tokens.size).toBe(1)
  })

  it('but is the one that was kept stays: a repeat had brought it before', async () => {
    const { begun, back, script, pass, methodsOf, tokensOf, tokens, calls } = desk(
      { issuesTokens: 'repeat' },
      'toss',
    )
    const slow = gate()
    script.issue.push({ answerAfter: slow.opened })
    const registration = await begun()
    const { id, owner_id } = registration
    const answer = back(registration)
    await expect.poll(() => calls).toContain('issue')
    await pass({ minutes: 2 })
    slow.open()
    expect((await answer)?.state).toBe('succeeded')
    expect(await methodsOf(owner_id)).toMatchObject([{ id, state: 'active' }])
    expect(await tokensOf(owner_id)).toEqual([...tokens.keys()])
    expect(await commandsFor(id)).toBe(0)
  })
})

describe('a token that meets a deadlock while it is written', () => {
  it('is written all the same: nobody could have it again', async () => {
    const { begun, back, tokens, tokensOf, events } = desk()
    await sql
      .raw(`
        create sequence testing.tokens;
        create function testing.gives_way() returns trigger language plpgsql as $$ begin
          if nextval('testing.tokens') = 1 then raise exception 'gave way' using errcode = '40P01'; end if;
          return new;
        end $$;
        create trigger gives_way before insert on payments.method for each row execute function testing.gives_way()`)
      .execute(world.db)
    try {
      const registration = await begun()
      expect((await back(registration))?.state).toBe('succeeded')
      expect(await tokensOf(registration.owner_id)).toEqual([...tokens.keys()])
      expect(await events(registration.id)).toHaveLength(1)
    } finally {
      await sql`drop trigger gives_way on payments.method`.execute(world.db)
    }
  })
})

describe('a process that died', () => {
  /** As if it had died before it sent anything. */
  const unsent = (id: string) =>
    sql`update payments.registration set state = 'authorised', proof = '{"token":"t"}', next_look_at = ${world.clock.now()}
      where id = ${id}`.execute(world.db)
  /** As if it had died between the provider's answer and the writing of it. */
  const unwritten = (id: string) =>
    sql`update payments.registration set state = 'sent', proof = '{"token":"t"}', send_no = 2,
        sent_at = ${world.clock.now()}, lease_until = ${world.clock.now()} where id = ${id}`.execute(world.db)

  it('before sending: the sweeper sends it, however many sweep', async () => {
    const { begun, sweep, read, tokens } = desk()
    const { id } = await begun()
    await unsent(id)
    await Promise.all([sweep(), sweep(), sweep()])
    expect((await read(id)).state).toBe('succeeded')
    expect(tokens.size).toBe(1)
  })

  it('between issue and write, where answers are repeated: the very token is kept', async () => {
    const { begun, provider, pass, read, tokens, tokensOf } = desk({ issuesTokens: 'repeat' }, 'toss')
    const registration = await begun()
    const { id, provider_ref, buyer_ref } = registration
    const lost = { merchantRef: id, ref: provider_ref ?? '', buyerRef: buyer_ref, proof: { token: 't' } }
    await provider.issueToken(lost, { deadline: 0, idempotencyKey: 'k' })
    await unwritten(id)
    await pass({ seconds: 1 })
    expect((await read(id)).state).toBe('succeeded')
    expect(await tokensOf(registration.owner_id)).toEqual([...tokens.keys()])
    expect(tokens.size).toBe(1)
  })

  it('between issue and write, where they are not: it ends, nobody has the token, and the next one works', async () => {
    const { begun, back, provider, pass, read, tokens, methodsOf } = desk()
    const registration = await begun()
    const { id, provider_ref, buyer_ref, owner_id } = registration
    const lost = { merchantRef: id, ref: provider_ref ?? '', buyerRef: buyer_ref, proof: { token: 't' } }
    await provider.issueToken(lost, { deadline: 0, idempotencyKey: 'k' })
    await unwritten(id)
    await pass({ seconds: 1 })
    expect(await read(id)).toMatchObject({ state: 'failed', end_code: 'token_lost', proof: null })
    expect(tokens.size).toBe(1)
    expect(await methodsOf(owner_id)).toEqual([])
    expect((await back(await begun(owner_id)))?.state).toBe('succeeded')
  })
})

describe('a doubt', () => {
  it('about a token that was issued is settled by the token of the look-up, if it has one', async () => {
    const { begun, back, script, pass, read, issued } = desk()
    script.issue.push({ answer: timeout })
    script.lookup.push((truth) => {
      const [token] = issued.values()
      return truth.kind === 'found' && token ? { ...truth, token } : truth
    })
    const { id } = (await back(await begun())) ?? { id: '' }
    expect(await read(id)).toMatchObject({ state: 'unknown', doubt: 'timeout' })
    await pass({ seconds: 5 })
    expect((await read(id)).state).toBe('unknown')
    await pass({ seconds: 5 })
    expect((await read(id)).state).toBe('succeeded')
  })

  it('about one that was not is sent again while the page is valid', async () => {
    const { begun, back, script, pass, read, calls } = desk()
    script.issue.push({ effect: false, answer: timeout }, { effect: false, answer: unavailable })
    const { id } = (await back(await begun())) ?? { id: '' }
    await pass({ seconds: 10 })
    expect(await read(id)).toMatchObject({ state: 'unknown', send_no: 3 })
    await pass({ seconds: 2 })
    expect((await read(id)).state).toBe('succeeded')
    expect(calls).toEqual(['begin', 'issue', 'lookup', 'issue', 'lookup', 'issue'])
  })

  it('that look-ups never end is given up after a day, and never before', async () => {
    const { begun, back, script, pass, read } = desk()
    script.issue.push({ effect: false, answer: timeout })
    script.lookup.push(...Array.from({ length: 30 }, () => ({ kind: 'error', reason: 'down' }) as const))
    const { id } = (await back(await begun())) ?? { id: '' }
    for (let hours = 0; hours < 23; hours++) await pass({ hours: 1 })
    expect((await read(id)).state).toBe('unknown')
    await pass({ hours: 2 })
    expect(await read(id)).toMatchObject({ state: 'failed', end_code: 'answer_lost' })
  })

  it('that repeats never end is given up after a day, with one idempotency key all along', async () => {
    const keys = new Set<string>()
    const played = scriptedProvider('toss', { issuesTokens: 'repeat' })
    const provider = {
      ...played.provider,
      issueToken: async (_input: unknown, { idempotencyKey }: { idempotencyKey: string }) => {
        keys.add(idempotencyKey)
        return timeout
      },
    }
    const { begun, back, pass, read } = registrationsOf(world, world.depsWith(provider))
    const { id } = (await back(await begun())) ?? { id: '' }
    for (let hours = 0; hours < 25; hours++) await pass({ hours: 1 })
    expect(await read(id)).toMatchObject({ state: 'failed', end_code: 'answer_lost' })
    expect(keys).toEqual(new Set([`${id}-issue`]))
    expect(played.calls).not.toContain('lookup')
  })

  it('is not about the customer’s next registration, which may begin meanwhile', async () => {
    const { begun, back, script, pass, read, methodsOf } = desk()
    const customer = newId()
    script.issue.push({ effect: false, answer: timeout })
    const first = await begun(customer)
    await back(first)
    const second = await begun(customer)
    expect(second.id).not.toBe(first.id)
    expect((await back(second))?.state).toBe('succeeded')
    await pass({ seconds: 10 })
    expect((await read(first.id)).state).toBe('succeeded')
    expect(await methodsOf(customer)).toHaveLength(2)
  })
})

describe('what is stored', () => {
  it('names neither token nor proof once it is over', async () => {
    const { begun, back, tokens } = desk()
    const registration = await begun()
    await back(registration, 'success', { token: 'the-proof-itself' })
    const [token = 'none'] = tokens.keys()
    const { rows } = await sql<{ text: string }>`
      select r::text || coalesce((select string_agg(o::text, '') from platform.outbox o where o.subject = r.id::text), '')
        || (select m::text from payments.method m where m.id = r.id) as text
      from payments.registration r where id = ${registration.id}`.execute(world.db)
    expect(rows[0]?.text).toContain('succeeded')
    expect(rows[0]?.text).not.toContain(token)
    expect(rows[0]?.text).not.toContain('the-proof-itself')
  })

  it('a method without an origin, or with two, is refused by the database', async () => {
    const { begun, back, methodsOf } = desk()
    const registration = await begun()
    await back(registration)
    const [method] = await methodsOf(registration.owner_id)
    await expect(
      sql`update payments.method set registered_by = null where id = ${method?.id}`.execute(world.db),
    ).rejects.toThrow('method_origin')
  })
})
