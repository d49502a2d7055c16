import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import { SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createVerifier, type VerifyAccessToken } from '../../platform/auth/access-token.ts'
import { identityKeys } from '../../platform/auth/identity-keys.ts'
import { until } from '../../platform/resilience/poll-until.ts'
import { type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import { createIssuer } from './issue-token.ts'
import { keysFromText, newPrivateKeyPem, type SigningKeys } from './keys.ts'

const SCOPE = { issuer: 'https://issuer.test', audience: 'test' }
const START = Temporal.Instant.from('2026-11-21T09:00:00Z')
const ACTOR = { userId: 'user-1', roles: ['customer', 'admin'] as const, sessionId: 'session-1' }

let keys: SigningKeys
let clock: VirtualClock
let revoked: Set<string>
let verify: VerifyAccessToken
let token: string

const verifier = (scope = SCOPE) =>
  createVerifier({ ...scope, jwks: keys.jwks, clock, isEnded: (id: string) => revoked.has(id) })

beforeAll(async () => {
  keys = await keysFromText(newPrivateKeyPem())
})
beforeEach(async () => {
  clock = virtualClock(START)
  revoked = new Set()
  verify = verifier()
  token = await createIssuer({ ...SCOPE, keys, clock })(ACTOR)
})

/** A token made by hand, right in all but what is changed. */
async function forged(
  changes: {
    claims?: Record<string, unknown>
    header?: { alg?: string; typ?: string; kid?: string }
    key?: KeyObject
  } = {},
): Promise<string> {
  const now = START.epochMilliseconds / 1_000
  return new SignJWT({
    iss: SCOPE.issuer,
    aud: SCOPE.audience,
    sub: 'user-1',
    sid: 'session-1',
    roles: ['customer'],
    iat: now,
    exp: now + 1_800,
    ...changes.claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid: keys.kid, typ: 'at+jwt', ...changes.header })
    .sign(changes.key ?? keys.privateKey)
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('an access token', () => {
  it('names the actor, and has the claims it promises', async () => {
    expect(await verify(token)).toEqual(ACTOR)
    const [header, claims] = token
      .split('.')
      .slice(0, 2)
      .map((text): unknown => JSON.parse(Buffer.from(text, 'base64url').toString()))
    expect(header).toEqual({ alg: 'EdDSA', kid: keys.kid, typ: 'at+jwt' })
    const now = START.epochMilliseconds / 1_000
    expect(claims).toEqual({
      iss: SCOPE.issuer,
      aud: SCOPE.audience,
      sub: 'user-1',
      sid: 'session-1',
      roles: ['customer', 'admin'],
      iat: now,
      exp: now + 1_800,
      jti: expect.any(String),
    })
  })

  it('lives 30 minutes, seen before or not', async () => {
    await verify(token)
    clock.advance({ minutes: 29, seconds: 59 })
    expect(await verify(token)).toEqual(ACTOR)
    expect(await verifier()(token)).toEqual(ACTOR)
    clock.advance({ seconds: 1 })
    expect(await verify(token)).toBe('expired')
    expect(await verify(token)).toBe('expired')
    expect(await verifier()(token)).toBe('expired')
  })

  it('ends with its session, seen before or not', async () => {
    await verify(token)
    revoked.add('session-1')
    expect(await verify(token)).toBe('invalid')
    expect(await verifier()(token)).toBe('invalid')
  })

  it('is accepted when made by hand exactly right (so the refusals below mean something)', async () => {
    expect(await verify(await forged())).toMatchObject({ userId: 'user-1' })
  })

  const other = createPrivateKey(newPrivateKeyPem())
  const secret = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  it.each<[string, () => Promise<string>]>([
    ['signed by another key under our key id', () => forged({ key: other })],
    ['signed by another key under its own id', () => forged({ key: other, header: { kid: 'other' } })],
    ['signed with another algorithm', () => forged({ key: secret, header: { alg: 'RS256' } })],
    ['of another type', () => forged({ header: { typ: 'JWT' } })],
    ['from another issuer', () => forged({ claims: { iss: 'https://other.test' } })],
    ['for another audience', () => forged({ claims: { aud: 'other' } })],
    ['without a session', () => forged({ claims: { sid: undefined } })],
    ['without an expiry', () => forged({ claims: { exp: undefined } })],
    ['with an unknown role', () => forged({ claims: { roles: ['root'] } })],
    ['not yet valid', () => forged({ claims: { nbf: START.epochMilliseconds / 1_000 + 60 } })],
  ])('is refused when %s', async (_name, make) => {
    expect(await verify(await make())).toBe('invalid')
  })

  it('is refused unsigned, tampered with or cut, also after the true one was seen', async () => {
    await verify(token)
    const [header = '', claims = '', signature = ''] = token.split('.')
    const more = {
      ...JSON.parse(Buffer.from(claims, 'base64url').toString()),
      roles: ['admin'],
      sub: 'user-2',
    }
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const bad of [
      `${part({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
      `${part({ alg: 'none', kid: keys.kid, typ: 'at+jwt' })}.${claims}.${signature}`,
      `${part({ alg: 'HS256', kid: keys.kid, typ: 'at+jwt' })}.${claims}.${signature}`,
      `${header}.${part(more)}.${signature}`,
      `${header}.${claims}.${flipped}`,
      `${header}.${claims}.`,
      `${header}.${claims}`,
      `${header}..${signature}`,
      'x',
      '',
      '..',
    ]) {
      expect(await verify(bad), bad).toBe('invalid')
    }
  })

  it('says "expired" only of tokens that were ours', async () => {
    const old = { exp: START.epochMilliseconds / 1_000 - 1 }
    expect(await verify(await forged({ claims: old }))).toBe('expired')
    expect(await verify(await forged({ claims: old, key: other }))).toBe('invalid')
  })

  it('is not given for another audience by a verifier that shares the keys', async () => {
    expect(await verifier({ ...SCOPE, audience: 'library' })(token)).toBe('invalid')
  })
})

describe('with the address of the keys', () => {
  let answer: { status: number; body: string }
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
  })
  beforeEach(async () => {
    answer = { status: 200, body: JSON.stringify(keys.jwks) }
    asked = 0
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterEach(() => new Promise((done) => server.close(done)))

  const remoteKeys = () => {
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const jwks = new URL(`http://127.0.0.1:${port}/.well-known/jwks.json`)
    return identityKeys(jwks, { warn: () => {} })
  }
  const remote = ({ keyOf } = remoteKeys()) =>
    createVerifier({ ...SCOPE, jwks: keyOf, clock, isEnded: () => false })
  const askedAgain = async (times: number) => {
    await until(() => asked >= times, { what: 'the keys to be asked for', deadlineMs: 20_000, everyMs: 10 })
  }

  it('fetches them once', async () => {
    const check = remote()
    expect(await check(token)).toEqual(ACTOR)
    answer = { status: 500, body: '' }
    expect(await check(await createIssuer({ ...SCOPE, keys, clock })(ACTOR))).toEqual(ACTOR)
  })

  it('has them from its start on, though nobody asked it anything before identity was away', async () => {
    const fetched = remoteKeys()
    fetched.start()
    try {
      await until(() => fetched.hasSome(), { what: 'the keys', deadlineMs: 20_000, everyMs: 10 })
      answer = { status: 500, body: '' }
      expect(await remote(fetched)(token)).toEqual(ACTOR)
      expect(asked).toBe(1)
    } finally {
      await fetched.stop()
    }
  })

  it('asks on at its start while identity is away', async () => {
    answer = { status: 500, body: '' }
    const fetched = remoteKeys()
    fetched.start()
    try {
      await askedAgain(2)
      answer = { status: 200, body: JSON.stringify(keys.jwks) }
      await until(() => fetched.hasSome(), { what: 'the keys', deadlineMs: 20_000, everyMs: 10 })
      answer = { status: 500, body: '' }
      expect(await remote(fetched)(token)).toEqual(ACTOR)
    } finally {
      await fetched.stop()
    }
  })

  it('renews them before they are old, and keeps the last ones for an hour while identity is away', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const fetched = remoteKeys()
    const passes = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000)
    fetched.start()
    try {
      await until(() => fetched.hasSome(), { what: 'the keys', deadlineMs: 20_000, everyMs: 10 })
      answer = { status: 500, body: '' }
      passes(21)
      await askedAgain(2)
      passes(38)
      expect(await remote(fetched)(token)).toEqual(ACTOR)
      passes(2)
      expect(await remote(fetched)(token)).toBe('unavailable')
    } finally {
      vi.useRealTimers()
      await fetched.stop()
    }
  })

  it.each([
    [500, ''],
    [200, 'not json'],
    [200, '{}'],
  ])('does not call a token bad because the keys cannot be had (%s %j)', async (status, body) => {
    answer = { status, body }
    expect(await remote()(token)).toBe('unavailable')
  })
})
