import { SignJWT } from 'jose'
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_SECONDS,
  ACCESS_TOKEN_TYPE,
  type TokenScope,
} from '../../platform/auth/access-token.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { newId } from '../../platform/ids.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { SigningKeys } from './keys.ts'

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
      .setProtectedHeader({ alg: ACCESS_TOKEN_ALGORITHM, kid: keys.kid, typ: ACCESS_TOKEN_TYPE })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(actor.userId)
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .setJti(newId())
      .sign(keys.privateKey)
  }
}
