import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { type Actor, ROLES } from '../../platform/http/actor.ts'
import { newId } from '../../platform/ids.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { SigningKeys } from './keys.ts'
import { ACCESS_TOKEN_SECONDS } from './session.ts'

/** For whom and by whom tokens are; both must match at verification. */
export interface TokenScope {
  issuer: string
  audience: string
}

/** Marks access tokens (RFC 9068), so that nothing else ever signed with the same key passes for one. */
const TYPE = 'at+jwt'
const ALGORITHM = 'EdDSA'

/** Makes the function that signs access tokens, valid for 30 minutes. */
export function createIssuer({
  keys,
  clock,
  issuer,
  audience,
}: TokenScope & { keys: SigningKeys; clock: Clock }): (actor: Actor) => Promise<string> {
  return (actor) => {
    const now = Math.floor(clock.now().epochMilliseconds / 1_000)
    return new SignJWT({ sid: actor.sessionId, roles: [...actor.roles] })
      .setProtectedHeader({ alg: ALGORITHM, kid: keys.kid, typ: TYPE })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(actor.userId)
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .setJti(newId())
      .sign(keys.privateKey)
  }
}

/** Checks an access token: who it belongs to, or why it is refused. */
export type VerifyAccessToken = (token: string) => Promise<Actor | 'expired' | 'invalid'>

const Claims = Compile(
  Type.Object({
    sub: Type.String({ minLength: 1 }),
    sid: Type.String({ minLength: 1 }),
    exp: Type.Integer(),
    roles: Type.Array(Type.Enum(ROLES)),
  }),
)

/** Tokens whose signature has been checked before, about 0.6 kB each. */
const REMEMBERED_TOKENS = 10_000
/** A new key is fetched when first met; a dropped one is forgotten after this time. */
const REMOTE_KEYS_MAX_AGE_MS = 60 * 60 * 1_000

/**
 * Makes the function that checks access tokens with public keys alone: a key set, or the address of one.
 *
 * Checking a signature takes about 0.15 ms and clients send the same token many times, so tokens found good are
 * remembered by their whole text (a part of it would let a changed token pass). Expiry and revocation are looked at
 * every time. Throws only when a remote key set cannot be fetched.
 */
export function createVerifier({
  jwks,
  issuer,
  audience,
  clock,
  isRevoked,
}: TokenScope & {
  jwks: JSONWebKeySet | URL
  clock: Clock
  isRevoked: (sessionId: string) => boolean
}): VerifyAccessToken {
  const keyOf =
    jwks instanceof URL
      ? createRemoteJWKSet(jwks, { cacheMaxAge: REMOTE_KEYS_MAX_AGE_MS })
      : createLocalJWKSet(jwks)
  const remembered = createMemory<{ actor: Actor; expiresAt: number }>(REMEMBERED_TOKENS)

  return async (token) => {
    const nowMs = clock.now().epochMilliseconds
    let known = remembered.get(token)
    if (!known) {
      const options = { issuer, audience, algorithms: [ALGORITHM], typ: TYPE, currentDate: new Date(nowMs) }
      try {
        const { payload } = await jwtVerify(token, keyOf, options)
        if (!Claims.Check(payload)) return 'invalid'
        const actor: Actor = { userId: payload.sub, roles: payload.roles, sessionId: payload.sid }
        known = { actor, expiresAt: payload.exp }
      } catch (error) {
        if (error instanceof errors.JWTExpired) return 'expired'
        if (isKeySetFailure(error)) throw error
        return 'invalid'
      }
      remembered.set(token, known)
    }
    if (nowMs >= known.expiresAt * 1_000) {
      remembered.delete(token)
      return 'expired'
    }
    return isRevoked(known.actor.sessionId) ? 'invalid' : known.actor
  }
}

/** Whether the keys could not be had, as opposed to a token that is no good. */
function isKeySetFailure(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code)
}

/** A map of limited size that drops what was not asked for the longest time. */
function createMemory<V>(limit: number) {
  const entries = new Map<string, V>()
  return {
    get(key: string): V | undefined {
      const value = entries.get(key)
      if (value !== undefined) {
        entries.delete(key)
        entries.set(key, value)
      }
      return value
    },
    set(key: string, value: V): void {
      entries.set(key, value)
      const [oldest] = entries.size > limit ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
    },
    delete: (key: string) => entries.delete(key),
  }
}
