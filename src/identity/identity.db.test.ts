import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/support/database.ts'
import { createVerifier, type VerifyAccessToken } from '../platform/auth/access-token.ts'
import { createEndedSessions } from '../platform/auth/ended-sessions.ts'
import { createBroadcast } from '../platform/broadcast/broadcast.ts'
import { postgresBroadcast } from '../platform/broadcast/postgres.ts'
import { transact } from '../platform/database/database.ts'
import { until } from '../platform/resilience/poll-until.ts'
import { runRetention } from '../platform/retention/run-retention.ts'
import { createLog } from '../platform/telemetry/log.ts'
import { systemClock, virtualClock } from '../platform/time/clock.ts'
import { changeProfile } from './accounts/change-profile.ts'
import { ensureAccount } from './accounts/ensure-account.ts'
import { signUp } from './accounts/sign-up.ts'
import { withdrawAccount } from './accounts/withdraw-account.ts'
import type { Context } from './context.ts'
import { identitySchema } from './index.ts'
import { createLinkSecrets } from './links/link-secrets.ts'
import { createPasswords } from './passwords.ts'
import { agreementsRetention, loginsRetention } from './retention.ts'
import type { SignUp } from './rules/account.ts'
import { forgetOldSessions } from './sessions/forget-old-sessions.ts'
import { createIssuer } from './sessions/issue-token.ts'
import { keysFromText, newPrivateKeyPem, type SigningKeys } from './sessions/keys.ts'
import { login, loginByBrowser } from './sessions/login.ts'
import { logout } from './sessions/logout.ts'
import type { Tokens } from './sessions/open-session.ts'
import { refreshSession } from './sessions/refresh-session.ts'
import { correspondentOf, forgetLastLetters } from './store/last-letters.ts'
import { agreementsOf, insertAgreements, keepLegalTexts } from './store/legal-texts.ts'
import { readProfile } from './store/profile.ts'

const SCOPE = { issuer: 'https://issuer.test', audience: 'test' }
const PASSWORD = 'secret-pw1!'
const log = createLog('silent')
const clock = virtualClock(systemClock.now().round('millisecond'))

let database: TestDatabase
let keys: SigningKeys
let here: Process
let context: Context

beforeAll(async () => {
  database = await testDatabase([identitySchema], { poolSize: 20 })
  keys = await keysFromText(newPrivateKeyPem())
  here = aProcess()
  await here.start()
  context = {
    db: database.db,
    clock,
    log,
    passwords: createPasswords(),
    endedSessions: here.endedSessions,
    linkSecrets: createLinkSecrets([Buffer.alloc(32, 7)]),
    publicUrl: 'https://shop.test',
    issueAccessToken: createIssuer({ ...SCOPE, keys, clock }),
  }
})
afterAll(async () => {
  await here.stop()
  await database.drop()
})

interface Process {
  authenticate: VerifyAccessToken
  endedSessions: Context['endedSessions']
  start(): Promise<void>
  stop(): Promise<void>
}

/** What one process of the system knows of tokens. */
function aProcess(): Process {
  const broadcast = createBroadcast({ transport: postgresBroadcast({ url: database.url, log }), log })
  const endedSessions = createEndedSessions({ db: database.db, broadcast, clock, log })
  return {
    authenticate: createVerifier({ ...SCOPE, jwks: keys.jwks, clock, isEnded: endedSessions.has }),
    endedSessions,
    start: async () => {
      await broadcast.start()
      await endedSessions.start()
    },
    stop: async () => {
      await endedSessions.stop()
      await broadcast.close()
    },
  }
}

let people = 0

/** A person nobody else in this file is. */
function person(changes: Partial<SignUp> = {}): SignUp {
  people += 1
  return {
    email: `person${people}@example.com`,
    password: PASSWORD,
    displayName: `사람${people}`,
    realName: '김하나',
    phone: `010-1000-${String(people).padStart(4, '0')}`,
    address: { city: '서울특별시 중구 세종대로 110', detail: '3층', postalCode: '04524' },
    ...changes,
  }
}

