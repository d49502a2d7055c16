import type { EndedSessions } from '../platform/auth/ended-sessions.ts'
import type { Db } from '../platform/database/database.ts'
import type { Actor } from '../platform/http/actor.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Clock } from '../platform/time/clock.ts'
import type { LinkSecrets } from './links/link-secrets.ts'
import type { Passwords } from './passwords.ts'

/** The world as identity's use cases see it. */
export interface Context {
  db: Db
  clock: Clock
  log: Logger
  passwords: Passwords
  endedSessions: EndedSessions
  linkSecrets: LinkSecrets
  /** Where links lead. */
  publicUrl: string
  /** Signs an access token. */
  issueAccessToken(actor: Actor): Promise<string>
}
