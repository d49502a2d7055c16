import type { JSONWebKeySet } from 'jose'
import type { Db } from '../../platform/database/database.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { createVerifier, type TokenScope, type VerifyAccessToken } from './access-token.ts'
import { createRevocations, type Revocations } from './revocations.ts'

export interface Authentication {
  /** Who an access token belongs to, 'expired', or 'invalid' (forged, for somebody else, session ended). */
  authenticate: VerifyAccessToken
  revocations: Revocations
  /** To be awaited before the first request is served. */
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Checks access tokens in any process of the system, also one that does not host identity: it needs the public keys
 * (or their address) and the database in which identity notes ended sessions.
 */
export function createAuthentication({
  db,
  clock,
  log,
  ...scope
}: TokenScope & { jwks: JSONWebKeySet | URL; db: Db; clock: Clock; log: Logger }): Authentication {
  const revocations = createRevocations({ db, clock, log })
  return {
    authenticate: createVerifier({ ...scope, clock, isRevoked: revocations.isRevoked }),
    revocations,
    start: revocations.start,
    stop: revocations.stop,
  }
}