async function newAccount(changes: Partial<SignUp> = {}) {
  const typed = person(changes)
  const result = await signUp(context, typed)
  if (result.kind === 'refused') throw new Error(`refused: ${JSON.stringify(result)}`)
  return { ...typed, id: result.profile.id }
}

async function signIn(email: string, password = PASSWORD): Promise<Tokens> {
  const result = await login(context, { email, password, device: 'test' })
  if (result.kind === 'refused') throw new Error(`refused: ${result.code}`)
  return result.tokens
}

async function actorFor(accessToken: string) {
  const found = await here.authenticate(accessToken)
  if (typeof found === 'string') throw new Error(`not accepted: ${found}`)
  return found
}

async function eventsOf(accountId: string) {
  const { rows } = await sql<{ type: string; subject_version: number; data: unknown }>`
    select type, subject_version, data from platform.outbox where subject = ${accountId} order by position`.execute(
    database.db,
  )
  return rows
}

describe('signing up', () => {
  it('stores a hash, never the password, and announces the account', async () => {
    const { id, email } = await newAccount()
    const { rows } = await sql<{ password_hash: string; phone: string }>`
      select password_hash, phone from identity.account where id = ${id}`.execute(database.db)
    expect(rows[0]?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(rows[0]?.phone).toMatch(/^0101000\d{4}$/)
    expect(await readProfile(database.db, id)).toMatchObject({ email, roles: ['customer'] })
    expect(await eventsOf(id)).toEqual([
      {
        type: 'identity.account.registered',
        subject_version: 1,
        data: { accountId: id, roles: ['customer'] },
      },
    ])
  })

  it('lets exactly one of 20 parallel sign-ups with one e-mail succeed', async () => {
    const email = 'Wanted@Example.com'
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        signUp(context, person({ email: i % 2 === 0 ? email : email.toLowerCase() })),
      ),
    )
    expect(results.filter((result) => result.kind === 'registered')).toHaveLength(1)
    for (const result of results) {
      if (result.kind === 'registered') continue
      expect(result.code).toBe('already_taken')
      expect(result.errors?.map((error) => error.field)).toEqual(['body.email'])
    }
  })

  it.each([
    ['displayName', (taken: SignUp) => ({ displayName: taken.displayName })],
    ['phone', (taken: SignUp) => ({ phone: taken.phone.replaceAll('-', '') })],
  ] as const)('keeps the %s unique, also in a race', async (field, same) => {
    const taken = await newAccount()
    expect(await signUp(context, person(same(taken)))).toMatchObject({
      code: 'already_taken',
      errors: [{ field: `body.${field}`, code: 'taken' }],
    })
    const wanted = person()
    const results = await Promise.all(
      Array.from({ length: 8 }, () => signUp(context, person({ [field]: wanted[field] }))),
    )
    expect(results.filter((result) => result.kind === 'registered')).toHaveLength(1)
  })

  it('names everything that is taken at once', async () => {
    const taken = await newAccount()
    const result = await signUp(context, { ...taken })
    if (result.kind !== 'refused') throw new Error('expected a refusal')
    expect(result.errors?.map((error) => error.field)).toEqual([
      'body.email',
      'body.displayName',
      'body.phone',
    ])
  })
})

