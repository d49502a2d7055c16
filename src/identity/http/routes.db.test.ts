import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { createVerifier } from '../../platform/auth/access-token.ts'
import { createEndedSessions, type EndedSessions } from '../../platform/auth/ended-sessions.ts'
import { type Broadcast, createBroadcast } from '../../platform/broadcast/broadcast.ts'
import { postgresBroadcast } from '../../platform/broadcast/postgres.ts'
import { type App, actorOf } from '../../platform/http/app.ts'
import { buildServer } from '../../platform/http/server.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { createMetrics } from '../../platform/telemetry/metrics.ts'
import { systemClock } from '../../platform/time/clock.ts'
import {
  createIdentity,
  type Identity,
  type IdentitySettings,
  identitySchema,
  keysFromText,
  newPrivateKeyPem,
  type SigningKeys,
} from '../index.ts'

const PASSWORD = 'secret-pw1!'
const lines: string[] = []
const log = createLog('debug', { write: (line) => void lines.push(line) })

let database: TestDatabase
let keys: SigningKeys
let identity: Identity
let broadcast: Broadcast
let endedSessions: EndedSessions
const SCOPE = { issuer: 'https://issuer.test', audience: 'test' }
let app: App

async function start(settings: Partial<IdentitySettings> = {}): Promise<void> {
  broadcast = createBroadcast({ transport: postgresBroadcast({ url: database.url, log }), log })
  endedSessions = createEndedSessions({ db: database.db, broadcast, clock: systemClock, log })
  identity = createIdentity({
    db: database.db,
    endedSessions,
    clock: systemClock,
    log,
    redis: undefined,
    settings: { keys, publicUrl: 'https://shop.test', ...SCOPE, ...settings },
  })
  await endedSessions.start()
  app = await buildServer({
    log,
    metrics: createMetrics(),
    version: '0.0.0',
    problems: [identity.module.problems ?? {}],
    routes: [
      ...(identity.module.routes ? [identity.module.routes] : []),
      (scope) => {
        scope.route({
          method: 'GET',
          url: '/test/staff',
          config: { audience: ['librarian', 'admin'] },
          schema: { hide: true },
          handler: async (request) => actorOf(request),
        })
      },
    ],
    authenticate: createVerifier({
      ...SCOPE,
      jwks: keys.jwks,
      clock: systemClock,
      isEnded: endedSessions.has,
    }),
    readiness: {},
    draining: () => false,
    trustedProxies: 1,
  })
}

async function stopSessions(): Promise<void> {
  await endedSessions.stop()
  await broadcast.close()
}

beforeAll(async () => {
  database = await testDatabase([identitySchema])
  keys = await keysFromText(newPrivateKeyPem())
})
afterAll(() => database.drop())

let people = 0
function person() {
  people += 1
  return {
    email: `person${people}@example.com`,
    password: PASSWORD,
    displayName: `사람${people}`,
    realName: '김하나',
    phone: `010-1000-${String(people).padStart(4, '0')}`,
    address: { city: '서울특별시 중구 세종대로 110', detail: '3층', postalCode: '04524' },
  }
}

interface Call {
  body?: object
  token?: string | undefined
  language?: string
  from?: string
}

async function call(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  { body, token, language, from }: Call = {},
) {
  const reply = await app.inject({
    method,
    url,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(language === undefined ? {} : { 'accept-language': language }),
      ...(from === undefined ? {} : { 'x-forwarded-for': from }),
    },
    ...(body === undefined ? {} : { payload: body }),
  })
  return { status: reply.statusCode, headers: reply.headers, body: reply.body === '' ? null : reply.json() }
}

async function signedIn(from?: string) {
  const who = person()
  const origin = from === undefined ? {} : { from }
  expect((await call('POST', '/api/users', { body: who, ...origin })).status).toBe(201)
  const { email, password } = who
  const { status, body } = await call('POST', '/api/auth/login', { body: { email, password }, ...origin })
  expect(status).toBe(200)
  return { who, accessToken: String(body.accessToken), refreshToken: String(body.refreshToken) }
}

