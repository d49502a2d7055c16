import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import type { Module } from '../module.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Clock } from '../time/clock.ts'
import { createVerifier, type TokenScope, type VerifyAccessToken } from './access-token.ts'
import type { EndedSessions } from './ended-sessions.ts'
import type { IdentityKeys } from './identity-keys.ts'
import type { ServiceCredential } from './service-credential.ts'

/** Who accepts tokens, whoever asks: one audience for the whole system. */
export const AUDIENCE = 'pillivery'
const FORGET_EVERY_MS = 600_000

/** Checks callers in any process of the system, whether or not it hosts identity. */
export function createAuth({
  endedSessions,
  credential,
  clock,
  log,
  ...scope
}: TokenScope & {
  /** Public keys of identity, or whoever fetches them. */
  jwks: JSONWebKeySet | JWTVerifyGetKey
  endedSessions: EndedSessions
  credential: ServiceCredential
  clock: Clock
  log: Logger
}): VerifyAccessToken {
  const verify = createVerifier({
    ...scope,
    clock,
    isEnded: endedSessions.has,
    onKeysMissing: (error) => log.warn({ err: error }, 'the public keys of identity cannot be had'),
  })
  return async (token) => {
    if (credential.accepts(token)) return { userId: 'service', roles: ['service'], sessionId: 'service' }
    const found = await verify(token)
    // What services tell one another is not for accounts, whatever roles one has been given.
    return typeof found === 'object' && found.roles.includes('service')
      ? { ...found, roles: found.roles.filter((role) => role !== 'service') }
      : found
  }
}

/**
 * Keeps the list of ended sessions while the process serves, and short; and the public keys of identity at hand.
 * @param keys none where identity is hosted here, or nobody knows where it is
 */
export function authModule(endedSessions: EndedSessions, keys?: IdentityKeys): Module {
  return {
    name: 'auth',
    start: async () => {
      keys?.start()
      await endedSessions.start()
    },
    stop: async () => {
      await keys?.stop()
      await endedSessions.stop()
    },
    sweeps: [{ name: 'auth.forget-ended', everyMs: FORGET_EVERY_MS, run: () => endedSessions.forgetOld() }],
  }
}