describe('logging in', () => {
  it('accepts the e-mail in any case and gives tokens that tell who it is', async () => {
    const { id, email } = await newAccount()
    const tokens = await signIn(email.toUpperCase())
    expect(tokens).toMatchObject({ expiresIn: 1_800, refreshExpiresIn: 604_800 })
    expect(await here.authenticate(tokens.accessToken)).toMatchObject({ userId: id, roles: ['customer'] })
  })

  it('answers a wrong password, an unknown e-mail and a withdrawn account alike', async () => {
    const { email } = await newAccount()
    const gone = await newAccount()
    await withdrawAccount(context, await actorFor((await signIn(gone.email)).accessToken), PASSWORD)
    const wrong = await login(context, { email, password: 'not-this-1!', device: null })
    const unknown = await login(context, { email: 'nobody@example.com', password: PASSWORD, device: null })
    const withdrawn = await login(context, { email: gone.email, password: PASSWORD, device: null })
    expect(wrong).toEqual({ kind: 'refused', code: 'wrong_credentials' })
    expect(unknown).toEqual(wrong)
    expect(withdrawn).toEqual(wrong)
  })

  it('does not store the refresh token itself', async () => {
    const { email } = await newAccount()
    const { refreshToken } = await signIn(email)
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from identity.refresh_token
      where encode(hash, 'escape') like ${`%${refreshToken}%`} or hash = convert_to(${refreshToken}, 'UTF8')`.execute(
      database.db,
    )
    expect(rows[0]?.n).toBe(0)
  })
})

describe('refreshing', () => {
  it('rotates, keeps the session and reads roles anew', async () => {
    const { id, email } = await newAccount()
    const first = await signIn(email)
    await sql`update identity.account set roles = '{customer,librarian}' where id = ${id}`.execute(
      database.db,
    )
    const result = await refreshSession(context, first.refreshToken)
    if (result.kind === 'refused') throw new Error(result.code)
    expect(result.tokens.refreshToken).not.toBe(first.refreshToken)
    const before = await actorFor(first.accessToken)
    expect(await here.authenticate(result.tokens.accessToken)).toEqual({
      ...before,
      roles: ['customer', 'librarian'],
    })
  })

  it('lets one of ten parallel uses win and ends the family', async () => {
    const { email } = await newAccount()
    const first = await signIn(email)
    const results = await Promise.all(
      Array.from({ length: 10 }, () => refreshSession(context, first.refreshToken)),
    )
    const won = results.filter((result) => result.kind === 'refreshed')
    expect(won).toHaveLength(1)
    const next = won[0]?.tokens
    expect(await refreshSession(context, next?.refreshToken ?? '')).toMatchObject({ code: 'session_ended' })
    expect(await here.authenticate(next?.accessToken ?? '')).toBe('invalid')
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from identity.refresh_token token join identity.session session on session.id = token.session_id
      where session.revoked_at is not null and token.used_at is null
        and session.account_id = (select id from identity.account where email = ${email})`.execute(
      database.db,
    )
    expect(rows[0]?.n).toBe(1)
  })

  it('ends the family when a used token comes back, and only that family', async () => {
    const { email } = await newAccount()
    const [phone, laptop] = [await signIn(email), await signIn(email)]
    const second = await refreshSession(context, phone.refreshToken)
    expect(await refreshSession(context, phone.refreshToken)).toMatchObject({ code: 'session_ended' })
    if (second.kind === 'refused') throw new Error(second.code)
    expect(await here.authenticate(second.tokens.accessToken)).toBe('invalid')
    expect(await refreshSession(context, second.tokens.refreshToken)).toMatchObject({ code: 'session_ended' })
    expect(await refreshSession(context, laptop.refreshToken)).toMatchObject({ kind: 'refreshed' })
  })

  it('refuses unknown, foreign and expired tokens', async () => {
    const { email } = await newAccount()
    const tokens = await signIn(email)
    expect(await refreshSession(context, 'made-up')).toMatchObject({ code: 'session_ended' })
    expect(await refreshSession(context, tokens.accessToken)).toMatchObject({ code: 'session_ended' })
    clock.advance({ seconds: 604_800 })
    expect(await refreshSession(context, tokens.refreshToken)).toMatchObject({ code: 'session_ended' })
    expect(await here.authenticate(tokens.accessToken)).toBe('expired')
  })
})