describe('with generous limits', () => {
  beforeAll(() => start({ loginPerMinute: 1_000, signUpPerMinute: 1_000 }))
  afterAll(async () => {
    await app.close()
    await stopSessions()
  })
  beforeEach(() => {
    lines.length = 0
  })

  it('signs up, logs in, reads, changes, refreshes, logs out', async () => {
    const who = person()
    const { password: _secret, ...shown } = who
    const created = await call('POST', '/api/users', { body: who })
    expect(created).toMatchObject({
      status: 201,
      headers: { location: '/api/users/me', 'cache-control': 'no-store' },
      body: { ...shown, phone: who.phone.replaceAll('-', ''), roles: ['customer'] },
    })
    expect(JSON.stringify(created.body)).not.toMatch(/password|argon2/)

    const { body: tokens, headers } = await call('POST', '/api/auth/login', {
      body: { email: who.email, password: who.password },
    })
    expect(headers['cache-control']).toBe('no-store')
    expect(tokens).toEqual({
      accessToken: expect.any(String),
      expiresIn: 1_800,
      refreshToken: expect.any(String),
      refreshExpiresIn: 604_800,
    })
    const token = String(tokens.accessToken)
    expect((await call('GET', '/api/users/me', { token })).body).toEqual(created.body)

    const address = { city: '부산광역시 해운대구', detail: '1동', postalCode: '48094' }
    const changed = await call('PATCH', '/api/users/me', { token, body: { address } })
    expect(changed).toMatchObject({ status: 200, body: { ...shown, phone: created.body.phone, address } })

    const refreshed = await call('POST', '/api/auth/refresh', { body: { refreshToken: tokens.refreshToken } })
    expect(refreshed.status).toBe(200)
    const next = String(refreshed.body.accessToken)
    expect(await call('POST', '/api/auth/logout', { token: next })).toMatchObject({ status: 204, body: null })
    for (const old of [token, next]) {
      expect(await call('GET', '/api/users/me', { token: old })).toMatchObject({
        status: 401,
        body: { code: 'not_signed_in' },
      })
    }
    const again = await call('POST', '/api/auth/refresh', {
      body: { refreshToken: refreshed.body.refreshToken },
    })
    expect(again).toMatchObject({ status: 401, body: { code: 'session_ended' } })
  })

  it('withdraws, and the e-mail is free again', async () => {
    const { who, accessToken } = await signedIn()
    const withdraw = (body?: object) =>
      call('DELETE', '/api/users/me', { token: accessToken, ...(body ? { body } : {}) })
    expect(await withdraw()).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(await withdraw({ password: 'x' })).toMatchObject({ status: 422, body: { code: 'wrong_password' } })
    expect((await withdraw({ password: who.password })).status).toBe(204)
    expect((await call('GET', '/api/users/me', { token: accessToken })).status).toBe(401)
    const login = await call('POST', '/api/auth/login', {
      body: { email: who.email, password: who.password },
    })
    expect(login).toMatchObject({ status: 401, body: { code: 'wrong_credentials' } })
    expect((await call('POST', '/api/users', { body: who })).status).toBe(201)
  })

  it('explains broken fields and taken ones in Korean and English', async () => {
    const bad = { ...person(), password: 'short', phone: '1' }
    const korean = await call('POST', '/api/users', { body: bad })
    expect(korean).toMatchObject({
      status: 400,
      headers: {
        'content-type': expect.stringContaining('application/problem+json'),
        'content-language': 'ko',
      },
      body: {
        code: 'invalid_request',
        errors: [
          { field: 'body.password', code: 'password', message: expect.stringContaining('8~25자') },
          { field: 'body.phone', code: 'phone', message: expect.stringContaining('010-1234-5678') },
        ],
      },
    })
    const english = await call('POST', '/api/users', { body: bad, language: 'en' })
    expect(english.body.errors[0].message).toContain('8 to 25 characters')

    const { who } = await signedIn()
    const taken = await call('POST', '/api/users', {
      body: { ...person(), email: who.email },
      language: 'en',
    })
    expect(taken).toMatchObject({
      status: 409,
      body: {
        code: 'already_taken',
        title: 'Something you entered is already in use.',
        errors: [{ field: 'body.email', code: 'taken' }],
      },
    })
  })

  it('takes no roles, ids or e-mail changes from outside', async () => {
    const { accessToken: token } = await signedIn()
    expect((await call('POST', '/api/users', { body: { ...person(), roles: ['admin'] } })).status).toBe(400)
    for (const body of [{ email: 'new@example.com' }, { roles: ['admin'] }, { id: 'x' }]) {
      expect((await call('PATCH', '/api/users/me', { token, body })).status).toBe(400)
    }
  })

  it('does not tell whether an e-mail has an account', async () => {
    const { who } = await signedIn()
    const wrong = await call('POST', '/api/auth/login', {
      body: { email: who.email, password: 'not-this-1!' },
      language: 'en',
    })
    const unknown = await call('POST', '/api/auth/login', {
      body: { email: 'nobody@example.com', password: 'not-this-1!' },
      language: 'en',
    })
    const { instance: _one, ...wrongBody } = wrong.body
    const { instance: _two, ...unknownBody } = unknown.body
    expect(wrongBody).toEqual(unknownBody)
    expect(wrongBody).toMatchObject({
      status: 401,
      code: 'wrong_credentials',
      title: 'The e-mail address or the password is not right.',
    })
  })

  it('refuses missing, broken and role-less tokens on guarded routes', async () => {
    const { accessToken } = await signedIn()
    expect(await call('GET', '/test/staff')).toMatchObject({ status: 401 })
    expect(await call('GET', '/test/staff', { token: `${accessToken}x` })).toMatchObject({ status: 401 })
    expect(await call('GET', '/test/staff', { token: accessToken })).toMatchObject({
      status: 403,
      body: { code: 'not_allowed' },
    })
    const staff = person()
    const id = await identity.ensureAccount({ ...staff, roles: ['librarian'] })
    const { body } = await call('POST', '/api/auth/login', {
      body: { email: staff.email, password: PASSWORD },
    })
    expect(await call('GET', '/test/staff', { token: String(body.accessToken) })).toMatchObject({
      status: 200,
      body: { userId: id, roles: ['librarian'] },
    })
    expect(await identity.profileOf(id)).toMatchObject({ email: staff.email, roles: ['librarian'] })
  })

  it('publishes its public keys, cacheable, and nothing private', async () => {
    const { status, headers, body } = await call('GET', '/.well-known/jwks.json')
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('public, max-age=300')
    expect(body).toEqual({ keys: keys.jwks.keys })
    expect(body.keys[0]).not.toHaveProperty('d')
  })

  it('writes no secret and no personal data to the log', async () => {
    const { who, accessToken, refreshToken } = await signedIn()
    await call('POST', '/api/auth/refresh', { body: { refreshToken } })
    await call('POST', '/api/auth/refresh', { body: { refreshToken } })
    await call('POST', '/api/auth/login', { body: { email: who.email, password: 'wrong-pw1!' } })
    const all = lines.join('\n')
    expect(all).toContain('refresh token used twice')
    for (const secret of [
      who.email,
      who.password,
      who.displayName,
      who.realName,
      accessToken,
      refreshToken,
    ]) {
      expect(all).not.toContain(secret)
    }
  })
})

