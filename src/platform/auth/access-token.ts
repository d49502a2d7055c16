import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { type Actor, ROLES } from '../http/actor.ts'
import type { Clock } from '../time/clock.ts'

/** For whom and by whom tokens are; both must match at verification. */
export interface TokenScope {
  issuer: string
  audience: string
}

/** Life of an access token in seconds: 30 minutes. */
export const ACCESS_TOKEN_SECONDS = 30 * 60
/** Marks access tokens (RFC 9068), so that nothing else ever signed with the same key passes for one. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'
export const ACCESS_TOKEN_ALGORITHM = 'EdDSA'

/**
 * Checks an access token: who it belongs to, or why it is refused: 'expired', 'invalid' (forged, for somebody else,
 * session ended) or 'unavailable' (the public keys of another process cannot be had at the moment).
 */
export type VerifyAccessToken = (token: string) => Promise<Actor | 'expired' | 'invalid' | 'unavailable'>

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

/**
 * Makes the function that checks access tokens with public keys alone: a key set, or whoever finds the key of a token.
 *
 * Checking a signature takes about 0.15 ms and clients send the same token many times, so tokens found good are
 * remembered by their whole text (a part of it would let a changed token pass). Expiry and revocation are looked at
 * every time.
 */
export function createVerifier({
  jwks,
  issuer,
  audience,
  clock,
  isEnded,
  onKeysMissing,
}: TokenScope & {
  jwks: JSONWebKeySet | JWTVerifyGetKey
  clock: Clock
  isEnded: (sessionId: string) => boolean
  /** Told when the key set cannot be had. */
  onKeysMissing?: (error: unknown) => void
}): VerifyAccessToken {
  const keyOf = typeof jwks === 'function' ? jwks : createLocalJWKSet(jwks)
  const remembered = createMemory<{ actor: Actor; expiresAt: number }>(REMEMBERED_TOKENS)

  return async (token) => {
    const nowMs = clock.now().epochMilliseconds
    let known = remembered.get(token)
    if (!known) {
      const options = {
        issuer,
        audience,
        algorithms: [ACCESS_TOKEN_ALGORITHM],
        typ: ACCESS_TOKEN_TYPE,
        currentDate: new Date(nowMs),
      }
      try {
        const { payload } = await jwtVerify(token, keyOf, options)
        if (!Claims.Check(payload)) return 'invalid'
        const actor: Actor = { userId: payload.sub, roles: payload.roles, sessionId: payload.sid }
        known = { actor, expiresAt: payload.exp }
      } catch (error) {
        if (error instanceof errors.JWTExpired) return 'expired'
        if (!isKeySetFailure(error)) return 'invalid'
        onKeysMissing?.(error)
        return 'unavailable'
      }
      remembered.set(token, known)
    }
    if (nowMs >= known.expiresAt * 1_000) {
      remembered.delete(token)
      return 'expired'
    }
    return isEnded(known.actor.sessionId) ? 'invalid' : known.actor
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
