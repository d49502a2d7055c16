/** Accounts, login, tokens and roles, shared by the shop and the library. */
import type { Db } from '../platform/database/database.ts'
import type { SchemaMigrations } from '../platform/database/migrate.ts'
import type { Module } from '../platform/module.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Clock } from '../platform/time/clock.ts'
import { ensureAccount, type WantedAccount } from './accounts/ensure-account.ts'
import { createPasswords, type PasswordSettings } from './accounts/passwords.ts'
import { findByEmail, type Profile, readProfile } from './accounts/profile.ts'
import type { Context } from './context.ts'
import { identityProblems } from './problems.ts'
import type { RateLimits } from './rate-limits.ts'
import { identityRoutes } from './routes.ts'
import { createIssuer, type TokenScope, type VerifyAccessToken } from './sessions/access-token.ts'
import { createAuthentication } from './sessions/authentication.ts'
import { forgetOldSessions } from './sessions/forget-old-sessions.ts'
import type { SigningKeys } from './sessions/keys.ts'

export type { WantedAccount } from './accounts/ensure-account.ts'
export type { Profile } from './accounts/profile.ts'
export { accountWithdrawn } from './events.ts'
export { keysFromText, loadOrCreateKeyPair, newPrivateKeyPem, type SigningKeys } from './sessions/keys.ts'

export const identitySchema: SchemaMigrations = {
  schema: 'identity',
  folder: new URL('./migrations/', import.meta.url),
}

export interface IdentitySettings extends TokenScope, Partial<RateLimits> {
  /** From `loadOrCreateKeyPair` or `keysFromText`. */
  keys: SigningKeys
  passwords?: PasswordSettings
}

export interface Identity {
  module: Module
  /** Checks an access token; for `buildServer`. */
  authenticate: VerifyAccessToken
  /** Makes sure that an account with these roles exists (demo data, first operator). Gives its id. */
  ensureAccount(wanted: WantedAccount): Promise<string>
  /** To be awaited before the first request: learns which sessions have ended, and keeps learning. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Whether somebody has signed up with this e-mail and has not left. */
  hasAccount(email: string): Promise<boolean>
  /** The profile of a live account, for contexts in the same process that show or prefill it. */
  profileOf(accountId: string): Promise<Profile | undefined>
}

const LOGINS_PER_MINUTE = 10
const SIGN_UPS_PER_MINUTE = 10
const HOUR_MS = 60 * 60 * 1_000

/** Puts the identity context together. */
export function createIdentity({
  db,
  clock,
  log,
  settings,
}: {
  db: Db
  clock: Clock
  log: Logger
  settings: IdentitySettings
}): Identity {
  const { keys, issuer, audience } = settings
  const authentication = createAuthentication({ db, clock, log, issuer, audience, jwks: keys.jwks })
  const context: Context = {
    db,
    clock,
    log,
    passwords: createPasswords(settings.passwords),
    revocations: authentication.revocations,
    issueAccessToken: createIssuer({ keys, clock, issuer, audience }),
  }
  const limits: RateLimits = {
    loginPerMinute: settings.loginPerMinute ?? LOGINS_PER_MINUTE,
    signUpPerMinute: settings.signUpPerMinute ?? SIGN_UPS_PER_MINUTE,
  }
  return {
    module: {
      name: 'identity',
      schema: identitySchema,
      // Learns which sessions have ended, and keeps learning.
      start: authentication.start,
      stop: authentication.stop,
      problems: identityProblems,
      routes: identityRoutes(context, limits, keys.jwks),
      sweeps: [
        {
          name: 'identity.forget-old-sessions',
          everyMs: HOUR_MS,
          run: () => forgetOldSessions(db, clock.now()),
        },
      ],
    },
    authenticate: authentication.authenticate,
    ensureAccount: (wanted) => ensureAccount(context, wanted),
    start: authentication.start,
    stop: authentication.stop,
    hasAccount: async (email) => (await findByEmail(db, email)) !== undefined,
    profileOf: (accountId) => readProfile(db, accountId),
  }
}