describe('with limits', () => {
  beforeAll(() => start({ loginPerMinute: 3, signUpPerMinute: 4 }))
  afterAll(async () => {
    await app.close()
    await stopSessions()
  })
  const attempt = (email: string, from: string) =>
    call('POST', '/api/auth/login', { body: { email, password: 'wrong-pw1!' }, from, language: 'en' })

  it('slows down guessing one password from one address, and says when to come back', async () => {
    const from = '203.0.113.1'
    for (let n = 0; n < 3; n++) expect((await attempt('Target@Example.com', from)).status).toBe(401)
    const { status, headers, body } = await attempt('target@example.com', from)
    expect(status).toBe(429)
    expect(body).toMatchObject({
      code: 'too_many_requests',
      title: expect.stringContaining('Too many requests'),
    })
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
    expect((await attempt('another@example.com', from)).status).toBe(401)
    expect((await attempt('target@example.com', '203.0.113.2')).status).toBe(401)
  })

  it('slows down guessing one password from many addresses', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 19; n++)
      statuses.push((await attempt('popular@example.com', `198.51.100.${n}`)).status)
    expect(statuses.slice(0, 18).every((status) => status === 401)).toBe(true)
    expect(statuses[18]).toBe(429)
  })

  it('lets the owner in from a known browser while strangers guess from everywhere', async () => {
    const owner = person()
    await call('POST', '/api/users', { body: owner, from: '203.0.113.40' })
    const login = (password: string, from: string, cookie?: string) =>
      app.inject({
        method: 'POST',
        url: '/api/auth/login',
        payload: { email: owner.email, password },
        remoteAddress: from,
        headers: cookie === undefined ? {} : { cookie },
      })
    const first = await login(owner.password, '203.0.113.41')
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
    for (let n = 0; n < 30; n++) await login('wrong-pw1!', `198.51.100.${n}`)
    expect((await login(owner.password, '203.0.113.42')).statusCode).toBe(429)
    expect((await login(owner.password, '203.0.113.42', cookie)).statusCode).toBe(200)
    // The cookie is no way to guess on: it counts by itself.
    const guesses = [1, 2, 3, 4].map(() => login('wrong-pw1!', '203.0.113.43', cookie))
    expect((await Promise.all(guesses)).map(({ statusCode }) => statusCode)).toContain(429)
  })

  it('slows down looking for names and numbers of others', async () => {
    const { accessToken: token } = await signedIn('203.0.113.50')
    const tries = Array.from({ length: 11 }, (_, n) => ({ phone: `010-5555-${1_000 + n}` }))
    const statuses: number[] = []
    for (const body of tries) statuses.push((await call('PATCH', '/api/users/me', { token, body })).status)
    expect(statuses.slice(0, 10).every((status) => status === 200)).toBe(true)
    expect(statuses[10]).toBe(429)
    expect((await call('PATCH', '/api/users/me', { token, body: { realName: '김두리' } })).status).toBe(200)
  })

  it('slows down trying many accounts from one address', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 19; n++) statuses.push((await attempt(`many${n}@example.com`, '203.0.113.9')).status)
    expect(statuses.slice(0, 18).every((status) => status === 401)).toBe(true)
    expect(statuses[18]).toBe(429)
  })

  it('limits sign-ups per address, broken ones aside', async () => {
    const from = '203.0.113.20'
    expect((await call('POST', '/api/users', { body: {}, from })).status).toBe(400)
    for (let n = 0; n < 4; n++)
      expect((await call('POST', '/api/users', { body: person(), from })).status).toBe(201)
    expect((await call('POST', '/api/users', { body: person(), from })).status).toBe(429)
    expect((await call('POST', '/api/users', { body: person(), from: '203.0.113.21' })).status).toBe(201)
  })

  it('limits guessing the password with a stolen access token', async () => {
    const { accessToken: token } = await signedIn('203.0.113.30')
    const body = { newPassword: 'another-pw2@', currentPassword: 'wrong-pw1!' }
    for (let n = 0; n < 3; n++) {
      expect(await call('PATCH', '/api/users/me', { token, body })).toMatchObject({
        status: 422,
        body: { code: 'wrong_password' },
      })
    }
    expect((await call('PATCH', '/api/users/me', { token, body })).status).toBe(429)
    const harmless = { realName: '김두리' }
    expect((await call('PATCH', '/api/users/me', { token, body: harmless })).status).toBe(200)
  })
})

describe('overloaded', () => {
  beforeAll(() => start({ loginPerMinute: 1_000, passwords: { parallel: 1, waitMs: 1 } }))
  afterAll(async () => {
    await app.close()
    await stopSessions()
  })

  it('answers 503 with Retry-After instead of queueing logins for ever', async () => {
    const body = { email: 'nobody@example.com', password: PASSWORD }
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => call('POST', '/api/auth/login', { body, language: 'en' })),
    )
    expect(replies.filter(({ status }) => status === 401).length).toBeGreaterThan(0)
    const turnedAway = replies.filter(({ status }) => status === 503)
    expect(turnedAway.length).toBeGreaterThan(0)
    for (const { headers, body: problem } of turnedAway) {
      expect(headers['retry-after']).toBe('3')
      expect(problem).toMatchObject({ code: 'temporarily_unavailable' })
    }
  })
})