describe('logging out', () => {
  it('ends access and refresh token of this session at once, others live on', async () => {
    const { email } = await newAccount()
    const [phone, laptop] = [await signIn(email), await signIn(email)]
    await logout(context, await actorFor(phone.accessToken))
    expect(await here.authenticate(phone.accessToken)).toBe('invalid')
    expect(await refreshSession(context, phone.refreshToken)).toMatchObject({ code: 'session_ended' })
    expect(await here.authenticate(laptop.accessToken)).toMatchObject({ roles: ['customer'] })
  })

  it('reaches other processes, and processes that start later', async () => {
    const { email } = await newAccount()
    const tokens = await signIn(email)
    const running = aProcess()
    await running.start()
    expect(await running.authenticate(tokens.accessToken)).toMatchObject({ roles: ['customer'] })
    await logout(context, await actorFor(tokens.accessToken))
    await until(async () => (await running.authenticate(tokens.accessToken)) === 'invalid', {
      deadlineMs: 5_000,
      what: 'the logout to reach the other process',
    })
    await running.stop()
    const late = aProcess()
    await late.start()
    expect(await late.authenticate(tokens.accessToken)).toBe('invalid')
    await late.stop()
  })

  it('wins or loses against a refresh at the same time, but never leaves a live token behind', async () => {
    const { email } = await newAccount()
    for (let round = 0; round < 5; round++) {
      const tokens = await signIn(email)
      const [refreshed] = await Promise.all([
        refreshSession(context, tokens.refreshToken),
        logout(context, await actorFor(tokens.accessToken)),
      ])
      if (refreshed.kind === 'refused') continue
      expect(await here.authenticate(refreshed.tokens.accessToken)).toBe('invalid')
      expect(await refreshSession(context, refreshed.tokens.refreshToken)).toMatchObject({
        code: 'session_ended',
      })
    }
  })
})

describe('changing the profile', () => {
  it('changes what is given and keeps the rest', async () => {
    const { id, email } = await newAccount()
    const actor = await actorFor((await signIn(email)).accessToken)
    const before = await readProfile(database.db, id)
    const result = await changeProfile(context, actor, { phone: '011-234-5678' })
    expect(result).toMatchObject({ kind: 'changed' })
    expect(await readProfile(database.db, id)).toEqual({
      ...before,
      phone: '0112345678',
      updatedAt: clock.now(),
    })
  })

  it('keeps names unique, but one’s own are free to oneself', async () => {
    const [one, other] = [await newAccount(), await newAccount()]
    const actor = await actorFor((await signIn(one.email)).accessToken)
    expect(await changeProfile(context, actor, { displayName: one.displayName })).toMatchObject({
      kind: 'changed',
    })
    expect(await changeProfile(context, actor, { displayName: other.displayName })).toMatchObject({
      code: 'already_taken',
      errors: [{ field: 'body.displayName' }],
    })
    const results = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const account = await newAccount()
        const me = await actorFor((await signIn(account.email)).accessToken)
        return () => changeProfile(context, me, { displayName: '모두의꿈' })
      }),
    ).then((attempts) => Promise.all(attempts.map((attempt) => attempt())))
    expect(results.filter((result) => result.kind === 'changed')).toHaveLength(1)
  })

  it('changes the password only with the current one and ends other sessions', async () => {
    const { email } = await newAccount()
    const [mine, other] = [await signIn(email), await signIn(email)]
    const actor = await actorFor(mine.accessToken)
    const newPassword = 'another-pw2@'
    expect(await changeProfile(context, actor, { newPassword })).toMatchObject({
      errors: [{ field: 'body.currentPassword' }],
    })
    expect(await changeProfile(context, actor, { newPassword, currentPassword: 'wrong-pw1!' })).toMatchObject(
      {
        code: 'wrong_password',
      },
    )
    expect(await changeProfile(context, actor, { newPassword, currentPassword: PASSWORD })).toMatchObject({
      kind: 'changed',
    })
    expect(await here.authenticate(other.accessToken)).toBe('invalid')
    expect(await here.authenticate(mine.accessToken)).toEqual(actor)
    expect(await login(context, { email, password: PASSWORD, device: null })).toMatchObject({
      code: 'wrong_credentials',
    })
    await signIn(email, newPassword)
  })
})

describe('withdrawing', () => {
  it('leaves nothing personal, ends all sessions, frees the e-mail and tells the others', async () => {
    const account = await newAccount()
    const [phone, laptop] = [await signIn(account.email), await signIn(account.email)]
    const actor = await actorFor(phone.accessToken)
    expect(await withdrawAccount(context, actor, PASSWORD)).toEqual({ kind: 'withdrawn' })

    expect(await here.authenticate(phone.accessToken)).toBe('invalid')
    expect(await here.authenticate(laptop.accessToken)).toBe('invalid')
    expect(await refreshSession(context, laptop.refreshToken)).toMatchObject({ code: 'session_ended' })
    expect(await readProfile(database.db, account.id)).toBeUndefined()
    const { rows } = await sql<{ row: string }>`
      select account::text || coalesce(string_agg(session::text, ''), '') as row
      from identity.account account left join identity.session session on session.account_id = account.id
      where account.id = ${account.id} group by account.*`.execute(database.db)
    for (const secret of [
      account.email,
      account.displayName,
      account.realName,
      '0101000',
      '세종대로',
      'argon2',
    ]) {
      expect(rows[0]?.row).not.toContain(secret)
    }
    expect((await eventsOf(account.id)).map(({ type, subject_version }) => [type, subject_version])).toEqual([
      ['identity.account.registered', 1],
      ['identity.account.withdrawn', 2],
    ])

    expect(await withdrawAccount(context, actor, PASSWORD)).toMatchObject({ code: 'not_signed_in' })
    const { id: _old, ...again } = account
    const second = await newAccount(again)
    expect(second.id).not.toBe(account.id)
    expect(await actorFor((await signIn(account.email)).accessToken)).toMatchObject({ userId: second.id })
  })

  it('asks for the password, and for a login of just now where there is none', async () => {
    const account = await newAccount()
    const actor = await actorFor((await signIn(account.email)).accessToken)
    for (const none of [undefined, ''])
      expect(await withdrawAccount(context, actor, none)).toMatchObject({
        code: 'invalid_request',
        errors: [{ field: 'body.password' }],
      })
    expect(await withdrawAccount(context, actor, 'not-it')).toMatchObject({ code: 'wrong_password' })
    // Nobody's session but the caller's own proves anything.
    const foreign = {
      ...actor,
      sessionId: (await actorFor((await signIn((await newAccount()).email)).accessToken)).sessionId,
    }
    expect(await withdrawAccount(context, foreign, PASSWORD)).toMatchObject({ code: 'not_signed_in' })

    await sql`update identity.account set password_hash = null where id = ${account.id}`.execute(database.db)
    const opened = (minutesAgo: number) =>
      sql`update identity.session set created_at = ${context.clock.now().subtract({ minutes: minutesAgo })}
        where id = ${actor.sessionId}`.execute(database.db)
    await opened(10)
    expect(await withdrawAccount(context, actor, PASSWORD)).toMatchObject({ code: 'fresh_login_needed' })
    expect(await readProfile(database.db, account.id)).toBeDefined()
    await opened(9)
    expect(await withdrawAccount(context, actor, undefined)).toEqual({ kind: 'withdrawn' })
  })

  it('keeps for three days where its last letters go, whoever has the e-mail by then', async () => {
    const account = await newAccount()
    await withdrawAccount(context, await actorFor((await signIn(account.email)).accessToken), PASSWORD)
    const { id: _old, ...again } = account
    await newAccount(again)
    const of = (hours: number) => correspondentOf(database.db, account.id, context.clock.now().add({ hours }))
    const address = { email: account.email, displayName: account.displayName, emailVerified: false }
    expect([await of(0), await of(71), await of(72)]).toEqual([address, address, undefined])
    await forgetLastLetters(database.db, context.clock.now().add({ hours: 72 }))
    expect(await of(0)).toBeUndefined()
  })

  it('leaves no session behind, however logins race with it', async () => {
    for (let round = 0; round < 3; round++) {
      const account = await newAccount()
      const actor = await actorFor((await signIn(account.email)).accessToken)
      await Promise.all([
        ...Array.from({ length: 4 }, () =>
          login(context, { email: account.email, password: PASSWORD, device: null }),
        ),
        withdrawAccount(context, actor, PASSWORD),
      ])
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from identity.session where account_id = ${account.id} and revoked_at is null`.execute(
        database.db,
      )
      expect(rows[0]?.n).toBe(0)
    }
  })
})

describe('ensuring an account', () => {
  it('creates it once, also from several processes', async () => {
    const wanted = { ...person(), roles: ['merchant', 'admin'] as const }
    const ids = await Promise.all(Array.from({ length: 4 }, () => ensureAccount(context, wanted)))
    expect(new Set(ids).size).toBe(1)
    expect(await ensureAccount(context, { ...wanted, password: 'changed-pw3#' })).toBe(ids[0])
    expect(await actorFor((await signIn(wanted.email)).accessToken)).toMatchObject({
      roles: ['merchant', 'admin'],
    })
  })

  it('gives no roles to somebody who was there before', async () => {
    const existing = await newAccount()
    await expect(ensureAccount(context, { ...existing, roles: ['admin'] })).rejects.toThrow(
      'exists without the role admin',
    )
  })

  it('says what is wrong with the data', async () => {
    await expect(
      ensureAccount(context, { ...person(), password: 'short', roles: ['admin'] }),
    ).rejects.toThrow('body.password')
  })
})

it('what somebody agreed to is kept for five years after they have left, and for ever of who has not', async () => {
  const [left, stays] = [await newAccount(), await newAccount()]
  const wording = { kind: 'terms', version: 'a', text: { ko: '글', en: 'words' } } as const
  await keepLegalTexts(database.db, clock, [wording])
  for (const { id } of [left, stays])
    await transact(database.db, (tx) => insertAgreements(tx, id, { terms: 'a' }, clock.now()))
  const agreed = async () =>
    Promise.all([left, stays].map(async ({ id }) => (await agreementsOf(database.db, id)).length))
  const { accessToken } = await signIn(left.email)
  await withdrawAccount(context, await actorFor(accessToken), PASSWORD)
  const later = (years: number, days: number) => {
    const then = clock.now().toZonedDateTimeISO('Asia/Seoul').add({ years }).add({ days }).toInstant()
    return { db: database.db, clock: virtualClock(then) }
  }
  await runRetention(later(5, -1), [agreementsRetention])
  expect(await agreed()).toEqual([1, 1])
  await runRetention(later(5, 2), [agreementsRetention])
  expect(await agreed()).toEqual([0, 1])
  const lose = sql`delete from identity.agreement where account_id = ${stays.id}`.execute(database.db)
  await expect(lose).rejects.toThrow('kept as long as it lives')
})

describe('forgetting old sessions', () => {
  it('goes on until nothing is left, however many there are', async () => {
    const { email, id } = await newAccount()
    for (let tokens = 0; tokens < 3; tokens++) await signIn(email)
    const browser = { email, password: PASSWORD, device: 'test' }
    for (let secrets = 0; secrets < 3; secrets++) await loginByBrowser(context, browser)
    const { rows } = await sql<{ id: string }>`
      select id from identity.session where account_id = ${id}`.execute(database.db)
    expect(rows).toHaveLength(6)
    await forgetOldSessions(database.db, clock.now().add({ hours: 24 * 60 }), 1)
    const left = async (table: string) =>
      (
        await sql`
          select from identity.session s join ${sql.id('identity', table)} t on t.session_id = s.id
          where s.account_id = ${id}`.execute(database.db)
      ).rows.length
    expect(await Promise.all([left('refresh_token'), left('browser_session')])).toEqual([0, 0])
    // The logins themselves are kept for three months, and go then.
    const logins = async () =>
      (await sql`select from identity.session where account_id = ${id}`.execute(database.db)).rows.length
    const later = (days: number) => virtualClock(clock.now().add({ hours: 24 * days }))
    await runRetention({ db: database.db, clock: later(89) }, [loginsRetention])
    expect(await logins()).toBe(6)
    await runRetention({ db: database.db, clock: later(94) }, [loginsRetention], { batch: 4 })
    expect(await logins()).toBe(0)
  })

  it('deletes what expired more than a day ago and nothing else', async () => {
    const { email, id } = await newAccount()
    await signIn(email)
    clock.advance({ seconds: 604_800 })
    const young = await signIn(email)
    await forgetOldSessions(database.db, clock.now().add({ hours: 23 }))
    const sessions = async () =>
      (
        await sql<{ n: number }>`
          select count(distinct t.session_id) as n from identity.refresh_token t
          join identity.session s on s.id = t.session_id where s.account_id = ${id}`.execute(database.db)
      ).rows[0]?.n
    expect(await sessions()).toBe(2)
    expect(await forgetOldSessions(database.db, clock.now().add({ hours: 25 }))).toBeGreaterThan(0)
    expect(await sessions()).toBe(1)
    expect(await refreshSession(context, young.refreshToken)).toMatchObject({ kind: 'refreshed' })
  })
})
